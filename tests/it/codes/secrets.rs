//! Codes, verifiers, secrets and what providers answer are seen nowhere: not in what is answered,
//! not in the metrics, and not in the log at its most verbose.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::clock::{Clock, UnixTime};
use serde_json::json;

use super::{CALLBACK, SITES, VERIFIER, challenge, form};
use crate::support::form::Form;
use crate::support::internet::{Fault, Internet};
use crate::support::provider::FakeProvider;

/// What a provider says, and nobody else may.
const CANARY: &str = "canary-5d41402abc4b2a76b9719d911017c592";
const NONCE: &str = "nonce-0123456789";

/// The program, ended when the test is.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Program {
    running: Running,
    address: String,
    directory: tempfile::TempDir,
}

impl Program {
    fn start(internet: &Internet, acme: &FakeProvider) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
        drop(listener);
        let path = directory.path();
        std::fs::create_dir(path.join("keys")).unwrap();
        let key = include_str!("../../fixtures/keys/service.pem");
        std::fs::write(path.join("keys/test.pem"), key).unwrap();
        std::fs::write(path.join("countersign.toml"), configuration(internet, acme, &address))
            .unwrap();
        let log = std::fs::File::create(path.join("log")).unwrap();
        let running = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .arg("serve")
            .current_dir(path)
            .env("RUST_LOG", "trace")
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap();
        Self { running: Running(running), address, directory }
    }

    /// Ends the program and returns its log, which is written to the end by then.
    fn end(mut self) -> String {
        let id = self.running.0.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        self.running.0.wait().unwrap();
        std::fs::read_to_string(self.directory.path().join("log")).unwrap()
    }
}

fn configuration(internet: &Internet, acme: &FakeProvider, address: &str) -> String {
    let mut text = format!(
        "issuer = \"https://id.example.com\"\nlisten = \"{address}\"\n\
         [outbound]\nproxy = \"{}\"\nca_file = \"{}\"\n\
         [[clients]]\nid = \"spa\"\naudience = [\"https://api.example.com\"]\n\
         redirect_uris = [\"{CALLBACK}\"]\n\
         [providers.acme]\nkind = \"oidc\"\nissuer = \"{}\"\nclient_ids = [\"countersign\"]\n\
         client_secret = \"acme-secret\"\n",
        internet.proxy(),
        internet.ca_file().display(),
        acme.issuer()
    );
    for site in &SITES {
        let (id, secret) = (site.client_id, site.client_secret);
        text += &["[providers.", site.name, "]\nclient_ids = ['", id, "']\n"].concat();
        text += &["client_secret = '", secret, "'\n"].concat();
    }
    text
}

/// A page, which waits for the service to start.
struct Page<'a> {
    client: reqwest::Client,
    program: &'a Program,
    codes: Vec<String>,
    seen: Vec<(u16, String)>,
}

impl<'a> Page<'a> {
    #[expect(clippy::disallowed_methods, reason = "tests call the service, not providers")]
    async fn open(program: &'a Program) -> Self {
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let ready = format!("http://{}/readyz", program.address);
        for _ in 0..200 {
            if client.get(&ready).send().await.is_ok() {
                return Self { client, program, codes: Vec::new(), seen: Vec::new() };
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        unreachable!("the service did not start");
    }

    /// Posts a form with a code in it.
    async fn post(&mut self, code: &str, form: &Form) {
        self.codes.push(code.to_owned());
        let request = self.client.post(format!("http://{}/token", self.program.address));
        let request = request.header("content-type", crate::support::app::FORM);
        let answer = request.body(form.encoded()).send().await.unwrap();
        self.seen.push((answer.status().as_u16(), answer.text().await.unwrap()));
    }

    /// Returns how often a status was answered.
    fn count(&self, status: u16) -> usize {
        self.seen.iter().filter(|(seen, _)| *seen == status).count()
    }
}

/// Answers that say more than anybody should hear.
fn faults() -> Vec<Fault> {
    let text = |status, body: &str| Fault::Status(status, vec![], body.to_owned());
    vec![
        Fault::json(
            400,
            &json!({ "error": "invalid_grant", "error_description": CANARY }).to_string(),
        ),
        Fault::json(
            401,
            &json!({ "error": "invalid_client", "error_description": CANARY }).to_string(),
        ),
        Fault::json(400, &json!({ "error": CANARY }).to_string()),
        Fault::json(400, &json!({ "error": { "message": CANARY, "code": 100 } }).to_string()),
        Fault::Body(json!({ "error": CANARY })),
        Fault::Body(json!({ "token_type": CANARY })),
        Fault::Body(json!({ "id_token": CANARY })),
        text(200, CANARY),
        text(200, &format!("error={CANARY}")),
        text(404, CANARY),
        text(503, CANARY),
        Fault::Status(429, vec![("retry-after", CANARY.to_owned())], CANARY.to_owned()),
        Fault::Status(302, vec![("location", format!("https://{CANARY}.example/"))], String::new()),
    ]
}

#[tokio::test]
async fn codes_secrets_and_what_providers_answer_are_seen_nowhere() {
    let (internet, acme) = (Internet::start().await, FakeProvider::start().await);
    let UnixTime(now) = Clock::System.now();
    for site in &SITES {
        (site.fake)(&internet).change_id_token(move |token| {
            token.claim("iat", now).claim("exp", now + 3600);
        });
    }
    let program = Program::start(&internet, &acme);
    let mut page = Page::open(&program).await;
    for site in &SITES {
        let code = site.code_with(&internet, |asked| {
            asked.code_challenge = site.takes_verifier.then(|| challenge(VERIFIER));
        });
        let good = form(site.name, &code).and("code_verifier", VERIFIER);
        page.post(&code, &good).await;
        page.post(&code, &good).await;
        page.post(&code, &good.clone().and("code", &code)).await;
        page.post(&code, &good.clone().and("nonce", NONCE)).await;
        page.post(&code, &good.clone().with("redirect_uri", &code)).await;
        page.post(&code, &good.clone().with("provider", &code)).await;
        page.post(&code, &good.clone().with("code_verifier", &format!("{VERIFIER}+"))).await;
        for fault in faults() {
            site.fault(&internet, fault);
            let code = site.code(&internet);
            page.post(&code, &form(site.name, &code)).await;
        }
    }
    acme.introduce("acme-access-token", json!({ "sub": CANARY }));
    let code = acme.authorize(json!({ "access_token": "acme-access-token" }));
    page.post(&code, &form("acme", &code)).await;
    assert_eq!(page.count(200), SITES.len() + 1, "{:?}", page.seen);
    assert_eq!(page.count(500), SITES.len(), "{:?}", page.seen);

    let metrics = page.client.get(format!("http://{}/metrics", program.address)).send().await;
    let metrics = metrics.unwrap().text().await.unwrap();
    let (codes, mut seen) = (page.codes, page.seen);
    // What is issued is for the page's eyes.
    seen.retain(|(status, _)| *status != 200);
    let log = program.end();
    assert!(log.contains("TRACE") && log.contains("provider_rejected"), "{log}");
    seen.extend([(0, metrics), (0, log)]);

    let tokens = internet.all_calls().into_iter().filter_map(|it| it.bearer().map(str::to_owned));
    let words = ["-secret", VERIFIER, NONCE, CANARY, "acme-access-token"].map(str::to_owned);
    let basic = STANDARD.encode("countersign:acme-secret");
    // `code-0` of the plain provider is too short to mean anything.
    let codes = codes.into_iter().filter(|code| code.len() > 20);
    for secret in words.into_iter().chain([basic]).chain(tokens).chain(codes) {
        for (_, text) in &seen {
            let place = text.split(&secret).next().unwrap_or_default();
            let before: Vec<_> = place.lines().rev().take(2).collect();
            assert!(!text.contains(&secret), "{secret} after {before:?}");
        }
    }
}
