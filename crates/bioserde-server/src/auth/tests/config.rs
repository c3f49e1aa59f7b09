use super::*;
use crate::auth::AuthConfigError;

fn config(toml: &str) -> AuthConfig {
    toml::from_str(toml).unwrap()
}

fn error(toml: &str) -> AuthConfigError {
    Auth::new(&config(toml)).unwrap_err()
}

/// An error with its sources, and its hint.
fn said(toml: &str) -> String {
    let error = error(toml);
    let hint = error.hint().unwrap_or_default().to_owned();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    format!("{text}; {hint}")
}

const URL: &str = "jwks_url = 'https://issuer.example/jwks'\n";

#[test]
fn every_setting_is_read_and_written() {
    let text = r#"
        jwks_url = "https://issuer.example/jwks"
        algorithms = ["RS256", "ES256", "EdDSA"]
        issuer = "https://issuer.example"
        audience = ["htsget"]
        leeway = 5
        jwks_refresh = 60

        [[rules]]
        everyone = true
        ids = ["open/**"]

        [[rules]]
        subjects = ["ann"]
        claims = { group = "a", level = [1, 2], staff = true, "/realm/roles" = ["x", "y"] }
        endpoint = "reads"
        ids = ["NA*"]
        regions = ["chr1:1000-2000", { name = "HLA-A*01:01", end = 5 }, "*"]
    "#;
    let read = config(text);
    Auth::new(&read).unwrap();
    assert_eq!(read.leeway, 5);
    assert_eq!(toml::from_str::<AuthConfig>(&toml::to_string(&read).unwrap()).unwrap(), read);
    assert_eq!(config("").leeway, 30);
}

#[test]
fn the_examples_of_the_documentation_are_valid() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/auth.md");
    let page = fs::read_to_string(page).unwrap();
    let (_folder, key) = file("key.pem", &Signer::new(TokenAlgorithm::ES256).public_pem());
    let mut checked = 0;
    for block in page.split("```toml\n").skip(1) {
        let sections: toml::Table = toml::from_str(block.split("```").next().unwrap()).unwrap();
        for (name, section) in sections {
            checked += 1;
            if name == "tls" {
                section.try_into::<crate::TlsConfig>().unwrap();
                continue;
            }
            assert_eq!(name, "auth");
            let mut config: AuthConfig = section.try_into().unwrap();
            config.public_key = config.public_key.map(|_| key.clone());
            Auth::new(&config).unwrap();
        }
    }
    assert_eq!(checked, 4);
}

#[test]
fn unknown_settings_are_refused() {
    for wrong in [
        "jwks = 1",
        "algorithms = ['HS256']",
        "algorithms = ['none']",
        "[[rules]]\neveryone = true",
        "[[rules]]\neveryone = true\nids = ['a']\nidss = ['a']",
        "[[rules]]\neveryone = true\nids = ['a']\nendpoint = 'Reads'",
        "[[rules]]\neveryone = true\nids = ['a']\nregions = [{ name = 'a', begin = 5 }]",
        "[[rules]]\nclaims = { a = 1.5 }\nids = ['a']",
    ] {
        assert!(toml::from_str::<AuthConfig>(&format!("{URL}{wrong}")).is_err(), "{wrong}");
    }
    let wrong = format!("{URL}[[rules]]\neveryone = true\nids = ['a']\nregions = [5]");
    let error = toml::from_str::<AuthConfig>(&wrong).unwrap_err().to_string();
    assert!(error.contains("expected a region such as"), "{error}");
}

#[test]
fn the_schema_describes_every_setting() {
    let schema = serde_json::to_value(schemars::schema_for!(AuthConfig)).unwrap();
    let mut described = 0;
    for object in [&schema, &schema["$defs"]["Rule"], &schema["$defs"]["RegionParts"]] {
        assert_eq!(object["additionalProperties"], json!(false));
        for (name, property) in object["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{name}");
            described += 1;
        }
    }
    assert_eq!(described, 9 + 6 + 3);
}

#[test]
fn keys_come_from_exactly_one_place() {
    assert!(said("").contains("exactly one of"));
    for two in [
        format!("{URL}jwks_file = 'a'"),
        format!("{URL}public_key = 'a'"),
        "jwks_file = 'a'\npublic_key = 'a'".to_owned(),
    ] {
        assert!(matches!(error(&two), AuthConfigError::SeveralKeys { .. }), "{two}");
    }
}

#[test]
fn settings_that_would_do_nothing_are_refused() {
    for name in ["algorithms", "audience", "rules"] {
        assert!(said(&format!("{URL}{name} = []")).contains(&format!("`{name}` is an empty list")));
    }
    assert!(said("jwks_file = 'a'\njwks_refresh = 60").contains("without `jwks_url`"));
    assert!(said(&format!("{URL}jwks_refresh = 9")).contains("every 10 s at most"));
    assert!(said(&format!("{URL}leeway = 3601")).contains("more than an hour"));
    assert!(said("jwks_url = 'http://issuer.example/jwks'").contains("plain http"));
}

#[test]
fn a_wrong_rule_is_named() {
    let of = |rule: &str| said(&format!("{URL}[[rules]]\neveryone = true\nids = ['a']\n[[rules]]\n{rule}"));
    let table = [
        ("ids = ['a']", "says not whom"),
        ("everyone = true\nsubjects = ['a']\nids = ['a']", "for everyone and also has `subjects`"),
        ("everyone = true\nclaims = {}\nids = ['a']", "for everyone and also has `claims`"),
        ("subjects = []\nids = ['a']", "`subjects` is empty"),
        ("claims = {}\nids = ['a']", "`claims` is empty"),
        ("claims = { group = [] }\nids = ['a']", "`claims.group` is empty"),
        ("everyone = true\nids = []", "`ids` is empty"),
        ("everyone = true\nids = ['a']\nregions = []", "`regions` is empty"),
        ("everyone = true\nids = ['a']\nregions = ['chr1:5']", "`chr1:5` in `regions` is not a region"),
        ("everyone = true\nids = ['a']\nregions = ['chr1:x']", "write a name with a colon as"),
    ];
    for (rule, wanted) in table {
        let said = of(rule);
        assert!(said.starts_with("rule 2 is wrong") && said.contains(wanted), "{said}");
    }
}

#[test]
fn a_key_file_that_cannot_be_used_says_why() {
    let signer = Signer::new(TokenAlgorithm::ES256);
    let of = |setting: &str, content: &str, more: &str| {
        let (_folder, path) = file("keys", content);
        said(&format!("{setting} = '{}'\n{more}", path.display()))
    };
    let secret = json!({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}).to_string();
    let p384 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap().public_key_pem();
    let certificate = rcgen::generate_simple_self_signed(["a".to_owned()]).unwrap().cert.pem();
    let table = [
        ("jwks_file", "", "", "not a JWK set"),
        ("jwks_file", r#"{"keys": []}"#, "", "no key for RS256, ES256, EdDSA (it is empty)"),
        ("jwks_file", &secret, "", "key 1 is a shared secret"),
        ("public_key", "", "", "has no section `PUBLIC KEY`"),
        ("public_key", &signer.private_pem(), "", "has a private key or another thing"),
        ("public_key", &signer.public_pem().repeat(2), "", "has more than a public key"),
        ("public_key", &certificate, "", "has a certificate in place of"),
        ("public_key", &p384, "", "the key is not a point on P-256"),
        (
            "public_key",
            &signer.public_pem(),
            "algorithms = ['RS256']",
            "no key for RS256 (the key is for ES256)",
        ),
    ];
    for (setting, content, more, wanted) in table {
        let said = of(setting, content, more);
        assert!(said.contains("keys: ") && said.contains(wanted), "{said}");
    }
    assert!(said("jwks_file = '/nowhere/keys'").contains("/nowhere/keys: cannot be read"));
}
