//! TLS at the front: who has the certificate's root is served, a changed certificate is shown
//! without a restart, and a broken one replaces nothing.

use std::path::Path;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::tls::Version;
use tempfile::TempDir;

use crate::program::{CONFIGURATION, FAILED, USAGE, configured, run};
use crate::support::app::App;
use crate::support::form::Form;

/// Who signs the certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(parameters, key).unwrap())
    }

    /// Writes a certificate for `localhost` and 127.0.0.1, and its key.
    fn write(&self, directory: &Path) {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &self.0).unwrap();
        std::fs::write(directory.join("tls.pem"), certificate.pem()).unwrap();
        std::fs::write(directory.join("tls.key"), key.serialize_pem()).unwrap();
    }

    #[expect(clippy::disallowed_methods, reason = "tests call the service, not providers")]
    fn client(&self) -> reqwest::ClientBuilder {
        let root = reqwest::Certificate::from_pem(self.0.pem().as_bytes()).unwrap();
        reqwest::Client::builder().no_proxy().tls_certs_only([root]).timeout(Duration::from_secs(5))
    }
}

fn configuration(directory: &Path) -> String {
    let file = |name: &str| directory.join(name).display().to_string();
    format!("\n[tls]\ncertificate = \"{}\"\nkey = \"{}\"\n", file("tls.pem"), file("tls.key"))
}

async fn start(authority: &Authority) -> (App, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    authority.write(directory.path());
    let tls = configuration(directory.path());
    (App::configured(|text| format!("{text}{tls}")).await, directory)
}

/// Whether a client that makes a connection of its own is served.
async fn is_served(app: &App, client: reqwest::ClientBuilder) -> bool {
    let address = format!("https://{}/livez", app.address());
    let answer = client.build().unwrap().get(address).send().await;
    answer.is_ok_and(|answer| answer.status() == 200)
}

#[tokio::test]
async fn whoever_has_the_root_is_served_by_tls_1_2_and_1_3_and_nobody_in_the_clear() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let (app, _directory) = start(&authority).await;
    for version in [Version::TLS_1_2, Version::TLS_1_3] {
        let client = authority.client().min_tls_version(version).max_tls_version(version);
        assert!(is_served(&app, client).await, "{version:?}");
    }
    assert!(!is_served(&app, stranger.client()).await);
    let client = authority.client().build().unwrap();
    let request = client.post(format!("https://{}/token", app.address()));
    let request = request.header("content-type", crate::support::app::FORM);
    let form = Form::exchange(&app.id_token().compact()).encoded();
    crate::support::app::send(request.body(form)).await.token("by TLS");
    let clear = app.send_raw("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(!clear.starts_with(b"HTTP/"), "{clear:?}");
}

#[tokio::test]
async fn a_changed_certificate_is_shown_at_once_and_a_broken_one_never() {
    let (first, second) = (Authority::new(), Authority::new());
    let (app, directory) = start(&first).await;
    let shows = async |authority: &Authority| is_served(&app, authority.client()).await;
    assert!(shows(&first).await);
    // The certificate of one pair and the key of another, as while files are being copied.
    let key = std::fs::read(directory.path().join("tls.key")).unwrap();
    second.write(directory.path());
    let new_key = std::fs::read(directory.path().join("tls.key")).unwrap();
    std::fs::write(directory.path().join("tls.key"), key).unwrap();
    app.reload().await;
    assert!(shows(&first).await && !shows(&second).await, "half of a change");
    std::fs::write(directory.path().join("tls.key"), new_key).unwrap();
    app.reload().await;
    assert!(shows(&second).await && !shows(&first).await, "the whole of it");
    std::fs::write(directory.path().join("tls.pem"), "-----BEGIN CERTIFICATE-----\n").unwrap();
    app.reload().await;
    assert!(shows(&second).await, "broken");
    std::fs::remove_file(directory.path().join("tls.pem")).unwrap();
    app.reload().await;
    assert!(shows(&second).await, "gone");
    first.write(directory.path());
    app.reload().await;
    assert!(shows(&first).await, "mended");
}

#[test]
fn without_a_certificate_that_goes_with_its_key_it_does_not_start() {
    let (one, other) = (Authority::new(), Authority::new());
    let pair = tempfile::tempdir().unwrap();
    other.write(pair.path());
    let foreign = std::fs::read(pair.path().join("tls.key")).unwrap();
    let cases: [(&str, Option<&[u8]>, &str); 5] = [
        ("tls.pem", None, "tls.certificate"),
        ("tls.key", None, "tls.key"),
        ("tls.pem", Some(b"nothing"), "no PEM certificate"),
        ("tls.key", Some(b"nothing"), "no PEM private key"),
        ("tls.key", Some(&foreign), "does not go with"),
    ];
    for (file, content, complaint) in cases {
        let directory = configured(CONFIGURATION);
        let path = directory.path();
        run(path, &["keys", "generate"]).good();
        one.write(path);
        let text = format!("{CONFIGURATION}{}", configuration(path));
        std::fs::write(path.join("countersign.toml"), text).unwrap();
        match content {
            Some(content) => std::fs::write(path.join(file), content).unwrap(),
            None => std::fs::remove_file(path.join(file)).unwrap(),
        }
        let said = run(path, &["serve"]).refused_with(FAILED);
        assert!(said.contains(complaint) && said.contains(file), "{said}");
        assert!(!said.contains("BEGIN"), "{said}");
    }
    let half = format!("{CONFIGURATION}\n[tls]\ncertificate = \"tls.pem\"\n");
    let said = run(configured(&half).path(), &["config", "check"]).refused_with(USAGE);
    assert!(said.contains("tls") && said.contains("key"), "{said}");
}
