use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::task::JoinHandle;

/// A server of keys on this machine.
pub(super) struct Issuer {
    reply: Arc<Reply>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

struct Reply {
    document: ArcSwap<(u16, String)>,
    fetches: AtomicUsize,
}

impl Issuer {
    pub(super) async fn start(document: String) -> Self {
        let document = ArcSwap::from_pointee((200, document));
        let reply = Arc::new(Reply { document, fetches: AtomicUsize::new(0) });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/jwks", get(answer)).with_state(Arc::clone(&reply));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { reply, address, task }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/jwks", self.address)
    }

    pub(super) fn answers(&self, status: u16, document: String) {
        self.reply.document.store(Arc::new((status, document)));
    }

    pub(super) fn fetches(&self) -> usize {
        self.reply.fetches.load(Ordering::SeqCst)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(reply): State<Arc<Reply>>) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    reply.fetches.fetch_add(1, Ordering::SeqCst);
    // Long enough for requests at the same time to meet.
    tokio::time::sleep(Duration::from_millis(30)).await;
    let (status, document) = (**reply.document.load()).clone();
    (StatusCode::from_u16(status).unwrap(), [("location", "/elsewhere")], document)
}
