//! Connections: accepted, read with a limit of time, and let go in peace.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

use crate::tls::Tls;

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// Until a request's head is there, and between two requests of a connection.
    pub(crate) head: Duration,
    /// Until a client takes some more of a reply.
    pub(crate) idle: Duration,
    /// Until connections are cut that a server going down waits for.
    pub(crate) shutdown: Duration,
}

/// So many bytes wait for a reader, however slow it is; and so long may the head of a request be.
const HELD: usize = 128 << 10;

/// Serves connections until `stop` is ready; then waits for those that are under way.
pub(crate) async fn listen(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    router: Router,
    times: Times,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(e) => {
                refused(&e).await;
                continue;
            }
        };
        // Tickets are small, and wait for nothing.
        if let Err(e) = stream.set_nodelay(true) {
            tracing::debug!(error = %e, "a connection is gone");
        }
        let (router, watcher, tls) = (router.clone(), graceful.watcher(), tls.clone());
        tokio::spawn(async move {
            let stream = timed(stream, times.idle);
            match tls {
                None => serve(stream, router, times, watcher).await,
                Some(tls) => {
                    let shaken = tokio::time::timeout(
                        times.head,
                        TlsAcceptor::from(tls.server_config()).accept(stream),
                    );
                    match shaken.await {
                        Ok(Ok(stream)) => serve(stream, router, times, watcher).await,
                        Ok(Err(e)) => tracing::debug!(error = %e, "a TLS handshake failed"),
                        Err(_) => tracing::debug!("a TLS handshake took too long"),
                    }
                }
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(times.shutdown, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were cut that were still under way");
    }
}

/// Too many open files, mostly: others will be closed.
async fn refused(error: &io::Error) {
    let of_peer = [io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset];
    if of_peer.contains(&error.kind()) {
        return;
    }
    tracing::error!(%error, "a connection cannot be accepted");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

fn timed(stream: TcpStream, idle: Duration) -> std::pin::Pin<Box<TimeoutStream<TcpStream>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(idle));
    Box::pin(stream)
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    times: Times,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(times.head).max_buf_size(HELD);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(times.head).keep_alive_timeout(times.head);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Err(e) = watcher.watch(connection.into_owned()).await {
        tracing::debug!(error = %e, "a connection ended early");
    }
}
