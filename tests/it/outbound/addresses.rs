//! Where we are not sent: names that nobody has, and addresses inside.

use serde_json::json;

use super::wire::{Greeting, Wire};
use super::{PATIENCE, TIMEOUT, UNAVAILABLE, start};
use crate::support::NOW_SIGNED;
use crate::support::app::App;
use crate::support::claims::Token;
use crate::support::internet::{Authority, Fault, Internet};
use crate::support::keys::Key;
use crate::support::log::Log;

/// Addresses inside, in every spelling that parsers of addresses know.
const INSIDE: [&str; 14] = [
    "https://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254:443/computeMetadata/v1/",
    "https://10.0.0.5/jwks",
    "https://172.16.0.1/jwks",
    "https://192.168.1.1:8443/jwks",
    "https://100.64.0.1/jwks",
    "https://0.0.0.0/jwks",
    "https://0xa9fea9fe/jwks",
    "https://2852039166/jwks",
    "https://0251.0376.0251.0376/jwks",
    "https://[::ffff:169.254.169.254]/jwks",
    "https://[fd00:ec2::254]/jwks",
    "https://[fe80::1]/jwks",
    "https://[64:ff9b::a9fe:a9fe]/jwks",
];

#[tokio::test]
async fn a_name_that_nobody_has_is_503_in_time_for_its_own_people() {
    let app = App::configured(|text| {
        let nobody = "[providers.nobody]\nkind = \"oidc\"\nissuer = \"https://nobody.invalid\"\n\
                      client_ids = [\"countersign\"]\n";
        format!("{text}\n{TIMEOUT}{nobody}")
    })
    .await;
    let log = Log::start();
    let started = start();
    let answer = app.exchange(&Token::valid("https://nobody.invalid")).await;
    answer.assert_refused("nobody", UNAVAILABLE);
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    let log = log.text();
    assert!(log.contains("key set not fetched") && log.contains("nobody"), "{log}");
    app.exchange(&app.id_token()).await.token("acme");
}

/// A provider on loopback is not believed either.
#[tokio::test]
async fn a_discovery_document_that_names_an_address_inside_is_not_followed_and_the_log_says_why() {
    let log = Log::start();
    for inside in INSIDE {
        let app = App::configured(|text| format!("{text}\n{TIMEOUT}")).await;
        app.acme.announce("jwks_uri", inside);
        let started = start();
        let answer = app.exchange(&app.id_token()).await;
        answer.assert_refused(inside, UNAVAILABLE);
        assert!(started.elapsed() < PATIENCE, "{inside}");
        let shown = format!("{} {:?}", answer.body, answer.headers);
        assert!(!shown.contains("169.254") && !shown.contains("10.0.0.5"), "{shown}");
        let metrics = app.get("/metrics").await.body;
        let drift = "countersign_provider_drift{provider=\"acme\",what=\"jwks_uri\"} 1";
        assert!(metrics.contains(drift), "{inside}");
        app.acme.announce("jwks_uri", app.acme.key_set_address());
        app.advance(5);
        app.exchange(&app.id_token()).await.token(inside);
    }
    let log = log.text();
    assert!(log.contains("`169.254.169.254` is not on the public internet"), "{log}");
    assert!(log.contains("[fd00:ec2::254]"), "{log}");
}

/// Behind a proxy the proxy would go there for us.
#[tokio::test]
async fn nor_is_one_that_came_through_a_proxy_which_is_not_asked_for_what_is_inside() {
    let host = "login.acme.test";
    let document = |jwks_uri: &str| {
        Fault::Body(json!({
            "issuer": "https://login.acme.test", "jwks_uri": jwks_uri,
            "token_endpoint": jwks_uri, "userinfo_endpoint": jwks_uri,
        }))
    };
    let internet = Internet::start().await;
    let app = App::on(&internet, |text| {
        let acme = "[providers.acme]\nkind = \"oidc\"\nissuer = \"https://login.acme.test\"\n\
                    client_ids = [\"countersign\"]\n";
        format!("{text}\n{acme}")
    })
    .await;
    let keys = json!({ "keys": [Key::Rsa.jwk("rsa")] });
    internet.fault(host, "/jwks", Fault::Body(keys));
    let mut token = Token::valid("https://login.acme.test");
    token.claim("exp", NOW_SIGNED + 86_400);
    for inside in INSIDE {
        internet.fault(host, "/.well-known/openid-configuration", document(inside));
        app.exchange(&token).await.assert_refused(inside, UNAVAILABLE);
        app.advance(5);
    }
    let hosts: Vec<_> = internet.all_calls().into_iter().map(|call| call.host).collect();
    assert!(hosts.iter().all(|it| it == host), "{hosts:?}");
    internet.fault(
        host,
        "/.well-known/openid-configuration",
        document("https://login.acme.test/jwks"),
    );
    app.exchange(&token).await.token("where it is");
}

/// Who wrote the host themselves may have a provider inside: on loopback here, with https.
#[tokio::test]
async fn a_host_that_the_operator_named_may_be_inside_and_its_document_may_name_it_again() {
    let (authority, directory) = (Authority::new(), tempfile::tempdir().unwrap());
    let file = directory.path().join("ca.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    let greeting = Greeting::Tls(authority.acceptor("localhost"));
    let wire = Wire::greeting(greeting).await;
    let issuer = format!("https://localhost:{}", wire.address().port());
    let document = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/jwks") });
    wire.serve("/.well-known/openid-configuration", document);
    let app = App::configured(|text| {
        let own = format!(
            "[providers.own]\nkind = \"oidc\"\nissuer = \"{issuer}\"\n\
             client_ids = [\"countersign\"]\n"
        );
        format!("{text}\n{TIMEOUT}ca_file = \"{}\"\n{own}", file.display())
    })
    .await;
    app.exchange(&Token::valid(&issuer)).await.token("named by its issuer");
    assert_eq!(wire.bodies("/jwks").len(), 1);
}
