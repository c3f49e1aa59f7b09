//! Connections: accepted, read with a limit of time, and let go in peace.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

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

/// Requests of an HTTP/2 connection at once.
const STREAMS: u32 = 32;

/// Serves connections until `stop` is ready; then waits for those that are under way, or until `hurry`
/// is ready.
pub(crate) async fn listen(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    router: Router,
    times: Times,
    stop: impl Future<Output = ()>,
    hurry: impl Future<Output = ()>,
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
    let is_in_time = tokio::select! {
        () = graceful.shutdown() => true,
        () = tokio::time::sleep(times.shutdown) => false,
        () = hurry => false,
    };
    if !is_in_time {
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
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(times.head)
        .keep_alive_timeout(times.head)
        .max_send_buf_size(HELD)
        .max_concurrent_streams(STREAMS);
    let has_asked = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&has_asked);
    let service = router.map_request(move |request: Request<_>| {
        asked.store(true, Ordering::Relaxed);
        request
    });
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let connection = watcher.watch(connection.into_owned());
    // Nothing else limits the time until it is known which HTTP is spoken.
    let silent = async {
        tokio::time::sleep(times.head).await;
        if has_asked.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        ended = connection => if let Err(e) = ended {
            tracing::debug!(error = %e, "a connection ended early");
        },
        () = silent => tracing::debug!("a connection asked for nothing"),
    }
}
