//! Everything is done once with logs at their most verbose, and nothing that is secret is seen
//! anywhere: not in the log, the metrics, the documents or the errors.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::claims::Token;
use crate::support::form::Form;
use crate::support::provider::FakeProvider;

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
    panic!("the service did not start");
}

#[tokio::test]
async fn no_credential_is_seen_anywhere() {
    let provider = FakeProvider::start().await;
    let mut setup = start(&provider);
    let (client, address) = (client(), setup.address.clone());
    until_ready(&client, &address).await;

    let good = current(&provider).compact();
    let mut wrong = current(&provider);
    wrong.claim("aud", "somebody-else");
    let wrong = wrong.compact();
    let opaque = "gho_0123456789abcdefghijklmnopqrstuvwxyz";
    let with_nonce = |token: &str| Form::exchange(token).and("nonce", "nonce-0123456789");
    let forms = [
        ("/token", with_nonce(&good)),
        ("/token", with_nonce(&wrong)),
        ("/token", with_nonce(&good).with("nonce", "another-nonce-0123456789")),
        ("/token", with_nonce(&good).with("client_id", "api")),
        ("/token", with_nonce(&good).with("client_id", &good)),
        ("/token", with_nonce(&good).and("provider", &good)),
        ("/token", with_nonce(&good).and("audience", &good)),
        ("/token", with_nonce(&good).and("subject_token", &good)),
        ("/token", with_nonce(&good).and(&good, "x")),
        ("/token", with_nonce(&good).with("subject_token_type", &good)),
        ("/auth/convert-token", Form::convert(&good)),
        ("/auth/convert-token", Form::convert(opaque)),
        ("/auth/convert-token", Form::convert(&good).and("client_secret", "stray-secret-0123456789")),
        (
            "/introspect",
            Form::default()
                .and("token", &good)
                .and("client_id", "api")
                .and("client_secret", "client-secret-0123456789"),
        ),
    ];
    let (mut issued, mut seen) = (Vec::new(), Vec::new());
    for (path, form) in forms {
        let request = client.post(format!("http://{address}{path}"));
        let request = request.header("content-type", crate::support::app::FORM);
        let answer = request.body(form.encoded()).send().await.unwrap().text().await.unwrap();
        let json: serde_json::Value = serde_json::from_str(&answer).unwrap();
        match json.get("access_token").and_then(|token| token.as_str()) {
            Some(token) => issued.push(token.to_owned()),
            None => seen.push(answer),
        }
    }
    assert_eq!(issued.len(), 3, "what is good is issued: {seen:?}");
    let address = &address;
    let client = &client;
    for path in ["/metrics", "/docs", "/openapi.json", "/.well-known/jwks.json", "/nothing"] {
        let answer = client.get(format!("http://{address}{path}")).send().await.unwrap();
        seen.push(answer.text().await.unwrap());
    }
    // Logs are written by a thread of their own, to the end when the program ends.
    let terminated = Command::new("kill").arg(setup.program.0.id().to_string()).status().unwrap();
    assert!(terminated.success());
    setup.program.0.wait().unwrap();
    let log = std::fs::read_to_string(&setup.log).unwrap();
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "the log is verbose: {log}");

    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, good.as_bytes());
    assert!(log.contains(&URL_SAFE_NO_PAD.encode(digest)), "each exchange is recorded by a hash");
    seen.push(log);
    let signature = |token: &str| token.rsplit('.').next().unwrap().to_owned();
    let private = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQ";
    let secrets = [
        signature(&good),
        signature(&wrong),
        opaque.to_owned(),
        "nonce-0123456789".to_owned(),
        "client-secret".to_owned(),
        "provider-secret".to_owned(),
        "subject-secret".to_owned(),
        "stray-secret".to_owned(),
        private.to_owned(),
    ];
    for secret in secrets.into_iter().chain(issued.iter().map(|token| signature(token))) {
        for text in &seen {
            assert!(!text.contains(&secret), "{secret} in {text}");
        }
    }
}
