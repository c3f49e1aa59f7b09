use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::signal;

use crate::auth::AuthConfigError;
use crate::config::{Config, ConfigError};
use crate::failure::Chain;
use crate::listen::{Times, listen};
use crate::routes::router;
use crate::state::State;
use crate::tls::{Tls, TlsError};

/// Why a server does not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nothing can be kept in the spool's folder.
    #[error("the folder of the spool cannot be used")]
    Spool(#[source] io::Error),
    /// The system gives no random numbers, from which a secret would be made.
    #[error("the system gives no random numbers for a secret")]
    Random,
    /// Access cannot be controlled as the configuration says.
    #[error(transparent)]
    Auth(#[from] AuthConfigError),
    /// There is no TLS with the certificate of the configuration.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address is not to be had.
    #[error("{addr}: the server cannot listen there")]
    Listen {
        /// The IP address and port.
        addr: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The threads of the server cannot be started, or signals not be waited for.
    #[error("the server cannot be started")]
    Start(#[source] io::Error),
}

impl ServeError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(e) => e.hint().map(str::to_owned),
            Self::Tls(e) => e.hint().map(str::to_owned),
            Self::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse => {
                Some("another program listens there; choose another port with --addr, or port 0".to_owned())
            }
            _ => None,
        }
    }
}

/// Open files and connections that are asked of the system.
const FILES: u64 = 65_536;

/// Threads that read files for replies, beside those that inflate and encode.
const READERS: usize = 16;

/// How long work may go on that is told to give up.
const LAST_WORK: Duration = Duration::from_secs(5);

/// Serves until the process is asked to end (SIGINT, SIGTERM), and then finishes what is under way.
///
/// `ready` is told the address once connections are accepted.
///
/// # Errors
///
/// The server cannot be started.
pub fn serve(config: &Config, ready: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    raise_limit_of_files();
    let state = Arc::new(State::new(config)?);
    let tls = config.tls.as_ref().map(Tls::new).transpose()?.map(Arc::new);
    let stopping = state.stopping.clone();
    let routes = router(state, &config.cors);
    // Each thread that reads files keeps memory of its own.
    let blocking = config.limits.concurrency().saturating_add(READERS);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(blocking)
        .enable_all()
        .build()
        .map_err(ServeError::Start)?;
    let ended = runtime.block_on(run(config, tls, routes, ready));
    // Work that nobody waits for any more must not keep the process.
    stopping.set();
    runtime.shutdown_timeout(LAST_WORK);
    ended
}

async fn run(
    config: &Config,
    tls: Option<Arc<Tls>>,
    routes: Router,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let failed = |source| ServeError::Listen { addr: config.addr, source };
    let listener = TcpListener::bind(config.addr).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    let stop = asked_to_end(1).map_err(ServeError::Start)?;
    let hurry = asked_to_end(2).map_err(ServeError::Start)?;
    let times = Times {
        head: config.limits.request_time.duration(),
        idle: config.limits.idle_time.duration(),
        shutdown: config.limits.shutdown_time.duration(),
    };
    if let Some(tls) = &tls {
        tokio::spawn(Arc::clone(tls).watch());
    }
    reload_when_told(tls.clone()).map_err(ServeError::Start)?;
    ready(addr);
    listen(listener, tls, routes, times, stop, hurry).await;
    Ok(())
}

/// As many files and connections as the system lets a process have; the usual 1024 are few.
fn raise_limit_of_files() {
    match rlimit::increase_nofile_limit(FILES) {
        Ok(limit) if limit < FILES => tracing::info!(limit, "open files and connections are limited"),
        Ok(_) => {}
        Err(e) => tracing::warn!(error = %e, "the limit of open files cannot be raised"),
    }
}

/// Reads the certificate again on SIGHUP, which would end the process where there is none.
#[cfg(unix)]
fn reload_when_told(tls: Option<Arc<Tls>>) -> io::Result<()> {
    let mut hangup = signal::unix::signal(signal::unix::SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            let Some(tls) = tls.clone() else { continue };
            tokio::task::spawn_blocking(move || match tls.reload() {
                Ok(()) => tracing::info!("the certificate was read again"),
                Err(e) => tracing::error!(error = %Chain(&e), "the certificate of before is kept"),
            });
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn reload_when_told(_: Option<Arc<Tls>>) -> io::Result<()> {
    Ok(())
}

/// Is ready when the process is asked to end for the nth time.
#[cfg(unix)]
fn asked_to_end(n: u32) -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate())?;
    let mut interrupt = signal::unix::signal(signal::unix::SignalKind::interrupt())?;
    Ok(async move {
        for _ in 0..n {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        tracing::info!("going down");
    })
}

#[cfg(not(unix))]
fn asked_to_end(_: u32) -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        tracing::info!("going down");
    })
}
