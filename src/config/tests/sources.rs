use super::*;

#[test]
fn the_environment_reaches_every_key_and_stays_text() {
    let sources = Sources::text(GOOD).with_variables([
        ("COUNTERSIGN_LISTEN", "127.0.0.1:1"),
        ("COUNTERSIGN_LIMITS__REQUESTS_PER_MINUTE", "0"),
        ("COUNTERSIGN_TRACES__ENDPOINT", "http://collector:4318/v1/traces"),
        ("COUNTERSIGN_TRACES__SAMPLE", "0.25"),
        ("COUNTERSIGN_CLIENTS__SPA__LIFETIME", "5m"),
        ("COUNTERSIGN_CLIENTS__0__AUDIENCE", "a, b"),
        ("COUNTERSIGN_CLIENTS__BILLING__AUDIENCE", "c"),
        ("COUNTERSIGN_CLIENTS__BILLING__SECRET", "0123"),
        ("COUNTERSIGN_PROVIDERS__ACME_CORP__CLIENT_IDS", "0777,true"),
        ("COUNTERSIGN_PROVIDERS__APPLE__CLIENT_IDS", "app"),
        ("COUNTERSIGN_CONFIG", "elsewhere.toml"),
        ("COUNTERSIGN_SERVICE_HOST", "10.0.0.1"),
        ("COUNTERSIGN_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ("UNRELATED", "x"),
    ]);
    let config = Config::load(&sources).unwrap();
    assert_eq!(config.listen.port(), 1);
    assert_eq!(config.requests_per_minute, 0);
    let traces = config.traces.as_ref().map(|it| (it.endpoint.as_str(), it.sample.to_string()));
    assert_eq!(traces, Some(("http://collector:4318/v1/traces", "0.25".to_owned())));
    let spa = config.clients.get("spa").unwrap();
    assert_eq!(
        (spa.lifetime.as_secs(), spa.audience.as_slice()),
        (300, ["a".to_owned(), "b".to_owned()].as_slice())
    );
    assert_eq!(config.clients.get("billing").unwrap().secret.as_ref().unwrap().expose(), "0123");
    let acme = config.providers.find("acme-corp", &spa.providers).unwrap();
    assert_eq!(acme.id_token.as_ref().unwrap().client_ids, ["0777", "true"]);
    assert!(config.providers.find("apple-id", &spa.providers).is_ok());

    let wrong = |name: &str| {
        Config::load(&Sources::text(GOOD).with_variables([(name, "x")])).unwrap_err().to_string()
    };
    assert!(wrong("COUNTERSIGN_ISSUR").contains("issur"), "{}", wrong("COUNTERSIGN_ISSUR"));
    assert_eq!(
        wrong("COUNTERSIGN_LISTEN"),
        "environment: listen: `x`; expected an address and a port, for instance 0.0.0.0:8080"
    );
}

#[test]
fn a_secret_may_stand_in_a_file_and_is_shown_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("secret");
    std::fs::write(&file, "from-a-file\n").unwrap();
    let text = GOOD.replace("id = \"spa\"", &format!("id = \"spa\"\nsecret_file = {file:?}"));
    let config = Config::from_toml(&text).unwrap();
    assert_eq!(config.clients.get("spa").unwrap().secret.as_ref().unwrap().expose(), "from-a-file");
    assert!(!format!("{config:?}").contains("from-a-file"));

    let text = GOOD
        .replace("client_ids = [\"web\"]", "client_ids = [\"web\"]\nclient_secret = \"hunter2\"")
        + "[outbound]\nproxy = \"http://me:hunter2@proxy.test:3128\"\n";
    let sources = Sources::text(&text).with_variables([("COUNTERSIGN_TOKENS__LIFETIME", "5m")]);
    let shown = Config::show(&sources).unwrap();
    assert!(!shown.contains("hunter2"), "{shown}");
    for line in [
        "providers.google.client_secret = [redacted]  # configuration",
        "tokens.lifetime = \"5m\"  # environment",
        "keys.directory = \"keys\"  # default",
        "clients.0.lifetime = \"5m\"  # default",
        "clients.0.claims = [\"email\",\"email_verified\",\"name\",\"picture\"]  # default",
        "providers.google.nonce = \"if_sent\"  # default",
        "traces.sample = 1.0  # default",
        "outbound.proxy = \"http://redacted@proxy.test:3128/\"  # configuration",
        "clients.0.audience = [\"https://api.example.com\"]  # configuration",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
}

#[test]
fn nothing_is_shown_that_could_be_a_secret_by_mistake() {
    let misspelled = GOOD
        .replace("client_ids = [\"web\"]", "client_ids = [\"web\"]\nclient_secrt = \"hunter2\"");
    let error = Config::show(&Sources::text(&misspelled)).unwrap_err().to_string();
    assert!(error.contains("client_secrt") && !error.contains("hunter2"), "{error}");
    for proxy in
        ["me:hunter2@proxy.test:3128", "http://hunter2@proxy.test", "http://me:hunter2@proxy.test"]
    {
        let text = format!("{GOOD}\n[outbound]\nproxy = \"{proxy}\"\n");
        let shown = Config::show(&Sources::text(&text)).unwrap();
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    for endpoint in [
        "https://otlp.test/v1/traces?key=hunter2",
        "https://otlp.test/v1/traces#hunter2",
        "https://me:hunter2@otlp.test/v1/traces?a",
        "https://%zz/v1/traces?key=hunter2",
        "http://me:hunter2@otlp.test:99999/v1/traces",
        "otlp.test:4318/v1/traces?key=hunter2",
    ] {
        let text = format!("{GOOD}\n[traces]\nendpoint = \"{endpoint}\"\n");
        let shown = Config::show(&Sources::text(&text)).unwrap();
        assert!(shown.contains("traces.endpoint = ") && !shown.contains("hunter2"), "{shown}");
    }
    let text = format!("{GOOD}\n[traces]\nendpoint = \"http://otlp.test:4318/v1/traces\"\n");
    let shown = Config::show(&Sources::text(&text)).unwrap();
    assert!(shown.contains("endpoint = \"http://otlp.test:4318/v1/traces\"  #"), "{shown}");
    for (table, key) in [
        ("[providers.bungie.settings]\napi_key = \"hunter2\"", "providers.bungie.settings.api_key"),
        ("[catalogue.google.headers]\nx-key = \"hunter2\"", "catalogue.google.headers.x-key"),
        (
            "[catalogue.google.profile]\nquery = { key = \"hunter2\" }",
            "catalogue.google.profile.query",
        ),
    ] {
        let shown = Config::show(&Sources::text(&format!("{GOOD}\n{table}\n"))).unwrap();
        assert!(shown.contains(key) && !shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let missing = Sources::of_process(Some("/nowhere/countersign.toml".into()));
    let error = Config::load(&missing).unwrap_err().to_string();
    assert!(error.starts_with("/nowhere/countersign.toml: cannot be read"), "{error}");
}
