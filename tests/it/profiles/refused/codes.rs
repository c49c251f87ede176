//! How codes are redeemed where a row says otherwise than the standard: what is sent, and nothing
//! beside it; and which answers count.

use super::fixture::VERIFIER;
use super::{Kind, Outcome, Scene, fixture};
use crate::support::internet::{Call, Line};

/// How the parameters are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Query,
    Form,
    Json,
}

use How::{Form, Json, Query};

/// Returns the request with the code.
fn redeeming(scene: &Scene, outcome: &Outcome) -> Call {
    let line = scene.fixture.calls.iter().find(|line| line.redeems()).unwrap();
    let there = |call: &&Call| call.host == line.host() && call.path == line.url.path();
    let calls: Vec<_> = outcome.calls.iter().filter(there).collect();
    assert_eq!(calls.len(), 1, "{}: {:?}", scene.fixture.file, outcome.calls);
    calls[0].clone()
}

/// Returns the names of what a request has where the parameters are, in order.
fn names(call: &Call, how: How) -> Vec<String> {
    let of = |pairs: Vec<(String, String)>| pairs.into_iter().map(|(name, _)| name).collect();
    let mut names: Vec<String> = match how {
        Query => of(call.query.clone()),
        Form => of(call.form()),
        Json => call.json().as_object().unwrap().keys().cloned().collect(),
    };
    names.sort();
    names
}

#[tokio::test]
async fn a_code_is_redeemed_with_what_the_row_says_and_nothing_else() {
    let standard = "client_id client_secret code code_verifier grant_type redirect_uri";
    for (file, how, expected) in [
        ("gitlab.json", Form, standard),
        ("podio.json", Json, standard),
        ("qiita.json", Json, "client_id client_secret code code_verifier"),
        (
            "qq.json",
            Query,
            "client_id client_secret code code_verifier fmt grant_type redirect_uri",
        ),
        ("weixin.json", Query, "appid code code_verifier grant_type secret"),
        ("loginradius.json", Query, "secret token"),
        (
            "untappd.json",
            Query,
            "client_id client_secret code code_verifier redirect_url response_type",
        ),
        ("deezer.json", Form, "app_id code secret"),
        ("stripe.json", Form, "client_id code grant_type"),
        ("paypal-oauth2.json", Form, "code code_verifier grant_type"),
        ("scistarter.json", Form, "client_id code code_verifier grant_type redirect_uri"),
        ("fitbit.json", Form, "client_id code code_verifier grant_type redirect_uri"),
        ("naver.json", Form, "client_id client_secret code grant_type redirect_uri"),
        ("reddit.json", Form, "code grant_type redirect_uri"),
        ("bitbucket-oauth2.json", Form, "code grant_type redirect_uri"),
        ("linkedin.json", Form, "client_id client_secret code grant_type redirect_uri"),
        ("apple.json", Form, "client_id client_secret code grant_type redirect_uri"),
        ("yahoo-oauth2.json", Form, "code grant_type redirect_uri"),
        ("twitch.json", Form, "client_id client_secret code grant_type redirect_uri"),
    ] {
        let scene = Scene::of(file);
        let outcome = scene.clone().bring(Kind::Code).await;
        outcome.assert_in(file);
        let call = redeeming(&scene, &outcome);
        assert_eq!(names(&call, how).join(" "), expected, "{file}");
        match how {
            Query => {
                assert_eq!((&*call.method, call.body.len()), ("GET", 0), "{file}");
                assert_eq!(call.header("content-type"), None, "{file}");
            }
            Form | Json => {
                let (kind, query) = match (how, file) {
                    (_, "scistarter.json") => ("application/x-www-form-urlencoded", vec!["key"]),
                    (Json, _) => ("application/json", vec![]),
                    _ => ("application/x-www-form-urlencoded", vec![]),
                };
                assert_eq!(&*call.method, "POST", "{file}");
                assert_eq!(call.header("content-type"), Some(kind), "{file}");
                assert_eq!(names(&call, Query), query, "{file}");
            }
        }
    }
}

/// Returns the rows whose table says that their endpoint takes no `code_verifier`.
fn without_pkce() -> Vec<String> {
    let catalogue = concat!(env!("CARGO_MANIFEST_DIR"), "/src/provider/catalogue");
    let files = std::fs::read_dir(catalogue).unwrap().map(|entry| entry.unwrap().path());
    let tables =
        files.map(|file| std::fs::read_to_string(file).unwrap().parse::<toml::Table>().unwrap());
    let says_no = |row: &toml::Value| {
        row.get("code").and_then(|code| code.get("pkce")?.as_bool()) == Some(false)
    };
    tables.flatten().filter(|(_, row)| says_no(row)).map(|(name, _)| name).collect()
}

#[tokio::test]
async fn the_verifier_goes_to_no_endpoint_that_does_not_take_it() {
    let without = without_pkce();
    assert!(without.len() > 8, "{without:?}");
    for fixture in fixture::all() {
        let needs = fixture.calls.iter().filter(|line| line.redeems());
        let needs_verifier = needs.clone().any(|line| format!("{line:?}").contains(VERIFIER));
        if needs.count() == 0 {
            continue;
        }
        // Where it is taken, the fixture does not answer without it.
        assert_ne!(needs_verifier, without.contains(&fixture.row), "{}", fixture.file);
        if needs_verifier || fixture.file.contains("--") {
            continue;
        }
        let scene = Scene::from(fixture);
        let outcome = scene.bring(Kind::Code).await;
        for call in &outcome.calls {
            let text = format!("{:?} {}", call.query, String::from_utf8_lossy(&call.body));
            assert!(!text.contains(VERIFIER), "{}: {text}", call.path);
        }
    }
}

#[tokio::test]
async fn a_token_endpoint_says_200_or_201_and_whatever_else_brings_nobody_in() {
    for file in ["qiita.json", "google.json", "oidc.json", "weixin.json", "podio.json"] {
        for status in [200, 201] {
            let scene = Scene::of(file).redeeming(|line| line.status = status);
            scene.bring(Kind::Code).await.assert_in(&format!("{file} {status}"));
        }
        for status in [202, 203, 204, 205, 206, 207, 226] {
            let scene = Scene::of(file).redeeming(|line| line.status = status);
            scene.bring(Kind::Code).await.assert_unavailable(&format!("{file} {status}"));
        }
    }
}

#[tokio::test]
async fn an_answer_without_a_token_is_none() {
    for file in ["qiita.json", "google.json", "oidc.json", "weixin.json", "podio.json"] {
        for body in ["{}", "[]", "null", "", "<html>", "access_token=", "{\"access_token\":7}"] {
            let scene = Scene::of(file).redeeming(|line| line.body = body.into());
            scene.bring(Kind::Code).await.assert_unavailable(&format!("{file} {body}"));
        }
    }
    // Where the row has another place for it, the usual one is none.
    let usual = serde_json::json!({ "access_token": "TOKEN" });
    let scene = Scene::of("qiita.json").redeeming(|line| line.body = usual);
    scene.bring(Kind::Code).await.assert_unavailable("qiita");
}

impl Scene {
    /// Changes what is answered to a code.
    fn redeeming(mut self, change: impl FnOnce(&mut Line)) -> Self {
        change(self.fixture.calls.iter_mut().find(|line| line.redeems()).unwrap());
        self
    }
}
