//! `config check` and `config show`: which sources there are, which wins, and what is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;

use crate::program::{CONFIGURATION, DONE, Outcome, USAGE, configured, program, run, write_secret};

/// Returns a complaint about a configuration in which one text is replaced by another.
fn complaint(from: &str, to: &str) -> String {
    assert!(CONFIGURATION.contains(from), "{from}");
    let directory = configured(&CONFIGURATION.replace(from, to));
    run(directory.path(), &["config", "check"]).refused_with(USAGE)
}

/// Returns what a complaint does not name, as a line for a list; nothing when it names all.
fn unnamed(change: &str, complaint: &str, named: &[&str]) -> Option<String> {
    let missing: Vec<_> = named.iter().filter(|part| !complaint.contains(**part)).collect();
    (!missing.is_empty()).then(|| format!("{change:?}: {complaint}  does not name {missing:?}\n"))
}

/// Runs a command on the configuration with variables in its environment.
fn with_variables(arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let directory = configured(CONFIGURATION);
    let mut command = program(directory.path(), arguments);
    Outcome::of(command.envs(variables.iter().copied()))
}

#[test]
fn a_good_configuration_passes_without_a_key_and_without_starting() {
    let directory = configured(CONFIGURATION);
    run(directory.path(), &["config", "check"]).good();
    let elsewhere = TempDir::new().unwrap();
    let file = directory.path().join("countersign.toml");
    run(elsewhere.path(), &["config", "check", "--config", file.to_str().unwrap()]).good();
    let mut command = program(elsewhere.path(), &["config", "check"]);
    Outcome::of(command.env("COUNTERSIGN_CONFIG", &file)).good();
}

#[test]
fn each_wrong_value_is_refused_by_file_and_key_with_what_is_allowed() {
    let issuer = "issuer = \"https://id.example.test\"";
    let audience = "audience = [\"https://api.example.test\"]";
    let ids = "client_ids = [\"countersign\"]";
    let table: [(&str, &str, &[&str]); 22] = [
        (issuer, "", &["issuer", "required"]),
        (issuer, "issuer = \"http://id.example.test\"", &["issuer", "https"]),
        (issuer, "issuer = 7", &["issuer", "string"]),
        (issuer, "isuer = \"https://id.example.test\"", &["isuer", "issuer"]),
        ("\"127.0.0.1:0\"", "\"8080\"", &["listen", "0.0.0.0:8080"]),
        ("\"127.0.0.1:0\"", "\"127.0.0.1:0\"\nadmin_listen = \"x\"", &["admin_listen", "port"]),
        ("id = \"spa\"", "id = \"\"", &["clients.0.id", "1 to 255"]),
        ("id = \"spa\"", "id = \"spa\"\nsecrets = []", &["secrets", "secret_file"]),
        (audience, "audience = []", &["clients.0.audience", "at least one"]),
        (audience, "audience = [\"a\"]\nlifetime = \"25h\"", &["clients.0.lifetime", "1day"]),
        (audience, "audience = [\"a\"]\nlifetime = \"59s\"", &["clients.0.lifetime", "1m"]),
        (audience, "audience = [\"a\"]\nproviders = [\"x\"]", &["clients.0.providers", "acme"]),
        (audience, "audience = [\"a\"]\nclaims = [\"x\"]", &["clients.0.claims", "picture"]),
        (
            audience,
            "audience = [\"a\"]\nsecret_file = \"./absent\"",
            &["clients.0.secret_file", "absent"],
        ),
        (
            "https://app.example.test",
            "https://app.example.test/",
            &["clients.0.origins", "https://app.example.com"],
        ),
        (ids, "", &["providers.acme.client_ids", "at least one"]),
        (ids, "client_ids = [\"\"]", &["providers.acme.client_ids", "at least one"]),
        (ids, "client_ids = [\"x\"]\nnonce = \"never\"", &["providers.acme.nonce", "if_sent"]),
        ("kind = \"oidc\"", "", &["providers.acme", "providers list", "oidc"]),
        ("kind = \"oidc\"", "kind = \"saml\"", &["providers.acme.kind", "oidc"]),
        ("kind = \"oidc\"", "catalogue = \"myspace\"", &["providers.acme.catalogue", "myspace"]),
        ("http://127.0.0.1:9", "http://login.acme.test", &["providers.acme.issuer", "https"]),
    ];
    let unnamed = table.iter().filter_map(|(from, to, named)| {
        unnamed(to, &complaint(from, to), &[&["countersign.toml"], *named].concat())
    });
    let unnamed: Vec<_> = unnamed.collect();
    assert!(unnamed.is_empty(), "{}", unnamed.concat());
}

#[test]
fn each_wrong_table_is_refused_by_file_and_key_with_what_is_allowed() {
    let tables = [
        ("[tokens]\nlifetime = \"1s\"", ["tokens.lifetime", "1m"]),
        ("[tokens]\nlifetime = 900", ["tokens.lifetime", "string"]),
        ("[keys]\ndir = \"keys\"", ["keys", "directory"]),
        ("[subject]\nmode = \"email\"", ["subject.mode", "pairwise"]),
        ("[subject]\nmode = \"pairwise\"", ["subject.secret", "32"]),
        ("[outbound]\ntimeout = \"5\"", ["outbound.timeout", "duration"]),
        ("[outbound]\nproxy = \"socks5://x\"", ["outbound.proxy", "http"]),
        ("[limits]\nbody_bytes = 0", ["limits.body_bytes", "1024"]),
        ("[limits]\nrequests_per_minute = -1", ["limits.requests_per_minute", "not negative"]),
        ("[traces]\nendpoint = \"127.0.0.1:4318\"", ["traces.endpoint", "http://127.0.0.1:4318"]),
        ("[traces]\nsample = 2", ["traces.sample", "0 to 1"]),
        ("[traces]\nsample = \"all\"", ["traces.sample", "number"]),
        ("[traces]\nheaders = \"x\"", ["headers", "endpoint"]),
        ("[log]\nformat = \"xml\"", ["log.format", "json"]),
        ("[provider.google]\nclient_ids = [\"x\"]", ["provider", "providers"]),
        ("[providers.google]\nclient_id = \"x\"", ["client_id", "client_ids"]),
        ("[providers.microsoft]\nsettings = { tenant = \"x\" }", ["tenant", "tenant_id"]),
    ];
    let unnamed = tables.iter().filter_map(|(table, [key, allowed])| {
        let directory = configured(&format!("{CONFIGURATION}\n{table}\n"));
        let complaint = run(directory.path(), &["config", "check"]).refused_with(USAGE);
        unnamed(table, &complaint, &["countersign.toml", key, allowed])
    });
    let unnamed: Vec<_> = unnamed.collect();
    assert!(unnamed.is_empty(), "{}", unnamed.concat());
}

#[test]
fn the_example_of_the_repository_is_good() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("countersign.example.toml");
    let directory = configured(&fs::read_to_string(file).unwrap());
    let file = directory.path().join("countersign.toml");
    let arguments = ["config", "check", "--config", file.to_str().unwrap()];
    run(Path::new("/"), &arguments).good();
}

#[test]
fn a_file_that_is_no_toml_is_refused_by_its_name_and_place() {
    for broken in ["issuer = ", "issuer", "[clients", "issuer = \"a\"\nissuer = \"b\""] {
        let directory = configured(broken);
        let complaint = run(directory.path(), &["config", "check"]).refused_with(USAGE);
        assert!(complaint.contains("countersign.toml"), "{broken:?}: {complaint}");
        assert!(complaint.contains("line"), "{broken:?}: {complaint}");
    }
}

#[test]
fn a_file_that_is_missing_is_refused_by_its_name_however_it_was_named() {
    let empty = TempDir::new().unwrap();
    for command in [["config", "check"].as_slice(), &["config", "show"], &["serve"]] {
        let flag = [command, &["--config", "absent.toml"]].concat();
        let complaint = run(empty.path(), &flag).refused_with(USAGE);
        assert!(complaint.contains("absent.toml"), "{flag:?}: {complaint}");
        let mut command = program(empty.path(), command);
        let complaint =
            Outcome::of(command.env("COUNTERSIGN_CONFIG", "named.toml")).refused_with(USAGE);
        assert!(complaint.contains("named.toml"), "{complaint}");
    }
    for command in [["config", "check"].as_slice(), &["serve"]] {
        let complaint = run(empty.path(), command).refused_with(USAGE);
        assert!(complaint.contains("countersign.toml"), "{command:?}: {complaint}");
    }
}

#[test]
fn the_environment_alone_can_be_the_whole_configuration() {
    let empty = TempDir::new().unwrap();
    let mut command = program(empty.path(), &["config", "check"]);
    Outcome::of(command.envs([
        ("COUNTERSIGN_ISSUER", "https://id.example.test"),
        ("COUNTERSIGN_CLIENTS__SPA__AUDIENCE", "https://api.example.test"),
        ("COUNTERSIGN_PROVIDERS__GOOGLE__CLIENT_IDS", "web.example,ios.example"),
    ]))
    .good();
}

#[test]
fn show_names_the_source_of_every_value() {
    let directory = configured(CONFIGURATION);
    let mut command = program(directory.path(), &["config", "show"]);
    let shown = Outcome::of(command.env("COUNTERSIGN_TOKENS__LIFETIME", "10m")).good();
    for (key, value, source) in [
        ("issuer", "https://id.example.test", "countersign.toml"),
        ("listen", "127.0.0.1:0", "countersign.toml"),
        ("clients.0.id", "spa", "countersign.toml"),
        ("providers.acme.issuer", "http://127.0.0.1:9", "countersign.toml"),
        ("tokens.lifetime", "10m", "environment"),
        ("keys.directory", "keys", "default"),
        ("subject.mode", "uuid5", "default"),
        ("limits.body_bytes", "65536", "default"),
    ] {
        let line = shown.lines().find(|line| line.starts_with(&format!("{key} = ")));
        let line = line.unwrap_or_else(|| panic!("no {key}: {shown}"));
        assert!(line.contains(value) && line.ends_with(source), "{line}");
    }
}

#[test]
fn variables_reach_every_level_and_win_over_the_file() {
    let shown = with_variables(
        &["config", "show"],
        &[
            ("COUNTERSIGN_LISTEN", "127.0.0.1:1"),
            ("COUNTERSIGN_LIMITS__REQUESTS_PER_MINUTE", "0123"),
            ("COUNTERSIGN_CLIENTS__SPA__LIFETIME", "5m"),
            ("COUNTERSIGN_CLIENTS__0__ORIGINS", "https://a.test, https://b.test"),
            ("COUNTERSIGN_PROVIDERS__ACME__CLIENT_IDS", "0123,true"),
            ("COUNTERSIGN_PROVIDERS__GOOGLE__CLIENT_IDS", "web"),
        ],
    )
    .good();
    for (key, value) in [
        ("listen", "127.0.0.1:1"),
        ("limits.requests_per_minute", "123"),
        ("clients.0.lifetime", "5m"),
        ("clients.0.origins", "https://b.test"),
        ("providers.acme.client_ids", "0123,true"),
        ("providers.google.client_ids", "web"),
    ] {
        let line = shown.lines().find(|line| line.starts_with(&format!("{key} = ")));
        let line = line.unwrap_or_else(|| panic!("no {key}: {shown}"));
        assert!(line.contains(value) && line.ends_with("environment"), "{line}");
    }
    assert!(shown.contains("clients.0.id = \"spa\"  # countersign.toml"), "{shown}");
}

#[test]
fn a_wrong_value_of_the_environment_is_refused_as_such() {
    let table = [
        ("COUNTERSIGN_TOKENS__LIFETIME", "1s", "tokens.lifetime"),
        ("COUNTERSIGN_LIMITS__BODY_BYTES", "many", "limits.body_bytes"),
        ("COUNTERSIGN_LISTEN", "8080", "listen"),
        ("COUNTERSIGN_CLIENTS__SPA__LIFETIME", "1s", "clients.0.lifetime"),
        ("COUNTERSIGN_PROVIDERS__ACME__NONCE", "never", "providers.acme.nonce"),
        ("COUNTERSIGN_TOKEN__LIFETIME", "5m", "token"),
    ];
    let unnamed = table.iter().filter_map(|(name, value, key)| {
        let complaint =
            with_variables(&["config", "check"], &[(*name, *value)]).refused_with(USAGE);
        // Either spelling of the key will do.
        let spelled = complaint.to_lowercase().replace("countersign_", "").replace("__", ".");
        unnamed(name, &spelled, &["environment", key])
    });
    let unnamed: Vec<_> = unnamed.collect();
    assert!(unnamed.is_empty(), "{}", unnamed.concat());
}

#[test]
fn secrets_are_never_shown() {
    let secret = "Hush-this-is-a-secret-of-38-characters";
    let configuration = CONFIGURATION
        .replace("id = \"spa\"", &format!("id = \"spa\"\nsecret = \"{secret}\""))
        .replace("kind = \"oidc\"", &format!("kind = \"oidc\"\nclient_secret = \"{secret}\""));
    let more = format!(
        "[subject]\nmode = \"pairwise\"\nsecret = \"{secret}\"\n\
         [outbound]\nproxy = \"http://user:{secret}@proxy.example.test:3128\"\n"
    );
    let directory = configured(&format!("{configuration}\n{more}"));
    run(directory.path(), &["config", "check"]).good();
    let mut command = program(directory.path(), &["config", "show"]);
    command.env("COUNTERSIGN_CLIENTS__BILLING__SECRET", secret);
    let shown = Outcome::of(&mut command).good();
    assert!(!shown.contains("Hush") && shown.contains("proxy.example.test"), "{shown}");
    for key in ["clients.0.secret", "clients.1.secret", "providers.acme.client_secret"] {
        assert!(shown.contains(&format!("{key} = ")), "no {key}: {shown}");
    }
}

#[test]
fn a_wrong_secret_is_complained_of_and_still_not_shown() {
    let secret = "314159265358979";
    let table = [
        format!("secret = [\"{secret}\"]"),
        format!("secret = {{ value = \"{secret}\" }}"),
        format!("secret = {secret}"),
        format!("secret = \"{secret}\"\nsecret_file = \"absent\""),
        format!("secret = \"{secret}"),
        format!("secret = {secret}x"),
        format!("secret = \"{secret}\"\nsecret = \"{secret}\""),
    ];
    let mut shown = Vec::new();
    for wrong in &table {
        let wrong = format!("id = \"spa\"\n{wrong}");
        let directory = configured(&CONFIGURATION.replace("id = \"spa\"", &wrong));
        for command in ["check", "show"] {
            let outcome = run(directory.path(), &["config", command]);
            assert!(command == "show" || outcome.code == USAGE, "{wrong}: {outcome:?}");
            let said = outcome.stdout + &outcome.stderr;
            shown.extend(said.contains(secret).then(|| format!("{command} {wrong:?}: {said}")));
        }
    }
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    let proxy = format!("[outbound]\nproxy = \"ftp://user:{secret}@proxy.example.test\"");
    let directory = configured(&format!("{CONFIGURATION}\n{proxy}\n"));
    let complaint = run(directory.path(), &["config", "check"]).refused_with(USAGE);
    assert!(complaint.contains("outbound.proxy") && !complaint.contains(secret), "{complaint}");
}

#[test]
fn a_secret_that_everybody_may_read_is_warned_of_and_good_all_the_same() {
    let directory =
        configured(&CONFIGURATION.replace("\"spa\"", "\"spa\"\nsecret = \"hunter2-hunter2\""));
    let file = directory.path().join("countersign.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let outcome = run(directory.path(), &["config", "check"]);
    assert_eq!(outcome.code, DONE);
    assert!(outcome.stdout.starts_with("good: "), "{}", outcome.stdout);
    let warned = outcome.stderr.starts_with("countersign: warning: ");
    assert!(warned && outcome.stderr.contains("chmod g-w,o-r "), "{}", outcome.stderr);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let complaint = run(directory.path(), &["serve"]).refused_with(USAGE);
    assert!(complaint.contains("(mode 0666): chmod go-w "), "{complaint}");
}

#[test]
fn a_secret_may_be_in_a_file_and_then_not_elsewhere() {
    let secret_file = "id = \"spa\"\nsecret_file = \"secret\"";
    let directory = configured(&CONFIGURATION.replace("id = \"spa\"", secret_file));
    write_secret(&directory.path().join("secret"), "from a file\n");
    run(directory.path(), &["config", "check"]).good();
    let shown = run(directory.path(), &["config", "show"]).good();
    assert!(!shown.contains("from a file"), "{shown}");
    fs::write(directory.path().join("secret"), "\n").unwrap();
    let complaint = run(directory.path(), &["config", "check"]).refused_with(USAGE);
    assert!(complaint.contains("clients.0.secret") && complaint.contains("empty"), "{complaint}");
}
