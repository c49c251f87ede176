//! TLS that does not come about, or with somebody else.

use rcgen::{CertificateParams, date_time_ymd};
use tokio_rustls::rustls::version::{TLS12, TLS13};

use super::wire::{Ask, Greeting, Wire};
use super::{app, assert_recovered, assert_unavailable, name};
use crate::support::internet::Authority;
use crate::support::log::Log;

/// The host of the provider: named by the operator, on loopback.
const BASE: &str = "https://localhost";

/// A fatal alert that says `handshake_failure` (RFC 8446 §6).
const ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];

/// Returns a `ServerHello` of a version, 3.1 being TLS 1.0 (RFC 5246 §7.4.1.3).
fn server_hello(minor: u8) -> Vec<u8> {
    let body = [&[3, minor][..], &[7; 32], &[0], &[0, 0x2f], &[0]].concat();
    let length = u8::try_from(body.len()).unwrap();
    [&[22, 3, minor, 0, length + 4, 2, 0, 0, length][..], &body].concat()
}

struct Files {
    directory: tempfile::TempDir,
    authority: Authority,
}

impl Files {
    fn new() -> Self {
        let (directory, authority) = (tempfile::tempdir().unwrap(), Authority::new());
        std::fs::write(directory.path().join("ca.pem"), authority.pem()).unwrap();
        Self { directory, authority }
    }

    /// Returns the setting that trusts the authority.
    fn trusted(&self) -> String {
        format!("ca_file = \"{}\"", self.directory.path().join("ca.pem").display())
    }

    fn good(&self) -> Greeting {
        Greeting::Tls(self.authority.acceptor("localhost"))
    }

    fn changed(&self, host: &str, change: impl FnOnce(&mut CertificateParams)) -> Greeting {
        Greeting::Tls(self.authority.acceptor_of(host, &[&TLS13, &TLS12], change))
    }
}

#[tokio::test]
async fn a_handshake_that_fails_in_any_way_is_503_in_time_and_the_next_exchange_is_good() {
    let (files, log) = (Files::new(), Log::start());
    let yesterday = |params: &mut CertificateParams| params.not_after = date_time_ymd(2024, 1, 1);
    let tomorrow = |params: &mut CertificateParams| params.not_before = date_time_ymd(2090, 1, 1);
    let stranger = Authority::new().acceptor("localhost");
    let cases = [
        ("an end", Greeting::Closing),
        ("silence", Greeting::Bytes(Vec::new())),
        ("half of it", Greeting::Bytes(server_hello(3)[..20].to_vec())),
        ("http", Greeting::Plain),
        ("something else", Greeting::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())),
        ("an alert", Greeting::Bytes(ALERT.to_vec())),
        ("a record that is too long", Greeting::Bytes(vec![22, 3, 3, 0xff, 0xff, 2, 0, 0, 0])),
        ("SSL 3.0", Greeting::Bytes(server_hello(0))),
        ("TLS 1.0", Greeting::Bytes(server_hello(1))),
        ("TLS 1.1", Greeting::Bytes(server_hello(2))),
        ("a cipher that nobody offered", Greeting::Bytes(server_hello(3))),
        ("a certificate of yesterday", files.changed("localhost", yesterday)),
        ("a certificate of tomorrow", files.changed("localhost", tomorrow)),
        ("a certificate for another host", files.changed("id.example.org", |_| {})),
        ("a certificate for the address", files.changed("127.0.0.1", |_| {})),
        ("a stranger's authority", Greeting::Tls(stranger)),
    ];
    let wire = Wire::start().await;
    let app = app(&wire, BASE, cases.len(), &files.trusted()).await;
    for ask in [Ask::Keys, Ask::Token] {
        for (nth, (case, greeting)) in cases.iter().enumerate() {
            wire.greet(greeting.clone());
            let before = wire.bodies(ask.path()).len();
            assert_unavailable(&app, (ask, nth), case).await;
            assert_eq!(wire.bodies(ask.path()).len(), before, "{case}: something was sent");
            wire.greet(files.good());
            // A connection that is good is used on: the next case needs one of its own.
            assert_recovered(&app, (ask, nth), case).await;
            wire.hang_up().await;
        }
    }
    let log = log.text();
    let certificates = ["expired", "not valid yet", "not valid for name", "BadSignature"];
    for why in certificates.into_iter().chain(["SupportTls12Or13", "HandshakeFailure"]) {
        assert!(log.contains(why), "an operator is told {why}: {log}");
    }
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_good_each_by_itself() {
    let files = Files::new();
    for version in [&TLS12, &TLS13] {
        let acceptor = files.authority.acceptor_of("localhost", &[version], |_| {});
        let wire = Wire::greeting(Greeting::Tls(acceptor)).await;
        let app = app(&wire, BASE, 1, &files.trusted()).await;
        for ask in Ask::ALL {
            let form = ask.form(&name(0), &format!("{ask:?}"));
            app.post_form("/token", &form).await.token(&format!("{version:?} {ask:?}"));
        }
    }
}

#[tokio::test]
async fn an_authority_is_trusted_only_with_its_file() {
    let files = Files::new();
    let wire = Wire::greeting(files.good()).await;
    let (without, log) = (app(&wire, BASE, 1, "").await, Log::start());
    assert_unavailable(&without, (Ask::Keys, 0), "an authority that nobody knows").await;
    assert!(log.text().contains("UnknownIssuer"), "{}", log.text());
    let with = app(&wire, BASE, 1, &files.trusted()).await;
    let form = Ask::Keys.form(&name(0), "");
    with.post_form("/token", &form).await.token("with its file");
}

/// What a client offers is in its first message: it is read there.
#[tokio::test]
async fn neither_tls_1_1_nor_http_2_is_offered() {
    let wire = Wire::greeting(Greeting::Bytes(ALERT.to_vec())).await;
    let app = app(&wire, BASE, 1, "").await;
    assert_unavailable(&app, (Ask::Keys, 0), "an alert").await;
    let hello = wire.hello();
    let has = |part: &[u8]| hello.windows(part.len()).any(|window| window == part);
    // supported_versions (RFC 8446 §4.2.1): five bytes with a list of four, 1.3 and 1.2.
    assert!(has(&[0, 43, 0, 5, 4, 3, 4, 3, 3]), "{hello:?}");
    assert!(has(b"\x08http/1.1") && !has(b"\x02h2"), "{hello:?}");
    assert!(has(b"localhost"), "{hello:?}");
}
