//! Rows that an operator writes: a provider that the catalogue has not, changes of one that it
//! has, and what is refused.

use serde_json::{Map, Value, json};
use uuid::{Uuid, uuid};

use crate::program::{USAGE, configured, run};
use crate::providers_document::document;
use crate::readme::blocks;
use crate::support::app::App;
use crate::support::form::{ACCESS_TOKEN, Form};
use crate::support::verify::verify;

/// The namespace of every `sub`.
const SUBJECTS: Uuid = uuid!("0179a48e-d198-5832-9486-5b4ff3bdcb24");
/// The redirect URI of the client `spa`.
const CALLBACK: &str = "https://app.example.com/callback";

/// Returns the tables of the example in docs/providers.md.
fn example() -> String {
    let text = blocks(&document(), &["toml"]).remove(0);
    let (_, rows) = text.split_once("\n[catalogue.").unwrap();
    rows.replace("client_secret_file = \"/run/secrets/forge\"", "client_secret = \"secret\"")
}

/// Starts the service with the example, whose provider is on loopback.
async fn app() -> App {
    App::configured(|text| {
        let spa = format!(
            "id = \"spa\"\nredirect_uris = [\"{CALLBACK}\"]\n\
             claims = [\"email\", \"email_verified\", \"name\", \"preferred_username\", \"idp_sub\"]\n"
        );
        let rows = example().replace("https://forge.example.com/", "{acme}/");
        format!("{}\n[catalogue.{rows}", text.replacen("id = \"spa\"\n", &spa, 1))
    })
    .await
}

/// Gives out an access token of the example's provider, with its answers changed.
fn issue(app: &App, token: &str, change: impl FnOnce(&mut Value, &mut Value)) {
    let mut person = json!({
        "id": 42, "login": "zoe", "name": "Zoë Łukasiewicz", "state": "active",
        "email": "zoe@example.com", "confirmed_at": "2026-01-01T00:00:00Z",
    });
    let mut info = json!({ "application": { "uid": "countersign" }, "owner": 42 });
    change(&mut person, &mut info);
    app.acme.introduce(token, person);
    app.acme.vouch(token, info);
}

fn exchange(token: &str) -> Form {
    Form::exchange(token).with("subject_token_type", ACCESS_TOKEN).and("provider", "forge")
}

fn redemption(code: &str) -> Form {
    let form = Form::default().and("grant_type", "authorization_code").and("client_id", "spa");
    form.and("provider", "forge").and("code", code).and("redirect_uri", CALLBACK)
}

async fn claims(app: &App, form: &Form) -> Map<String, Value> {
    let token = app.post_form("/token", form).await.token(&form.json());
    verify(app, &token, "https://api.example.com").await.1
}

#[tokio::test]
async fn a_provider_that_an_operator_describes_signs_people_in_by_access_token_and_by_code() {
    let app = app().await;
    issue(&app, "at-1", |_, _| ());
    let code = app.acme.authorize(json!({ "access_token": "at-1", "token_type": "Bearer" }));
    for (form, binding) in [(exchange("at-1"), "introspection"), (redemption(&code), "code")] {
        let claims = claims(&app, &form).await;
        let sub = Uuid::new_v5(&SUBJECTS, b"https://forge.example.com|42").to_string();
        for (name, expected) in [
            ("sub", json!(sub)),
            ("idp", json!("forge")),
            ("idp_sub", json!("42")),
            ("idp_binding", json!(binding)),
            ("email", json!("zoe@example.com")),
            ("email_verified", json!(true)),
            ("name", json!("Zoë Łukasiewicz")),
            ("preferred_username", json!("zoe")),
        ] {
            assert_eq!(claims.get(name), Some(&expected), "{binding}: {name}");
        }
    }
    let asked = app.acme.calls("/token").remove(0);
    let sent = ["client_id", "client_secret", "code", "redirect_uri"].map(|it| asked.in_form(it));
    let expected = ["countersign", "secret", code.as_str(), CALLBACK];
    assert_eq!(sent, expected.map(|it| Some(it.to_owned())));
}

#[tokio::test]
async fn what_the_row_asks_for_has_to_be_so() {
    let app = app().await;
    issue(&app, "other-app", |_, info| info["application"]["uid"] = "other".into());
    issue(&app, "other-person", |_, info| info["owner"] = 43.into());
    issue(&app, "blocked", |person, _| person["state"] = "blocked".into());
    issue(&app, "changed", |person, _| person["id"] = json!({}));
    for (token, status, reason) in [
        ("other-app", 400, "wrong_audience"),
        ("other-person", 400, "subject_mismatch"),
        ("blocked", 400, "provider_rejected"),
        ("changed", 503, "provider_unreachable"),
        ("made-up", 400, "provider_rejected"),
    ] {
        let answer = app.post_form("/token", &exchange(token)).await;
        assert_eq!((answer.status, answer.text("reason").as_str()), (status, reason), "{token}");
    }
    issue(&app, "unconfirmed", |person, _| person["confirmed_at"] = Value::Null);
    assert_eq!(claims(&app, &exchange("unconfirmed")).await["email_verified"], json!(false));
}

#[tokio::test]
async fn a_changed_word_of_a_built_in_row_counts_and_the_rest_stays() {
    let claims = "claims = [\"email\", \"preferred_username\"]";
    for (change, expected) in [
        ("", "ada"),
        ("[catalogue.oidc.id_token.claims]\nopenid = true\npreferred_username = [\"/nick\"]", "al"),
    ] {
        let app = App::configured(|text| {
            let text = text.replacen("id = \"spa\"\n", &format!("id = \"spa\"\n{claims}\n"), 1);
            format!("{text}\n{change}\n")
        })
        .await;
        let mut id_token = app.id_token();
        id_token.claim("preferred_username", "ada").claim("nick", "al");
        let token = app.exchange(&id_token).await.token(change);
        let (_, claims) = verify(&app, &token, "https://api.example.com").await;
        assert_eq!(claims["preferred_username"], json!(expected), "{change}");
        assert_eq!(claims["email"], json!("ada@example.com"), "{change}");
    }
}

#[test]
fn each_mistake_in_a_row_is_refused_by_file_and_row_with_what_is_wrong() {
    let whole = blocks(&document(), &["toml"]).remove(0);
    let whole =
        whole.replace("client_secret_file = \"/run/secrets/forge\"", "client_secret = \"x\"");
    let title = "title = \"Forge\"";
    let profile = "url = \"https://forge.example.com/userinfo\"";
    for (from, to, key, problem) in [
        ("[\"/id\"]", "[\"id\"]", "forge", "JSON Pointer"),
        ("subject = [\"/id\"]", "subject = []", "forge", "names no place"),
        (profile, "url = \"https://forge.example.com/{who}\"", "forge", "{who}"),
        (profile, "url = \"http://forge.example.com/userinfo\"", "forge", "https"),
        (profile, "url = \"https://{client_secret}.example.com/\"", "forge", "{client_secret}"),
        (profile, "", "forge", "userinfo_endpoint"),
        ("\"tokeninfo\"\n", "\"asking\"\n", "forge", "asking"),
        (title, "title = \"\"\naliases = [\"discord\"]", "forge", "`discord`"),
        (title, "title = \"\"\naliases = [\"lyft\"]", "forge", "`lyft`"),
        (title, "title = \"\"\nextends = \"nothing\"", "forge", "`nothing`"),
        (title, "title = \"\"\ncolour = \"red\"", "forge", "colour"),
        (title, "", "forge", "title"),
        (
            "namespace = \"https://forge.example.com\"",
            "namespace = \"https://github.com\"",
            "forge",
            "`https://github.com`",
        ),
        (
            "[catalogue.forge.code]",
            "[catalogue.github.code]\npkse = true\n[catalogue.forge.code]",
            "github",
            "pkse",
        ),
        (
            "[catalogue.forge.code]",
            "[catalogue.github.code]\n",
            "github",
            "https://forge.example.com is not where",
        ),
        ("[catalogue.forge.code]", "[catalogue.forge.coed]", "forge", "coed"),
        // Other rows extend this one; it is the one to change.
        (
            "[catalogue.forge.code]",
            "[catalogue.oidc.profile]\nurl = \"http://id.example.com\"\n[catalogue.forge.code]",
            "oidc",
            "https",
        ),
    ] {
        assert!(whole.contains(from), "{from}");
        let directory = configured(&whole.replacen(from, to, 1));
        let complaint = run(directory.path(), &["config", "check"]).refused_with(USAGE);
        for part in ["countersign.toml", &format!("catalogue.{key}"), problem] {
            assert!(complaint.contains(part), "{to}: {complaint}");
        }
    }
    run(configured(&whole).path(), &["config", "check"]).good();
}
