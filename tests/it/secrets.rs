//! Everything is done once with logs at their most verbose, and nothing that is secret is seen
//! anywhere: not in the log, the metrics, the documents or the errors.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::claims::Token;
use crate::support::form::Form;
use crate::support::provider::FakeProvider;

/// An opaque access token.
const OPAQUE: &str = "gho_0123456789abcdefghijklmnopqrstuvwxyz";

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
         [[clients]]\nid = \"api\"\nsecret = \"client-secret-0123456789\"\n\
         audience = [\"https://api.example.com\"]\n\
         [providers.acme]\nkind = \"oidc\"\nissuer = \"{}\"\nclient_ids = [\"countersign\"]\n\
         client_secret = \"provider-secret-0123456789\"\n",
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
        .and("client_secret", "client-secret-0123456789");
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
        ("/auth/convert-token", convert),
        ("/introspect", introspect),
    ]
}

/// Makes the requests, and fetches what anybody may; returns the issued tokens and everything
/// else that was answered.
async fn traffic(address: &str, good: &str, wrong: &str) -> (Vec<String>, Vec<String>) {
    let client = client();
    until_ready(&client, address).await;
    let (mut issued, mut seen) = (Vec::new(), Vec::new());
    for (path, form) in requests(good, wrong) {
        let request = client.post(format!("http://{address}{path}"));
        let request = request.header("content-type", crate::support::app::FORM);
        let answer = request.body(form.encoded()).send().await.unwrap().text().await.unwrap();
        let json: serde_json::Value = serde_json::from_str(&answer).unwrap();
        match json.get("access_token").and_then(|token| token.as_str()) {
            Some(token) => issued.push(token.to_owned()),
            None => seen.push(answer),
        }
    }
    for path in ["/metrics", "/docs", "/openapi.json", "/.well-known/jwks.json", "/nothing"] {
        let answer = client.get(format!("http://{address}{path}")).send().await.unwrap();
        seen.push(answer.text().await.unwrap());
    }
    (issued, seen)
}

/// Ends the program and returns its log, which a thread of its own writes to the end.
fn end(setup: &mut Setup) -> String {
    let terminated = Command::new("kill").arg(setup.program.0.id().to_string()).status().unwrap();
    assert!(terminated.success());
    setup.program.0.wait().unwrap();
    std::fs::read_to_string(&setup.log).unwrap()
}

#[tokio::test]
async fn no_credential_is_seen_anywhere() {
    let provider = FakeProvider::start().await;
    let mut setup = start(&provider);
    let good = current(&provider).compact();
    let wrong = current(&provider).claim("aud", "somebody-else").compact();
    let (issued, mut seen) = traffic(&setup.address, &good, &wrong).await;
    assert_eq!(issued.len(), 3, "what is good is issued: {seen:?}");
    let log = end(&mut setup);
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "the log is verbose: {log}");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, good.as_bytes());
    assert!(log.contains(&URL_SAFE_NO_PAD.encode(digest)), "each exchange is recorded by a hash");
    seen.push(log);

    let signature = |token: &str| token.rsplit('.').next().unwrap().to_owned();
    let words = [
        OPAQUE,
        "nonce-0123456789",
        "client-secret",
        "provider-secret",
        "subject-secret",
        "stray-secret",
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQ",
    ];
    let signatures = issued.iter().chain([&good, &wrong]).map(|token| signature(token));
    for secret in words.into_iter().map(str::to_owned).chain(signatures) {
        for text in &seen {
            assert!(!text.contains(&secret), "{secret} in {text}");
        }
    }
}
