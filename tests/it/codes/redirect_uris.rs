//! Redirect URIs: the client's own, to the letter (RFC 9700 §2.1). A code that went elsewhere is
//! not the client's to redeem, and is not sent on.

use countersign::config::Config;

use super::{CALLBACK, SITES, World, form, instead, site};

const NOT_ALLOWED: (u16, &str, &str) = (400, "invalid_grant", "redirect_uri_not_allowed");

/// Another client, and one without redirect URIs.
const OTHERS: &str = r#"
[[clients]]
id = "other"
audience = ["https://api.example.com"]
redirect_uris = ["https://other.example.com/callback"]

[[clients]]
id = "none"
audience = ["https://api.example.com"]

[providers.google]"#;

#[tokio::test]
async fn a_redirect_uri_is_the_clients_own_to_the_letter_or_nobody_is_called() {
    let world = World::configured(|text| instead(text, "[providers.google]", OTHERS)).await;
    for site in &SITES {
        let code = site.code(&world.internet);
        for (client, uri) in [
            ("spa", "https://other.example.com/callback"),
            ("other", CALLBACK),
            ("none", CALLBACK),
            ("spa", "https://app.example.com/callback/"),
            ("spa", "https://app.example.com/Callback"),
            ("spa", "https://APP.example.com/callback"),
            ("spa", "HTTPS://app.example.com/callback"),
            ("spa", "http://app.example.com/callback"),
            ("spa", "https://app.example.com:443/callback"),
            ("spa", "https://app.example.com/callback?"),
            ("spa", "https://app.example.com/callback?next=/"),
            ("spa", "https://app.example.com/callback#"),
            ("spa", "https://app.example.com/callback%2F"),
            ("spa", "https://app.example.com/%63allback"),
            ("spa", "https://app.example.com/x/../callback"),
            ("spa", "https://app.example.com"),
            ("spa", " https://app.example.com/callback"),
            ("spa", "https://app.example.com/callback\n"),
            ("spa", "https://app.example.com.evil.example/callback"),
            ("spa", "https://app.example.com@evil.example/callback"),
            ("spa", "postmessage"),
            ("spa", "*"),
        ] {
            let case = format!("{}: {client} {uri}", site.name);
            let form = form(site.name, &code).with("client_id", client).with("redirect_uri", uri);
            world.post(&form).await.assert_refused(&case, NOT_ALLOWED);
            let calls = world.internet.all_calls();
            assert!(calls.is_empty(), "{case}: {calls:?}");
        }
        world.assert_unused(site, &code, site.name).await;
    }
}

#[tokio::test]
async fn a_refusal_says_which_redirect_uris_would_do_and_shows_no_code_in_a_wrong_one() {
    let world = World::start().await;
    let code = site("github").code(&world.internet);
    let uri = format!("{CALLBACK}?code={code}");
    let answer = world.post(&form("github", &code).with("redirect_uri", &uri)).await;
    answer.assert_refused("with the code in it", NOT_ALLOWED);
    assert!(answer.text("error_description").contains(CALLBACK), "{}", answer.body);
    assert!(!answer.body.contains(&code), "{}", answer.body);
}

#[tokio::test]
async fn the_word_of_googles_popup_counts_where_it_is_registered() {
    let world = World::configured(|text| {
        instead(text, &format!("[\"{CALLBACK}\"]"), &format!("[\"{CALLBACK}\", \"postmessage\"]"))
    })
    .await;
    let google = site("google");
    let code = google.code_with(&world.internet, |asked| asked.redirect_uri = "postmessage");
    let form = form("google", &code).with("redirect_uri", "postmessage");
    world.post(&form).await.token("postmessage");
    let sent = google.calls(&world.internet)[0].in_form("redirect_uri");
    assert_eq!(sent.as_deref(), Some("postmessage"));
    let answer = world.post(&form.with("redirect_uri", "PostMessage")).await;
    answer.assert_refused("another case", NOT_ALLOWED);
}

/// Returns what is said of a configuration with these redirect URIs and one provider; nothing
/// when it is good.
fn complaint(redirect_uri: &str, provider: &str) -> Option<String> {
    let text = format!(
        "issuer = \"https://id.example.com\"\nlisten = \"127.0.0.1:0\"\n\
         [[clients]]\nid = \"spa\"\naudience = [\"https://api.example.com\"]\n\
         redirect_uris = ['{redirect_uri}']\n{provider}\n"
    );
    Config::from_toml(&text).err().map(|error| error.to_string())
}

#[test]
fn a_redirect_uri_is_absolute_or_a_word_of_a_provider_whose_codes_are_redeemed() {
    let github = "[providers.github]\nclient_ids = ['x']\nclient_secret = 'y'";
    let without_secret = "[providers.google]\nclient_ids = ['x']";
    let google = format!("{without_secret}\nclient_secret = 'y'");
    for (uri, provider) in [
        ("postmessage", google.as_str()),
        (CALLBACK, github),
        ("https://app.example.com/callback?a=b", github),
        ("http://127.0.0.1:8080/", github),
        ("com.example.app:/oauth2redirect", github),
    ] {
        assert_eq!(complaint(uri, provider), None, "{uri}");
    }
    for (uri, provider) in [
        ("postmessage", github),
        ("postmessage", without_secret),
        ("PostMessage", google.as_str()),
        ("/callback", github),
        ("app.example.com/callback", github),
        ("https://app.example.com/callback#top", github),
        ("https://app.example.com/callback#", github),
        ("*", github),
        ("", github),
    ] {
        let complaint = complaint(uri, provider).unwrap_or_else(|| panic!("{uri} is taken"));
        assert!(complaint.contains("clients.0.redirect_uris"), "{uri}: {complaint}");
        assert!(complaint.contains(&format!("`{uri}`")), "{uri}: {complaint}");
    }
}
