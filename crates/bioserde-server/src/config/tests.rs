use std::collections::BTreeSet;
use std::error::Error;
use std::fs;

use bioserde_htsget::{Endpoint, Format};
use bioserde_resolve::Location as Place;
use proptest::prelude::*;
use serde_json::Value as Json;

use super::keys::Keys;
use super::*;

const HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn load(file: &str, variables: &[(&str, &str)], overrides: &str) -> Result<Config, ConfigError> {
    let variables = variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Config::load(Some((Path::new("config.toml"), file)), variables, overrides.parse().unwrap())
}

fn of_file(text: &str) -> Config {
    load(text, &[], "").unwrap()
}

fn said_of_file(text: &str) -> String {
    load(text, &[], "").unwrap_err().to_string()
}

/// What is said of a variable, without its name.
fn said_of_variable(name: &str, text: &str) -> String {
    let name = format!("{VARIABLE_PREFIX}{name}");
    let said = load("", &[(&name, text)], "").unwrap_err().to_string();
    said.strip_prefix(&format!("environment variable {name}: ")).unwrap().to_owned()
}

fn with_variable(name: &str, text: &str) -> Config {
    load("", &[(&format!("{VARIABLE_PREFIX}{name}"), text)], "").unwrap()
}

#[test]
fn nothing_gives_the_defaults() {
    assert_eq!(Config::load(None, [], Table::new()).unwrap(), Config::default());
    let config = Config::default();
    assert_eq!(config.addr.to_string(), "127.0.0.1:8080");
    assert_eq!(config.tickets.piece_bytes.bytes(), 512 << 20);
    assert_eq!(config.tickets.lifetime.duration().as_secs(), 3600);
    assert!(config.limits.concurrency() >= 2);
    assert!(matches!(config.locations(), Err(ConfigError::Location(_))));
}

#[test]
fn later_layers_go_over_earlier_ones() {
    let file = "addr = '[::1]:1'\n[tickets]\nlifetime = '1m'\nmode = 'block'\n[limits]\nregions = 1";
    let variables = [("BIOSERDE_SERVE_TICKETS__LIFETIME", "2m"), ("BIOSERDE_SERVE_LIMITS__REGIONS", "2")];
    let config = load(file, &variables, "limits.regions = 3").unwrap();
    assert_eq!(config.addr.port(), 1);
    assert_eq!(config.tickets.mode, TicketMode::Block);
    assert_eq!(config.tickets.lifetime, Period::from_secs(120));
    assert_eq!(config.limits.regions, 3);
    assert_eq!(config.limits.body_bytes, Size::new(4 << 20));
}

#[test]
fn a_list_goes_over_a_list() {
    let file = "[[locations]]\npath = '/a'\n[[locations]]\npath = '/b'";
    assert_eq!(of_file(file).locations.len(), 2);
    let config = load(file, &[], "locations = [{path = '/c', prefix = 'd'}]").unwrap();
    assert_eq!(config.locations, [Location(Place::Folder { path: "/c".into(), prefix: "d".into() })]);
    let config = load(file, &[("BIOSERDE_SERVE_LOCATIONS", "[]")], "").unwrap();
    assert_eq!(config.locations, []);
}

#[test]
fn variables_are_values_of_toml_or_texts() {
    assert_eq!(with_variable("ADDR", "0.0.0.0:80").addr.port(), 80);
    assert_eq!(with_variable("ADDR", "'0.0.0.0:80'").addr.port(), 80);
    assert!(!with_variable("PAGE__ENABLED", "false").page.enabled);
    assert_eq!(with_variable("TICKETS", "{inline = 'never'}").tickets.inline, Inline::Never);
    assert_eq!(with_variable("SERVICE__ORGANIZATION__NAME", "Ü & Co").service.organization.name, "Ü & Co");
    let list = with_variable("CORS__ORIGINS", "['https://a.example', 'https://B.example']").cors.origins;
    assert_eq!(list, CorsOrigins::List(vec!["https://a.example".into(), "https://b.example".into()]));
    // Values of TOML that are none of their key.
    assert_eq!(with_variable("SERVICE__VERSION", "1.0").service.version.as_deref(), Some("1.0"));
    assert_eq!(with_variable("SERVICE__NAME", "true").service.name, "true");
    let digits = "1".repeat(64);
    assert_eq!(with_variable("TICKETS__SECRET", &digits).tickets.secret.unwrap().bytes(), [0x11; 32]);
}

#[test]
fn other_variables_are_passed_over() {
    let others = [
        ("BIOSERDE_CORPUS", "x"),
        ("BIOSERDE_REQUIRE_ORACLES", "1"),
        ("BIOSERDE_BIN", "x"),
        ("BIOSERDE_SLICE_CASES", "1"),
        ("BIOSERDE_SERVER_PORT", "tcp://10.0.0.1:80"),
        ("PATH", "/bin"),
        ("ADDR", "x"),
    ];
    assert_eq!(load("", &others, "").unwrap(), Config::default());
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_those_like_it() {
    assert_eq!(
        said_of_file("addr = '[::]:1'\n\n[tickets]\n  inlin = 'never'"),
        "config.toml:4:3: there is no key `tickets.inlin`; did you mean `tickets.inline`"
    );
    assert_eq!(
        said_of_file("[[locations]]\npath = 'a'\n[[locations]]\npath = 'b'\nprefx = 'c'"),
        "config.toml:5:1: there is no key `locations.prefx`; did you mean `locations.prefix`"
    );
    assert_eq!(
        said_of_variable("TICKETS__LIFETIM", "1m"),
        "there is no key `tickets.lifetim`; did you mean `tickets.lifetime`"
    );
    assert_eq!(
        said_of_variable("TICKETS", "{lifetim = 1}"),
        "there is no key `tickets.lifetim`; did you mean `tickets.lifetime`"
    );
    assert_eq!(said_of_variable("PORT_80_TCP", "tcp://10.0.0.1:80"), "there is no key `port_80_tcp`");
    assert_eq!(said_of_variable("", "x"), "there is no key ``");
    assert_eq!(
        load("", &[], "piece_bytes = 1").unwrap_err().to_string(),
        "command line: there is no key `piece_bytes`; did you mean `tickets.piece_bytes`"
    );
    assert_eq!(
        said_of_file("[addr]\nx = 1"),
        "config.toml:1:1: `addr`: invalid type: map, expected a string"
    );
}

#[test]
fn a_wrong_value_is_named_with_its_place_and_key() {
    for (text, wanted) in [
        (
            "addr = 'a:80'",
            "1:8: `addr`: `a:80` is no IP address with a port, such as `127.0.0.1:8080` or `[::]:8080`",
        ),
        (
            "[tickets]\nlifetime = 'ages'",
            "2:12: `tickets.lifetime`: `ages` is not a duration: whole seconds, or text such as `15m` or `1h30m`",
        ),
        (
            "tickets.piece_bytes = -1",
            "1:23: `tickets.piece_bytes`: invalid value: integer `-1`, expected a size: whole bytes, or text such as `512 MiB` or `500 MB`",
        ),
        (
            "tickets = {inline = 'x'}",
            "1:21: `tickets.inline`: unknown variant `x`, expected `auto` or `never`",
        ),
        ("[tickets]\n\npiece_bytes = '2 GB'", "3:1: `tickets.piece_bytes`: 2 GB is more than 1 GB"),
        ("[tickets]\npiece_bytes = 1", "2:1: `tickets.piece_bytes`: 1 B is less than 64 KiB"),
        ("[limits]\nregions = 0", "2:1: `limits.regions`: is at least 1"),
        ("[limits]\nconcurrent = 0", "2:1: `limits.concurrent`: is at least 1"),
        ("[limits]\nidle_time = 0", "2:1: `limits.idle_time`: is no time at all"),
        ("page.enabled = 'yes'", "1:16: `page.enabled`: invalid type: string \"yes\", expected a boolean"),
        (
            "[service]\ncreated_at = 'x'",
            "2:14: `service.created_at`: a time is written as in `2026-08-01T09:30:00Z`",
        ),
        (
            "[cors]\norigins = ['https://a/b']",
            "2:12: `cors.origins`: `https://a/b` is no origin, which is written as in `https://example.org`",
        ),
        (
            "public_url = 'x'",
            "1:14: `public_url`: `x` is not an http or https URL with a plain path, which is no route of the server, and without a query, such as `https://example.org/htsget`",
        ),
    ] {
        assert_eq!(said_of_file(text), format!("config.toml:{wanted}"));
    }
    let wanted = "`tickets.inline`: unknown variant `x`, expected `auto` or `never`";
    assert_eq!(said_of_variable("TICKETS__INLINE", "x"), wanted);
    assert_eq!(said_of_variable("TICKETS", "{inline = 'x'}"), wanted);
    assert_eq!(
        load("", &[], "tickets.inline = 'x'").unwrap_err().to_string(),
        format!("command line: {wanted}")
    );
    assert_eq!(said_of_variable("LIMITS__REGIONS", "0"), "`limits.regions`: is at least 1");
}

#[test]
fn a_file_that_is_no_toml_is_refused_with_the_place() {
    let said = said_of_file("addr = '[::]:1'\nadd r = 1");
    assert!(said.starts_with("config.toml:2:5: "), "{said}");
    let said = said_of_file("addr = 'a'\naddr = 'b'");
    assert!(said.starts_with("config.toml:2:1: ") && said.contains("duplicate"), "{said}");
}

#[test]
fn a_location_is_of_one_kind() {
    let location = |text: &str| load("", &[], &format!("locations = [{{path = '/a', {text}}}]"));
    for (text, wanted) in [
        ("index = 'x'", "`index` needs an `id`"),
        ("regex = 'x'", "`regex` needs a `substitution`"),
        ("substitution = 'x'", "`substitution` needs a `regex`"),
        ("id = 'x', prefix = 'y'", "of `prefix`, `id` and `regex` a location has one at most"),
        (
            "id = 'x', regex = 'y', substitution = 'z'",
            "of `prefix`, `id` and `regex` a location has one at most",
        ),
    ] {
        assert_eq!(location(text).unwrap_err().to_string(), format!("command line: `locations`: {wanted}"));
    }
    let said = said_of_file("[[locations]]\npath = 'a'\n\n[[locations]]\npath = 'b'\nindex = 'c'");
    assert_eq!(said, "config.toml:4:1: `locations`: `index` needs an `id`");
    assert_eq!(said_of_file("[[locations]]\nid = 'a'"), "config.toml:1:1: `locations`: missing field `path`");
}

#[test]
fn locations_become_those_of_resolve() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("x.bam"), "").unwrap();
    let path = dir.path().display();
    let text = format!("[[locations]]\npath = '{path}'\nregex = 's-(.*)'\nsubstitution = '$1'");
    let locations = of_file(&text).locations().unwrap();
    assert!(locations.find("s-x", &[".bam"]).unwrap().is_some());
    let error = of_file("locations = [{path = '/none/x'}]").locations().unwrap_err();
    let source = error.source().unwrap();
    assert_eq!(format!("{error}: {source}"), "`locations`: /none/x: cannot be opened");
    assert!(source.source().is_some());
}

#[test]
fn times_need_no_quotes() {
    let config =
        of_file("[service]\ncreated_at = 2026-08-01T09:30:00Z\nupdated_at = '2026-08-02T09:30:00+01:00'");
    let info = config.service.info(Endpoint::Reads, vec![Format::Bam], true, true).to_json();
    let info: Json = serde_json::from_str(&info).unwrap();
    assert_eq!(info["createdAt"], "2026-08-01T09:30:00Z");
    assert_eq!(info["updatedAt"], "2026-08-02T09:30:00+01:00");
    assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
    let said = said_of_file("[service]\ncreated_at = 2026-08-01");
    assert_eq!(
        said,
        "config.toml:2:14: `service.created_at`: a time is written as in `2026-08-01T09:30:00Z`"
    );
}

#[test]
fn a_secret_is_never_shown() {
    let config = of_file(&format!("[tickets]\nsecret = '{HEX}'"));
    let shown = config.to_toml().unwrap();
    assert!(shown.contains("secret = \"(hidden)\"") && !shown.contains(HEX), "{shown}");
    assert!(!format!("{config:?}").contains(HEX));
    assert!(load(&shown, &[], "").unwrap_err().to_string().contains("a secret is at least 32 bytes"));
    for wrong in ["'hush-hush'", "424242424242", "true", "['hush-hush']", "{x = 'hush-hush'}", "4242.42"] {
        for error in [
            load(&format!("tickets.secret = {wrong}"), &[], "").unwrap_err(),
            load("", &[("BIOSERDE_SERVE_TICKETS__SECRET", wrong)], "").unwrap_err(),
            load("", &[], &format!("tickets.secret = {wrong}")).unwrap_err(),
        ] {
            let said = format!("{error} {error:?}");
            assert!(said.contains("tickets.secret"), "{said}");
            assert!(!said.contains("hush") && !said.contains("4242"), "{said}");
        }
    }
}

#[test]
fn a_secret_may_stand_in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    let tickets = of_file(&format!("tickets.secret_file = '{}'", path.display())).tickets;
    assert!(matches!(tickets.read_secret(), Err(ConfigError::Unreadable { .. })));
    fs::write(&path, format!("{HEX}\n")).unwrap();
    assert_eq!(tickets.read_secret().unwrap(), Some(HEX.parse().unwrap()));
    fs::write(&path, "hush-hush").unwrap();
    let said = tickets.read_secret().unwrap_err().to_string();
    assert!(said.starts_with("configuration: `tickets.secret_file`: ") && !said.contains("hush"), "{said}");
    assert_eq!(Tickets::default().read_secret().unwrap(), None);
}

#[test]
fn a_secret_stands_in_one_place() {
    let file = format!("[tickets]\nsecret = '{HEX}'\n");
    let wanted = "`tickets.secret_file`: there is a `tickets.secret` already";
    assert_eq!(said_of_file(&format!("{file}secret_file = 'x'")), format!("config.toml:3:1: {wanted}"));
    let said = load(&file, &[("BIOSERDE_SERVE_TICKETS__SECRET_FILE", "x")], "").unwrap_err().to_string();
    assert_eq!(said, format!("configuration: {wanted}"));
}

/// The blocks of TOML in the reference.
fn examples() -> Vec<String> {
    let reference = reference();
    let blocks = reference.split("```toml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_example_of_the_reference_loads_and_is_written_again() {
    let examples = examples();
    assert_eq!(examples.len(), 1);
    for example in examples {
        let config = of_file(&example);
        assert_eq!(config.locations.len(), 3);
        assert_eq!(of_file(&config.to_toml().unwrap()), config);
    }
}

#[test]
fn the_defaults_are_written_and_read_again() {
    assert_eq!(of_file(&Config::default().to_toml().unwrap()), Config::default());
}

#[test]
fn the_reference_in_docs_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/config.md");
    let advice = "cargo run -p bioserde-server --example config_reference > docs/config.md";
    assert!(fs::read_to_string(path).unwrap() == reference(), "docs/config.md is not current: {advice}");
}

#[test]
fn every_key_is_described() {
    let keys = Keys::new().0;
    assert!(keys.len() > 50);
    for (name, key) in &keys {
        assert!(key.description.ends_with('.'), "{name}: {:?}", key.description);
        assert!(key.values.iter().all(|(_, meaning)| meaning.ends_with('.')), "{name}");
    }
    let reference = reference();
    for (name, _) in
        keys.iter().filter(|(_, key)| !key.kind.is_empty() && !key.kind.starts_with("list of tables"))
    {
        assert!(reference.contains(&format!("\n### `{name}`\n")), "{name}");
    }
}

/// The schema knows exactly the keys that serde takes, so neither lets another pass.
#[test]
fn the_schema_has_the_keys_of_the_types() {
    let said =
        Table::from_iter([("nothing-like-that".to_owned(), 1.into())]).try_into::<Config>().unwrap_err();
    let of_serde: BTreeSet<_> = said.message().split('`').skip(3).step_by(2).map(str::to_owned).collect();
    let top: BTreeSet<_> = Keys::new().0.into_keys().filter(|key| !key.contains('.')).collect();
    assert_eq!(of_serde, top);
}

#[test]
fn the_schema_is_closed_and_has_defaults() {
    let schema: Json = serde_json::from_str(&schema()).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["addr"]["default"], "127.0.0.1:8080");
    for (name, of) in schema["$defs"].as_object().unwrap() {
        assert!(of.get("properties").is_none() || of["additionalProperties"] == false, "{name}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>(), name in "[A-Z_]{0,12}", toml in "[a-z_.=\\[\\]{}'\"0-9 \n]{0,40}") {
        let name = format!("{VARIABLE_PREFIX}{name}");
        for text in [&text, &toml] {
            let _ = load(text, &[], "");
            let _ = load("", &[(&name, text)], "");
            let _ = load("", &[("BIOSERDE_SERVE_TICKETS", text), ("BIOSERDE_SERVE_CORS__ORIGINS", text)], "");
        }
    }

    #[test]
    fn sizes_and_durations_pass_through_a_file(bytes in 65_536u64..1_000_000_000, millis in 1u64..1 << 40) {
        let mut config = Config::default();
        config.tickets.piece_bytes = Size::new(bytes);
        config.tickets.lifetime = Period::from_millis(millis);
        prop_assert_eq!(of_file(&config.to_toml().unwrap()), config);
    }
}

#[test]
fn the_examples_of_access_control_load() {
    let page = include_str!("../../../../docs/auth.md");
    let blocks: Vec<_> =
        page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() > 2);
    for block in blocks {
        let loaded = Config::load(Some((Path::new("auth.toml"), block)), [], Table::new());
        assert!(loaded.is_ok(), "{block}\n{}", loaded.unwrap_err());
    }
    let text = "[auth]\npublic_key = 'k'\n[[auth.rules]]\nids = ['a']\n[auth.rules.claims]\nrole = 'x'\n\
        [[auth.rules.regions]]\nname = 'HLA:1'\nstart = 1\nend = 9\n";
    let loaded = Config::load(Some((Path::new("auth.toml"), text)), [], Table::new());
    assert!(loaded.is_ok(), "{}", loaded.unwrap_err());
    let unknown = "[auth]\npublic_key = 'k'\n[[auth.rules]]\nidz = ['a']\n";
    assert!(Config::load(Some((Path::new("auth.toml"), unknown)), [], Table::new()).is_err());
}
