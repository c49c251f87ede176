//! Everything is done once with logs at their most verbose, and nothing that is secret is seen
//! anywhere: not in the log, the metrics, the documents or the errors.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

use crate::program::{DONE, USAGE, configured, run, write_secret};
use crate::support::claims::Token;
use crate::support::form::{ACCESS_TOKEN, Form};
use crate::support::provider::FakeProvider;
use crate::support::secrecy::{self, Watch};

/// An opaque access token that nobody knows.
const OPAQUE: &str = "gho_0123456789abcdefghijklmnopqrstuvwxyz";
/// One that the provider knows.
const ACCEPTED: &str = "access-token-0123456789";
/// One that the provider gives for the code.
const OF_CODE: &str = "access-token-of-the-code-0123456789";
const REFRESH: &str = "refresh-token-0123456789";
const VERIFIER: &str = "verifier-0123456789-0123456789-0123456789-0123456789";
const CALLBACK: &str = "https://app.example.com/callback";
const CLIENT_SECRET: &str = "client-secret-0123456789";

/// Everything else that is fetched. What is not there, or not by this method, answers too.
const PATHS: [&str; 13] = [
    "/metrics",
    "/docs",
    "/openapi.json",
    "/openapi.yaml",
    "/livez",
    "/readyz",
    "/.well-known/jwks.json",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/token",
    "/introspect",
    "/explain",
    "/nothing",
];

/// The program, ended when the test is.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Setup {
    program: Running,
    address: String,
    _directory: tempfile::TempDir,
    log: std::path::PathBuf,
}

fn start(provider: &FakeProvider) -> Setup {
    let directory = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (address, path) = (format!("127.0.0.1:{port}"), directory.path());
    let key = include_str!("../fixtures/keys/ec-p256.pem");
    std::fs::create_dir(path.join("keys")).unwrap();
    std::fs::write(path.join("keys/test.pem"), key).unwrap();
    let configuration = format!(
        "issuer = \"https://id.example.com\"\nlisten = \"{address}\"\n\
         [subject]\nmode = \"pairwise\"\nsecret = \"subject-secret-0123456789-0123456789\"\n\
         [[clients]]\nid = \"spa\"\naudience = [\"https://api.example.com\"]\n\
         redirect_uris = [\"{CALLBACK}\"]\n\
         [[clients]]\nid = \"api\"\nsecret = \"{CLIENT_SECRET}\"\n\
         audience = [\"https://api.example.com\"]\n\
         [providers.acme]\nkind = \"oidc\"\nissuer = \"{}\"\nclient_ids = [\"countersign\"]\n\
         client_secret = \"provider-secret-0123456789\"\nallow_unbound_access_tokens = true\n",
        provider.issuer()
    );
    std::fs::write(path.join("countersign.toml"), configuration).unwrap();
    let log = path.join("log");
    let program = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .arg("serve")
        .current_dir(path)
        .env("RUST_LOG", "trace")
        .stderr(Stdio::from(std::fs::File::create(&log).unwrap()))
        .spawn()
        .unwrap();
    Setup { program: Running(program), address, _directory: directory, log }
}

/// A good token by the system's clock.
fn current(provider: &FakeProvider) -> Token {
    let countersign::clock::UnixTime(now) = countersign::clock::Clock::System.now();
    let mut token = Token::valid(provider.issuer());
    token.claim("iat", now).claim("exp", now + 3600).claim("nonce", "nonce-0123456789");
    token
}

#[expect(clippy::disallowed_methods, reason = "tests call the service, not providers")]
fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

async fn until_ready(client: &reqwest::Client, address: &str) {
    for _ in 0..200 {
        if client.get(format!("http://{address}/readyz")).send().await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    unreachable!("the service did not start");
}

/// Requests that put every kind of credential everywhere that it could go.
fn requests(good: &str, wrong: &str) -> Vec<(&'static str, Form)> {
    let with_nonce = |token: &str| Form::exchange(token).and("nonce", "nonce-0123456789");
    let convert = Form::convert(good).and("client_secret", "stray-secret-0123456789");
    let introspect = Form::default()
        .and("token", good)
        .and("client_id", "api")
        .and("client_secret", CLIENT_SECRET);
    vec![
        ("/token", with_nonce(good)),
        ("/token", with_nonce(wrong)),
        ("/token", with_nonce(good).with("nonce", "another-nonce-0123456789")),
        ("/token", with_nonce(good).with("client_id", "api")),
        ("/token", with_nonce(good).with("client_id", good)),
        ("/token", with_nonce(good).and("provider", good)),
        ("/token", with_nonce(good).and("audience", good)),
        ("/token", with_nonce(good).and("subject_token", good)),
        ("/token", with_nonce(good).and(good, "x")),
        ("/token", with_nonce(good).with("subject_token_type", good)),
        ("/auth/convert-token", Form::convert(good)),
        ("/auth/convert-token", Form::convert(OPAQUE)),
        ("/auth/convert-token", Form::convert(ACCEPTED)),
        ("/auth/convert-token", convert),
        ("/introspect", introspect),
        ("/explain", explain(good)),
        ("/explain", explain(wrong)),
        ("/explain", explain(good).and("nonce", "another-nonce-0123456789")),
        ("/explain", explain(good).and("provider", good)),
        ("/explain", explain(good).and("audience", good)),
        ("/explain", explain(good).and("scope", good)),
        ("/explain", explain(good).with("client_secret", "another-secret-0123456789")),
    ]
}

/// What a client with a secret asks about itself.
fn explain(token: &str) -> Form {
    let form = Form::exchange(token).with("client_id", "api");
    form.and("client_secret", CLIENT_SECRET)
}

/// The same for access tokens and codes.
fn more_requests(code: &str) -> Vec<(&'static str, Form)> {
    let opaque = |token: &str| {
        let form = Form::exchange(token).with("subject_token_type", ACCESS_TOKEN);
        form.and("provider", "acme")
    };
    let redeem = Form::default()
        .and("grant_type", "authorization_code")
        .and("client_id", "spa")
        .and("provider", "acme")
        .and("code", code)
        .and("code_verifier", VERIFIER)
        .and("redirect_uri", CALLBACK);
    vec![
        ("/token", opaque(ACCEPTED)),
        ("/token", opaque(OPAQUE)),
        ("/token", opaque(ACCEPTED).with("provider", ACCEPTED)),
        ("/token", opaque(ACCEPTED).and("scope", ACCEPTED)),
        (
            "/explain",
            explain(ACCEPTED).with("subject_token_type", ACCESS_TOKEN).and("provider", "acme"),
        ),
        (
            "/explain",
            explain(OPAQUE).with("subject_token_type", ACCESS_TOKEN).and("provider", "acme"),
        ),
        ("/explain", redeem.clone().with("client_id", "api").and("client_secret", CLIENT_SECRET)),
        ("/token", redeem.clone()),
        ("/token", redeem.clone()),
        ("/token", redeem.clone().with("redirect_uri", code)),
        ("/token", redeem.clone().with("provider", code)),
        ("/token", redeem.clone().and("nonce", "nonce-0123456789")),
        ("/token", redeem.with("code_verifier", &format!("{VERIFIER}+"))),
    ]
}

/// What was answered: the issued tokens, and everything else.
#[derive(Default)]
struct Answers {
    issued: Vec<String>,
    seen: Vec<String>,
}

impl Answers {
    async fn of(&mut self, request: reqwest::RequestBuilder) {
        let answer = request.send().await.unwrap();
        self.seen.push(format!("{:?}", answer.headers()));
        let answer = answer.text().await.unwrap();
        let json: serde_json::Value = serde_json::from_str(&answer).unwrap_or_default();
        match json.get("access_token").and_then(|token| token.as_str()) {
            Some(token) => self.issued.push(token.to_owned()),
            None => self.seen.push(answer),
        }
    }
}

/// Makes the requests, and fetches what anybody may; has the program look at its keys again
/// between.
async fn traffic(setup: &Setup, forms: Vec<(&'static str, Form)>) -> Answers {
    let (client, address) = (client(), &setup.address);
    until_ready(&client, address).await;
    let mut answers = Answers::default();
    for (path, form) in &forms {
        let request = client.post(format!("http://{address}{path}"));
        let request = request.header("content-type", crate::support::app::FORM);
        answers.of(request.body(form.encoded())).await;
    }
    tell(setup, "-HUP");
    for (path, form) in forms.iter().filter(|(path, _)| matches!(*path, "/introspect" | "/explain"))
    {
        let form = form.clone().without("client_id").without("client_secret");
        for secret in [CLIENT_SECRET, "another-secret-0123456789"] {
            let request = client.post(format!("http://{address}{path}"));
            let request = request.header("content-type", crate::support::app::FORM);
            answers.of(request.basic_auth("api", Some(secret)).body(form.encoded())).await;
        }
    }
    for path in PATHS {
        let request = client.get(format!("http://{address}{path}"));
        answers.of(request.bearer_auth(OPAQUE).header("cookie", "session-0123456789")).await;
        answers.of(client.delete(format!("http://{address}{path}?token={OPAQUE}"))).await;
    }
    answers
}

/// Sends the program a signal.
fn tell(setup: &Setup, signal: &str) {
    let id = setup.program.0.id().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
}

/// Ends the program and returns its log, which a thread of its own writes to the end.
fn end(setup: &mut Setup) -> String {
    tell(setup, "-TERM");
    assert!(setup.program.0.wait().unwrap().success());
    std::fs::read_to_string(&setup.log).unwrap()
}

#[tokio::test]
async fn no_credential_is_seen_anywhere() {
    let provider = FakeProvider::start().await;
    let mut setup = start(&provider);
    let good = current(&provider).compact();
    let wrong = current(&provider).claim("aud", "somebody-else").compact();
    let of_code = current(&provider).without_claim("nonce").compact();
    for token in [ACCEPTED, OF_CODE] {
        provider.introduce(token, json!({ "sub": "24400320" }));
    }
    let code = provider.authorize(
        json!({ "access_token": OF_CODE, "refresh_token": REFRESH, "id_token": of_code }),
    );
    let forms = [requests(&good, &wrong), more_requests(&code)].concat();
    let Answers { issued, mut seen } = traffic(&setup, forms).await;
    assert_eq!(issued.len(), 6, "what is good is issued: {seen:?}");
    let log = end(&mut setup);
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "the log is verbose: {log}");
    assert!(log.contains("stopping") && !log.contains("panicked"), "{log}");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, good.as_bytes());
    assert!(log.contains(&URL_SAFE_NO_PAD.encode(digest)), "each exchange is recorded by a hash");
    seen.push(log);

    let signature = |token: &str| token.rsplit('.').next().unwrap().to_owned();
    let words = [
        OPAQUE,
        ACCEPTED,
        OF_CODE,
        REFRESH,
        VERIFIER,
        "nonce-0123456789",
        "session-0123456789",
        "client-secret",
        "provider-secret",
        "subject-secret",
        "stray-secret",
        "another-secret",
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQ",
    ];
    let basic = ["countersign:provider-secret-0123456789", "api:client-secret-0123456789"];
    let encoded = basic.into_iter().map(|pair| STANDARD.encode(pair));
    let signatures = issued.iter().chain([&good, &wrong, &of_code]).map(|token| signature(token));
    for secret in words.into_iter().map(str::to_owned).chain(encoded).chain(signatures) {
        for text in &seen {
            assert!(!text.contains(&secret), "{secret} in {text}");
        }
    }
}

#[test]
fn no_command_prints_a_secret() {
    let configuration = "issuer = \"https://id.example.com\"\n\
         [subject]\nmode = \"pairwise\"\nsecret = \"subject-secret-0123456789-0123456789\"\n\
         [[clients]]\nid = \"api\"\nsecret_file = \"client\"\naudience = [\"https://api.example.com\"]\n\
         [providers.google]\nclient_ids = [\"web\"]\nclient_secret = \"provider-secret-0123456789\"\n\
         [providers.discord]\nclient_ids = [\"web\"]\nclient_secret = \"other-secret-0123456789\"\n";
    let directory = configured(configuration);
    let path = directory.path();
    write_secret(&path.join("client"), format!("{CLIENT_SECRET}\n"));
    secrecy::keep(CLIENT_SECRET);
    run(path, &["keys", "generate"]).good();
    secrecy::keep_keys(&path.join("keys"));
    // Each is searched as it comes.
    for (arguments, shown) in [
        (["config", "show"].as_slice(), "clients.0.secret_file"),
        (&["config", "check"], "good"),
        (&["keys", "list"], "ES256"),
        (&["keys", "jwks"], "\"keys\""),
        (&["keys", "rotate"], ""),
        (&["keys", "jwks"], "\"keys\""),
        (&["providers", "show", "google"], "client_ids"),
    ] {
        let printed = run(path, arguments).good();
        assert!(printed.contains(shown), "{arguments:?}: {printed}");
        secrecy::keep_keys(&path.join("keys"));
    }
    let secret = "\"provider-secret-0123456789\"";
    for (from, to) in [
        ("client_secret =", "clientsecret ="),
        ("client_secret = \"provider", "client_secret = 7\nx = \"provider"),
        (secret, "[\"provider-secret-0123456789\"]"),
        (secret, "{ text = \"provider-secret-0123456789\" }"),
        (secret, "\"provider-secret-0123456789"),
        (secret, "provider-secret-0123456789"),
        ("client_secret =", "client_secret_file ="),
    ] {
        assert!(configuration.contains(from), "{from}");
        write_secret(&path.join("countersign.toml"), configuration.replacen(from, to, 1));
        for command in [["config", "check"], ["config", "show"]] {
            let outcome = run(path, &command);
            let shows = command[1] == "show" && outcome.code == DONE;
            assert!(outcome.code == USAGE || shows, "{to}: {outcome:?}");
        }
    }
}

#[test]
fn a_secret_that_is_logged_is_found() {
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLW9mLWEtdG9rZW4";
    let watch = Watch::default();
    for (secret, line, is_found) in [
        ("hunter2-hunter2", "secret=hunter2-hunter2", true),
        ("hunter2-hunter2", "xhunter2-hunter2x", true),
        ("hunter2-hunter2", "secret=hunter2-hunter", false),
        ("it's a: secret+%", "secret=it%27s+a%3A+secret%2B%25", true),
        ("with \"quotes\"", "Some(\"with \\\"quotes\\\"\")", true),
        (token, token, true),
        (token, "signature c2lnbmF0dXJlLW9mLWEtdG9rZW4", true),
        (token, "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.", false),
        ("short", "short", false),
    ] {
        assert_eq!(watch.keep(secret), None, "{secret}");
        let leak = watch.search("a log", line);
        assert_eq!(leak.is_some(), is_found, "{secret} in {line}: {leak:?}");
        let said = leak.map(|leak| leak.to_string()).unwrap_or_default();
        assert!(!said.contains(secret) && !said.contains("c2lnbmF0dXJl"), "{said}");
    }
}

#[test]
fn a_secret_that_was_logged_before_it_was_known_is_found() {
    let watch = Watch::default();
    assert_eq!(watch.log("issued hunter2-hunter2"), None);
    assert!(watch.keep("hunter2-hunter2").is_some());
    assert!(watch.log("issued hunter2-hunter2 again").is_some());
}

#[test]
fn the_log_of_these_tests_is_at_its_most_verbose() {
    secrecy::keep("nothing-that-is-logged");
    assert_eq!(tracing::level_filters::LevelFilter::current(), tracing::Level::TRACE);
    assert!(tracing::enabled!(target: "hyper_util", tracing::Level::TRACE));
}
