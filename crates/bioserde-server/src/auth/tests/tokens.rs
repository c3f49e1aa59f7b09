use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header, encode};

use super::*;

fn es256() -> Signer {
    Signer::new(TokenAlgorithm::ES256)
}

#[tokio::test]
async fn a_token_of_each_algorithm_has_a_caller() {
    for algorithm in TokenAlgorithm::ALL {
        let signer = Signer::new(algorithm);
        let (auth, _folder) = with_public_key(&signer, AuthConfig::default());
        let expires = in_seconds(600);
        let token = signer.token(&json!({"sub": "ann", "exp": expires, "groups": ["a", "b"]}));
        let caller = call(&auth, &token).await.unwrap();
        assert_eq!(caller.subject(), Some("ann"));
        assert_eq!(caller.expires(), expires);
        assert_eq!(caller.claim("/groups/1"), Some(&json!("b")));
        assert!(!format!("{caller:?}").contains("groups"));

        let (_folder, path) = file("jwks.json", &signer::jwks(&[&signer]));
        let auth = Auth::new(&AuthConfig { jwks_file: Some(path), ..AuthConfig::default() }).unwrap();
        call(&auth, &token).await.unwrap();

        let other = Signer::new(algorithm).token(&claims("ann"));
        assert_eq!(refused(&auth, &other).await, "the token is not signed by a key of the issuer");
    }
}

#[tokio::test]
async fn a_request_without_a_bearer_token_is_told_the_realm_alone() {
    let (auth, _folder) = with_public_key(&es256(), AuthConfig::default());
    for field in [None, Some(""), Some("Basic YTpi"), Some("Bearerx y")] {
        let rejection = auth.authenticate(field).await.unwrap_err();
        assert_eq!(rejection.error().kind(), bioserde_htsget::ErrorKind::InvalidAuthentication);
        assert_eq!(rejection.www_authenticate(), Some("Bearer realm=\"htsget\""));
    }
    for field in
        ["Bearer", "Bearer ", "Bearer x", "Bearer a.b", "Bearer a.b.c.d", "Bearer a.b.c, Bearer d.e.f"]
    {
        let rejection = auth.authenticate(Some(field)).await.unwrap_err();
        assert_eq!(rejection.error().status(), 401);
        assert!(rejection.www_authenticate().unwrap().contains("error=\"invalid_token\""), "{field}");
    }
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case() {
    let signer = es256();
    let (auth, _folder) = with_public_key(&signer, AuthConfig::default());
    let token = signer.token(&claims("ann"));
    for scheme in ["bearer", "BEARER", "Bearer "] {
        auth.authenticate(Some(&format!("{scheme} {token}"))).await.unwrap();
    }
}

#[tokio::test]
async fn times_are_held_with_leeway() {
    let signer = es256();
    let (auth, _folder) = with_public_key(&signer, AuthConfig::default());
    let of = |exp: Value, nbf: Value| signer.token(&json!({"exp": exp, "nbf": nbf}));
    let now = |seconds| json!(in_seconds(seconds));
    call(&auth, &of(now(-20), now(20))).await.unwrap();
    let float = json!(1e10);
    assert_eq!(call(&auth, &of(float, now(0))).await.unwrap().expires(), 10_000_000_000);
    let expired = "the token has expired";
    assert_eq!(refused(&auth, &of(now(-40), now(0))).await, expired);
    assert_eq!(refused(&auth, &of(json!(0), now(0))).await, expired);
    assert_eq!(refused(&auth, &of(now(600), now(60))).await, "the token is not valid yet");
    let not_a_number = "exp or nbf of the token is not a number";
    assert_eq!(refused(&auth, &of(now(600), json!("soon"))).await, not_a_number);
    for exp in [json!("soon"), json!(null), json!(-5)] {
        let why = refused(&auth, &of(exp, now(0))).await;
        assert_eq!(why, "the token has no exp, or one that is not a number");
    }
    refused(&auth, &of(json!([1]), now(0))).await;
}

#[tokio::test]
async fn issuer_and_audience_are_held_when_they_are_set() {
    let signer = es256();
    let audience = Some(vec!["htsget".to_owned(), "https://htsget.example".to_owned()]);
    let config =
        AuthConfig { issuer: Some("https://issuer.example".to_owned()), audience, ..AuthConfig::default() };
    let (auth, _folder) = with_public_key(&signer, config);
    let of = |iss: Value, aud: Value| signer.token(&json!({"exp": in_seconds(60), "iss": iss, "aud": aud}));
    let iss = || json!("https://issuer.example");
    for aud in [json!("htsget"), json!(["other", "https://htsget.example"])] {
        call(&auth, &of(iss(), aud)).await.unwrap();
    }
    assert_eq!(refused(&auth, &of(json!("x"), json!("htsget"))).await, "the token is of another issuer");
    assert_eq!(refused(&auth, &of(json!(null), json!("htsget"))).await, "the token has no iss");
    for aud in [json!("other"), json!(["other"]), json!([])] {
        assert_eq!(refused(&auth, &of(iss(), aud)).await, "the token is for another audience");
    }
    for aud in [json!(null), json!(5)] {
        assert_eq!(refused(&auth, &of(iss(), aud)).await, "the token has no aud");
    }
}

#[tokio::test]
async fn a_token_for_an_audience_is_refused_where_none_is_set() {
    let signer = es256();
    let (auth, _folder) = with_public_key(&signer, AuthConfig::default());
    let token = signer.token(&json!({"exp": in_seconds(60), "aud": "another service"}));
    assert!(refused(&auth, &token).await.contains("not set up to have a name"));
}

#[tokio::test]
async fn unsigned_tokens_are_refused() {
    let signer = es256();
    let (auth, _folder) = with_public_key(&signer, AuthConfig::default());
    let body = URL_SAFE_NO_PAD.encode(claims("ann").to_string());
    for alg in ["none", "None", "NONE", ""] {
        let header = URL_SAFE_NO_PAD.encode(json!({"alg": alg, "typ": "JWT"}).to_string());
        for signature in ["", "AAAA"] {
            let why = refused(&auth, &format!("{header}.{body}.{signature}")).await;
            assert!(why.contains("its algorithm is not one that is accepted"), "{why}");
        }
    }
    let good = signer.token(&claims("ann"));
    let (message, _) = good.rsplit_once('.').unwrap();
    refused(&auth, &format!("{message}.")).await;
}

#[tokio::test]
async fn a_public_key_is_never_a_shared_secret() {
    for algorithm in TokenAlgorithm::ALL {
        let signer = Signer::new(algorithm);
        let (auth, _folder) = with_public_key(&signer, AuthConfig::default());
        for secret in
            [signer.public_pem(), signer.public_pem().replace('\n', "\r\n"), signer.jwk().to_string()]
        {
            let key = EncodingKey::from_secret(secret.as_bytes());
            let token = encode(&Header::default(), &claims("ann"), &key).unwrap();
            assert_eq!(refused(&auth, &token).await, "the algorithm of the token is not accepted");
        }
    }
}

#[tokio::test]
async fn the_algorithm_is_that_of_the_key_and_of_the_settings() {
    let (rsa, ec) = (Signer::new(TokenAlgorithm::RS256), es256());
    let (_folder, path) = file("jwks.json", &signer::jwks(&[&rsa, &ec]));
    let config = AuthConfig { jwks_file: Some(path), ..AuthConfig::default() };
    let both = Auth::new(&config).unwrap();
    let one = Auth::new(&AuthConfig { algorithms: Some(vec![TokenAlgorithm::ES256]), ..config }).unwrap();
    call(&both, &rsa.token(&claims("ann"))).await.unwrap();
    call(&one, &ec.token(&claims("ann"))).await.unwrap();
    let refusal = refused(&one, &rsa.token(&claims("ann"))).await;
    assert_eq!(refusal, "the algorithm of the token is not accepted");
    // RS512 of an accepted key, and a header that says ES256 over a signature of RSA.
    let rs512 = rsa.token_with(&Header::new(jsonwebtoken::Algorithm::RS512), &claims("ann"));
    assert_eq!(refused(&both, &rs512).await, "the algorithm of the token is not accepted");
    let token = rsa.token(&claims("ann"));
    let header = URL_SAFE_NO_PAD.encode(json!({"alg": "ES256"}).to_string());
    let (_, rest) = token.split_once('.').unwrap();
    refused(&both, &format!("{header}.{rest}")).await;
}

#[tokio::test]
async fn a_token_that_was_altered_is_refused() {
    let signer = es256();
    let (auth, _folder) = with_public_key(&signer, AuthConfig::default());
    let token = signer.token(&claims("ann"));
    let [header, _, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let body = URL_SAFE_NO_PAD.encode(claims("bob").to_string());
    let why = refused(&auth, &format!("{header}.{body}.{signature}")).await;
    assert_eq!(why, "the token is not signed by a key of the issuer");
}

#[tokio::test]
async fn keys_in_the_token_and_critical_extensions_are_not_trusted() {
    let (signer, stranger) = (es256(), es256());
    let (auth, _folder) = with_public_key(&signer, AuthConfig::default());
    let mut header = stranger.header();
    header.jwk = Some(serde_json::from_value(stranger.jwk()).unwrap());
    header.jku = Some("http://localhost:1/jwks".to_owned());
    let why = refused(&auth, &stranger.token_with(&header, &claims("ann"))).await;
    assert_eq!(why, "the token is not signed by a key of the issuer");
    let mut header = signer.header();
    header.crit = Some(vec!["b64".to_owned()]);
    let why = refused(&auth, &signer.token_with(&header, &claims("ann"))).await;
    assert!(why.contains("critical"), "{why}");
}

#[tokio::test]
async fn claims_are_an_object() {
    let signer = es256();
    let (auth, _folder) = with_public_key(&signer, AuthConfig::default());
    for body in [json!([in_seconds(60), null, null, null, null]), json!("x"), json!(null), json!({})] {
        refused(&auth, &signer.token(&body)).await;
    }
}
