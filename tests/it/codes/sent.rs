//! What a provider is sent for a code, to the letter: some refuse what they do not know.

use url::form_urlencoded;

use super::{CALLBACK, SITES, VERIFIER, World, challenge, form, instead, site};
use crate::support::app::FORM;
use crate::support::internet::Call;

/// Returns a form, sorted.
fn sorted(call: &Call) -> Vec<(String, String)> {
    let mut form = call.form();
    form.sort();
    form
}

#[tokio::test]
async fn a_code_is_redeemed_by_one_post_with_our_secret_and_nothing_that_is_not_known_there() {
    let world = World::start().await;
    for site in &SITES {
        let code = site.code_with(&world.internet, |asked| {
            asked.code_challenge = site.takes_verifier.then(|| challenge(VERIFIER));
        });
        let form = form(site.name, &code).and("code_verifier", VERIFIER).and("state", "xyz");
        world.post(&form).await.token(site.name);
        let calls = site.calls(&world.internet);
        let [call] = calls.as_slice() else { panic!("{}: {calls:?}", site.name) };
        let mut expected = vec![
            ("client_id", site.client_id),
            ("client_secret", site.client_secret),
            ("code", code.as_str()),
            ("grant_type", "authorization_code"),
            ("redirect_uri", CALLBACK),
        ];
        expected.extend(Some(("code_verifier", VERIFIER)).filter(|_| site.takes_verifier));
        expected.sort_unstable();
        let sent = sorted(call);
        let sent: Vec<_> = sent.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(sent, expected, "{}", site.name);
        assert_eq!(call.method, "POST", "{}", site.name);
        assert!(call.query.is_empty(), "{}: {:?}", site.name, call.query);
        assert_eq!(call.header("content-type"), Some(FORM), "{}", site.name);
        assert_eq!(call.header("accept"), Some("application/json"), "{}", site.name);
        assert!(call.header("user-agent").is_some(), "{}", site.name);
        for name in ["authorization", "origin", "cookie", "referer"] {
            assert_eq!(call.header(name), None, "{}: {name}", site.name);
        }
    }
}

#[tokio::test]
async fn without_a_verifier_none_is_sent() {
    let world = World::start().await;
    for site in &SITES {
        for form in [
            form(site.name, &site.code(&world.internet)),
            form(site.name, &site.code(&world.internet)).and("code_verifier", ""),
        ] {
            world.post(&form).await.token(site.name);
        }
        for call in site.calls(&world.internet) {
            assert!(call.form().iter().all(|(name, _)| name != "code_verifier"), "{call:?}");
        }
    }
}

#[tokio::test]
async fn the_redirect_uri_and_the_code_go_through_as_they_are() {
    const ODD: [&str; 4] = [
        "https://APP.example.com:443/Callback/?next=%2fa%20b&empty=",
        "https://app.example.com/callback?a=1+2&a=%2B",
        "com.example.app:/oauth2redirect",
        "http://127.0.0.1:8123/",
    ];
    let world = World::configured(|text| {
        let list = ODD.map(|uri| format!("\"{uri}\"")).join(", ");
        instead(text, &format!("[\"{CALLBACK}\"]"), &format!("[{list}]"))
    })
    .await;
    for redirect_uri in ODD {
        for site in &SITES {
            let case = format!("{} {redirect_uri}", site.name);
            let code = site.code_with(&world.internet, |asked| asked.redirect_uri = redirect_uri);
            let form = form(site.name, &code).with("redirect_uri", redirect_uri);
            world.post(&form).await.token(&case);
            let calls = site.calls(&world.internet);
            let sent = calls.last().unwrap().in_form("redirect_uri");
            assert_eq!(sent.as_deref(), Some(redirect_uri), "{case}");
        }
    }
    for code in ["4/0Ab+c=&%2F#_~", "#_", "x#_y", "'\"<>"] {
        let answer = world.post(&form("google", code).with("redirect_uri", ODD[3])).await;
        answer.assert_refused(code, super::REJECTED);
        let sent = site("google").calls(&world.internet).last().unwrap().in_form("code");
        assert_eq!(sent.as_deref(), Some(code));
    }
}

#[tokio::test]
async fn what_instagram_puts_behind_a_code_is_taken_off_once_and_for_instagram_only() {
    let world = World::start().await;
    for site in &SITES {
        let code = site.code(&world.internet);
        let answer = world.redeem(site, &format!("{code}#_")).await;
        let is_instagram = site.name == "instagram";
        if is_instagram {
            answer.token(site.name);
        } else {
            answer.assert_refused(site.name, super::REJECTED);
        }
        let sent = site.calls(&world.internet)[0].in_form("code").unwrap();
        assert_eq!(sent, if is_instagram { code } else { format!("{code}#_") });
    }
    let instagram = site("instagram");
    for (received, expected) in [("x#_#_", "x#_"), ("x#_y", "x#_y"), ("x#", "x#"), ("x_", "x_")] {
        world.redeem(instagram, received).await.assert_refused(received, super::REJECTED);
        let sent = instagram.calls(&world.internet).last().unwrap().in_form("code");
        assert_eq!(sent.as_deref(), Some(expected), "{received}");
    }
}

/// Returns the two halves of HTTP Basic, each form-decoded (RFC 6749 §2.3.1).
pub(super) fn basic(call: &Call) -> Option<(String, String)> {
    let (id, secret) = call.basic()?;
    let decode = |half: &str| {
        // A form with one name and no value.
        let pairs: Vec<_> = form_urlencoded::parse(half.as_bytes()).into_owned().collect();
        assert_eq!(pairs.len(), 1, "{half}");
        pairs[0].0.clone()
    };
    Some((decode(&id), decode(&secret)))
}
