use std::sync::Arc;
use std::time::Duration;

use super::issuer::Issuer;
use super::signer::jwks;
use super::*;
use crate::captured_log::CapturedLog;

const EVER: Duration = Duration::from_secs(1_000_000);

fn signer(kid: &'static str) -> Signer {
    Signer::named(TokenAlgorithm::EdDSA, kid)
}

fn of_issuer(issuer: &Issuer, fresh_for: Duration, interval: Duration) -> Auth {
    let mut auth = Auth::new(&AuthConfig { jwks_url: Some(issuer.url()), ..AuthConfig::default() }).unwrap();
    let keys = Arc::get_mut(&mut auth.keys).unwrap();
    assert_eq!((keys.fresh_for, keys.interval), (Duration::from_secs(300), Duration::from_secs(10)));
    (keys.fresh_for, keys.interval) = (fresh_for, interval);
    auth
}

#[tokio::test]
async fn keys_are_fetched_once_and_when_a_token_comes() {
    let one = signer("1");
    let issuer = Issuer::start(jwks(&[&one])).await;
    let auth = of_issuer(&issuer, EVER, Duration::ZERO);
    auth.authenticate(None).await.unwrap_err();
    refused(&auth, "a.b.c").await;
    assert_eq!(issuer.fetches(), 0);
    let token = one.token(&claims("ann"));
    let calls = (0..20).map(|_| call(&auth, &token));
    for outcome in join(calls).await {
        outcome.unwrap();
    }
    assert_eq!(issuer.fetches(), 1);
}

/// The outcomes of calls that run at the same time.
async fn join<F: Future>(calls: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut calls: Vec<_> = calls.map(|call| (Box::pin(call), None)).collect();
    std::future::poll_fn(|context| {
        for (call, outcome) in calls.iter_mut().filter(|(_, outcome)| outcome.is_none()) {
            if let std::task::Poll::Ready(ready) = call.as_mut().poll(context) {
                *outcome = Some(ready);
            }
        }
        let is_done = calls.iter().all(|(_, outcome)| outcome.is_some());
        if is_done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    calls.into_iter().map(|(_, outcome)| outcome.unwrap()).collect()
}

#[tokio::test]
async fn an_unknown_key_has_the_keys_fetched_again() {
    let (one, two) = (signer("1"), signer("2"));
    let issuer = Issuer::start(jwks(&[&one])).await;
    let auth = of_issuer(&issuer, EVER, Duration::ZERO);
    call(&auth, &one.token(&claims("ann"))).await.unwrap();
    issuer.answers(200, jwks(&[&one, &two]));
    let token = two.token(&claims("ann"));
    call(&auth, &token).await.unwrap();
    assert_eq!(issuer.fetches(), 2);
    call(&auth, &one.token(&claims("ann"))).await.unwrap();
    // A known key with a wrong signature tells nothing of newer keys.
    refused(&auth, &signer("2").token(&claims("ann"))).await;
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test]
async fn unknown_keys_cannot_have_the_keys_fetched_often() {
    let one = signer("1");
    let issuer = Issuer::start(jwks(&[&one])).await;
    let auth = of_issuer(&issuer, EVER, Duration::from_secs(10));
    call(&auth, &one.token(&claims("ann"))).await.unwrap();
    let stranger = signer("stranger").token(&claims("ann"));
    for outcome in join((0..20).map(|_| call(&auth, &stranger))).await {
        assert_eq!(outcome.unwrap_err().error().status(), 401);
    }
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test]
async fn requests_with_an_unknown_key_share_a_fetch() {
    let (one, two) = (signer("1"), signer("2"));
    let issuer = Issuer::start(jwks(&[&one])).await;
    let auth = of_issuer(&issuer, EVER, Duration::from_millis(300));
    call(&auth, &one.token(&claims("ann"))).await.unwrap();
    issuer.answers(200, jwks(&[&two]));
    tokio::time::sleep(Duration::from_millis(350)).await;
    let token = two.token(&claims("ann"));
    for outcome in join((0..20).map(|_| call(&auth, &token))).await {
        outcome.unwrap();
    }
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_after_the_refresh() {
    let (one, two) = (signer("1"), signer("2"));
    let issuer = Issuer::start(jwks(&[&one])).await;
    let auth = of_issuer(&issuer, Duration::from_millis(200), Duration::ZERO);
    call(&auth, &one.token(&claims("ann"))).await.unwrap();
    issuer.answers(200, jwks(&[&two]));
    tokio::time::sleep(Duration::from_millis(250)).await;
    refused(&auth, &one.token(&claims("ann"))).await;
    call(&auth, &two.token(&claims("ann"))).await.unwrap();
}

#[tokio::test]
async fn a_failed_refresh_keeps_the_old_keys() {
    let one = signer("1");
    let issuer = Issuer::start(jwks(&[&one])).await;
    let auth = of_issuer(&issuer, Duration::ZERO, Duration::ZERO);
    let token = one.token(&claims("ann"));
    call(&auth, &token).await.unwrap();
    let long = format!("{{\"keys\":[{}]}}", " ".repeat(600_000));
    let failures = [
        (500, String::new()),
        (302, jwks(&[&one])),
        (200, "<html>".to_owned()),
        (200, jwks(&[])),
        (200, long),
        (200, json!({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "1"}]}).to_string()),
    ];
    for (status, document) in failures {
        issuer.answers(status, document);
        let before = issuer.fetches();
        call(&auth, &token).await.unwrap();
        assert_eq!(issuer.fetches(), before + 1);
    }
}

#[tokio::test]
async fn without_any_keys_the_service_is_unavailable() {
    let one = signer("1");
    let issuer = Issuer::start(String::new()).await;
    issuer.answers(503, String::new());
    let auth = of_issuer(&issuer, EVER, Duration::from_millis(500));
    let token = one.token(&claims("ann"));
    for _ in 0..3 {
        let rejection = call(&auth, &token).await.unwrap_err();
        assert_eq!(rejection.error().kind(), bioserde_htsget::ErrorKind::ServiceUnavailable);
        assert_eq!(rejection.www_authenticate(), None);
    }
    assert_eq!(issuer.fetches(), 1, "a failing issuer is not asked by every request");
    issuer.answers(200, jwks(&[&one]));
    tokio::time::sleep(Duration::from_millis(550)).await;
    call(&auth, &token).await.unwrap();
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_break_a_fetch_off() {
    let one = signer("1");
    let issuer = Issuer::start(jwks(&[&one])).await;
    let auth = of_issuer(&issuer, EVER, Duration::from_secs(10));
    let token = one.token(&claims("ann"));
    let gone = tokio::time::timeout(Duration::from_millis(10), call(&auth, &token)).await;
    assert!(gone.is_err());
    call(&auth, &token).await.unwrap();
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test]
async fn key_files_are_read_again_when_they_change() {
    let (one, two) = (signer("1"), Signer::new(TokenAlgorithm::RS256));
    let (folder, path) = file("jwks.json", &jwks(&[&one]));
    let soon = |auth: &mut Auth| {
        let keys = Arc::get_mut(&mut auth.keys).unwrap();
        (keys.fresh_for, keys.interval) = (Duration::ZERO, Duration::ZERO);
    };
    let mut auth = Auth::new(&AuthConfig { jwks_file: Some(path.clone()), ..AuthConfig::default() }).unwrap();
    soon(&mut auth);
    call(&auth, &one.token(&claims("ann"))).await.unwrap();
    fs::write(&path, "not yet whole").unwrap();
    call(&auth, &one.token(&claims("ann"))).await.unwrap();
    fs::remove_file(&path).unwrap();
    call(&auth, &one.token(&claims("ann"))).await.unwrap();
    fs::write(&path, jwks(&[&two])).unwrap();
    call(&auth, &two.token(&claims("ann"))).await.unwrap();
    refused(&auth, &one.token(&claims("ann"))).await;

    let path = folder.path().join("key.pem");
    fs::write(&path, one.public_pem()).unwrap();
    let mut auth =
        Auth::new(&AuthConfig { public_key: Some(path.clone()), ..AuthConfig::default() }).unwrap();
    soon(&mut auth);
    call(&auth, &one.token(&claims("ann"))).await.unwrap();
    fs::write(&path, two.public_pem()).unwrap();
    call(&auth, &two.token(&claims("ann"))).await.unwrap();
    refused(&auth, &one.token(&claims("ann"))).await;
}

#[tokio::test]
async fn failures_are_reported_once_and_without_tokens() {
    let one = signer("1");
    let issuer = Issuer::start(String::new()).await;
    let auth = of_issuer(&issuer, Duration::ZERO, Duration::ZERO);
    let (log, _guard) = CapturedLog::start();
    let token = one.token(&claims("ann"));
    issuer.answers(500, String::new());
    for _ in 0..3 {
        call(&auth, &token).await.unwrap_err();
    }
    assert_eq!(issuer.fetches(), 3);
    assert_eq!(log.lines("WARN", "jwks: answered with status 500").len(), 1);
    issuer.answers(200, jwks(&[&one]));
    call(&auth, &token).await.unwrap();
    assert_eq!(log.lines("INFO", "there again").len(), 1);
    issuer.answers(200, "<html>".to_owned());
    for _ in 0..3 {
        call(&auth, &token).await.unwrap();
    }
    assert_eq!(log.lines("WARN", "the old ones stay in use").len(), 1);
    let parts = || token.split('.');
    assert!(parts().all(|part| log.lines("", part).is_empty()));
}

#[tokio::test]
async fn an_issuer_with_a_certificate_of_no_known_authority_has_no_keys() {
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (folder, certificate) = file("cert.pem", &pair.cert.pem());
    let key = folder.path().join("key.pem");
    fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    let tls = crate::Tls::new(&crate::TlsConfig { certificate, key }).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://127.0.0.1:{}/jwks", listener.local_addr().unwrap().port());
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        tokio_rustls::TlsAcceptor::from(tls.server_config()).accept(stream).await.map(|_| ()).unwrap_err()
    });
    let auth = Auth::new(&AuthConfig { jwks_url: Some(url), ..AuthConfig::default() }).unwrap();
    let (log, _guard) = CapturedLog::start();
    let rejection = call(&auth, &signer("1").token(&claims("ann"))).await.unwrap_err();
    assert_eq!(rejection.error().status(), 503);
    assert_eq!(log.lines("WARN", "certificate").len(), 1);
    server.await.unwrap();
}
