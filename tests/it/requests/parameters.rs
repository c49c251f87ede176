//! Parameters: missing, empty, doubled, of a wrong kind, or holding what belongs elsewhere.

use super::{ORIGIN, assert_refused_to_page};
use crate::support::answer::Answer;
use crate::support::app::{App, FORM, JSON, send};
use crate::support::form::{ACCESS_TOKEN, Form, JWT, TOKEN_EXCHANGE};
use crate::support::keys::Key;

/// An HTTP status, an error and a reason.
type Refusal = (u16, &'static str, &'static str);

const MISSING: Refusal = (400, "invalid_request", "missing_parameter");
const DOUBLED: Refusal = (400, "invalid_request", "doubled_parameter");
const INVALID: Refusal = (400, "invalid_request", "invalid_parameter");
const UNKNOWN_PROVIDER: Refusal = (400, "invalid_request", "unknown_provider");
const UNSUPPORTED_GRANT: Refusal = (400, "unsupported_grant_type", "unsupported_grant_type");
const UNSUPPORTED_TYPE: Refusal = (400, "invalid_request", "unsupported_token_type");

async fn post(app: &App, path: &str, (content_type, body): (&str, &str)) -> Answer {
    send(app.posting(path, content_type, body).header("origin", ORIGIN)).await
}

#[tokio::test]
async fn a_required_parameter_that_is_missing_or_empty_is_named() {
    let app = App::start().await;
    let exchange = Form::exchange(&app.id_token().compact());
    let convert = Form::convert(&app.id_token().compact());
    let introspection = Form::default()
        .and("client_id", "shipping")
        .and("client_secret", "another")
        .and("token", "x");
    for (path, good, names) in [
        ("/token", &exchange, ["grant_type", "client_id", "subject_token", "subject_token_type"]),
        ("/token", &convert, ["grant_type", "client_id", "backend", "token"]),
        ("/auth/convert-token", &convert, ["grant_type", "client_id", "backend", "token"]),
        ("/introspect", &introspection, ["token"; 4]),
        ("/explain", &exchange, ["grant_type", "client_id", "subject_token", "subject_token_type"]),
    ] {
        for name in names {
            for form in [good.clone().without(name), good.clone().with(name, "")] {
                let answer = post(&app, path, (FORM, &form.encoded())).await;
                let case = format!("{path} {name}");
                assert_refused_to_page(&answer, &case, MISSING);
                assert!(answer.text("error_description").contains(name), "{case}: {}", answer.body);
            }
        }
        let answer = post(&app, path, (FORM, "")).await;
        assert_refused_to_page(&answer, path, MISSING);
    }
}

#[tokio::test]
async fn a_parameter_that_may_stand_once_stands_once() {
    let app = App::start().await;
    let exchange = Form::exchange(&app.id_token().compact());
    for (name, first, second) in [
        ("grant_type", TOKEN_EXCHANGE, TOKEN_EXCHANGE),
        ("client_id", "spa", "wide"),
        ("subject_token", "a", "b"),
        ("subject_token_type", JWT, JWT),
        ("provider", "acme", "acme"),
        ("scope", "", "read"),
        ("nonce", "a", "b"),
        ("requested_token_type", JWT, ACCESS_TOKEN),
        ("something", "else", "again"),
    ] {
        let form = exchange.clone().without(name).and(name, first).and(name, second);
        let answer = post(&app, "/token", (FORM, &form.encoded())).await;
        assert_refused_to_page(&answer, name, DOUBLED);
        assert!(answer.text("error_description").contains(name), "{name}: {}", answer.body);
    }
    let form = format!("{}&%63lient_id=wide", exchange.encoded());
    let answer = post(&app, "/token", (FORM, &form)).await;
    assert_refused_to_page(&answer, "with an escape", DOUBLED);
    let form = exchange.and("provider", "acme").and("backend", "rival");
    let answer = post(&app, "/token", (FORM, &form.encoded())).await;
    assert_refused_to_page(&answer, "two names of one thing", DOUBLED);
}

#[tokio::test]
async fn what_a_request_may_not_ask_for_is_refused_by_its_name() {
    let app = App::start().await;
    let exchange = Form::exchange(&app.id_token().compact());
    for (case, form, expected) in [
        ("a grant", exchange.clone().with("grant_type", "password"), UNSUPPORTED_GRANT),
        ("a grant's case", exchange.clone().with("grant_type", "Convert_Token"), UNSUPPORTED_GRANT),
        (
            "the first half of a grant",
            exchange.clone().with("grant_type", "urn:ietf:params:oauth:grant-type:"),
            UNSUPPORTED_GRANT,
        ),
        (
            "a SAML assertion",
            exchange.clone().with("subject_token_type", "urn:ietf:params:oauth:token-type:saml2"),
            UNSUPPORTED_TYPE,
        ),
        ("a short type", exchange.clone().with("subject_token_type", "id_token"), UNSUPPORTED_TYPE),
        ("a provider", exchange.clone().and("provider", "nobody"), UNKNOWN_PROVIDER),
        ("a provider's case", exchange.clone().and("provider", "ACME"), UNKNOWN_PROVIDER),
        ("a row that several use", exchange.clone().and("provider", "oidc"), UNKNOWN_PROVIDER),
        (
            "an opaque token of nobody",
            exchange.clone().with("subject_token_type", ACCESS_TOKEN),
            MISSING,
        ),
        (
            "an opaque token of somebody",
            exchange
                .clone()
                .with("subject_token_type", ACCESS_TOKEN)
                .with("subject_token", "opaque")
                .and("provider", "acme"),
            (400, "invalid_request", "unbound_access_token"),
        ),
        (
            "an opaque token as an ID token",
            exchange.clone().with("subject_token", "opaque"),
            (400, "invalid_request", "malformed"),
        ),
        ("delegation", exchange.clone().and("actor_token", "x"), INVALID),
        (
            "another's audience",
            exchange.clone().and("audience", "https://one.example.com"),
            (400, "invalid_target", "invalid_target"),
        ),
        (
            "a client",
            exchange.clone().with("client_id", "SPA"),
            (401, "invalid_client", "unknown_client"),
        ),
    ] {
        let answer = post(&app, "/token", (FORM, &form.encoded())).await;
        assert_refused_to_page(&answer, case, expected);
    }
    let form = Form::convert("x").with("grant_type", TOKEN_EXCHANGE);
    let answer = post(&app, "/auth/convert-token", (FORM, &form.encoded())).await;
    assert_refused_to_page(&answer, "another grant's address", UNSUPPORTED_GRANT);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_and_the_next_one_is_not() {
    let app = App::start().await;
    let good = Form::convert(&app.id_token().compact());
    let json = good.json();
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    for (case, content_type, body) in [
        ("a lone percent sign", FORM, "grant_type=%".to_owned()),
        ("half an escape", FORM, "grant_type=%4".to_owned()),
        ("no hexadecimal", FORM, "grant_type=%zz".to_owned()),
        ("no UTF-8", FORM, "grant_type=%ff".to_owned()),
        ("half a character", FORM, "grant_type=%c3".to_owned()),
        ("a surrogate", FORM, "grant_type=%ed%a0%80".to_owned()),
        ("a bad name", FORM, format!("%zz=1&{}", good.encoded())),
        ("very many", FORM, (0..100).fold(String::new(), |body, n| format!("{body}p{n}=1&"))),
        ("a long name", FORM, format!("{}=1&{}", "n".repeat(65), good.encoded())),
        ("no JSON", JSON, good.encoded()),
        ("nothing", JSON, String::new()),
        ("an array", JSON, format!("[{json}]")),
        ("text", JSON, "\"token\"".to_owned()),
        ("null", JSON, "null".to_owned()),
        ("more behind it", JSON, format!("{json}{json}")),
        ("a comma too many", JSON, json.replace('}', ",}")),
        ("cut short", JSON, json.replace('}', "")),
        ("a member twice", JSON, json.replacen('{', "{\"backend\":\"acme\",", 1)),
        (
            "a member twice, with an escape",
            JSON,
            json.replacen('{', "{\"b\\u0061ckend\":\"x\",", 1),
        ),
        ("a member twice, of no use", JSON, json.replacen('{', "{\"x\":\"1\",\"x\":\"1\",", 1)),
        ("a number", JSON, json.replace("\"acme\"", "7")),
        ("an object", JSON, json.replace("\"acme\"", "{\"name\":\"acme\"}")),
        ("a list", JSON, json.replace("\"acme\"", "[\"acme\"]")),
        ("nesting without end", JSON, deep),
    ] {
        let answer = post(&app, "/auth/convert-token", (content_type, &body)).await;
        assert_refused_to_page(&answer, case, INVALID);
        post(&app, "/auth/convert-token", (JSON, &json)).await.token(case);
    }
    let body = [b"token=\xff&".as_slice(), good.encoded().as_bytes()].concat();
    let answer = send(app.posting("/token", FORM, body).header("origin", ORIGIN)).await;
    assert_refused_to_page(&answer, "bytes that are no UTF-8", INVALID);
}

/// Texts that are plainly a credential, whatever field they are in.
fn credentials(id_token: &str) -> [(&'static str, String); 6] {
    [
        ("an ID token", id_token.to_owned()),
        ("an ID token with its scheme", format!("Bearer {id_token}")),
        ("an ID token in quotation marks", format!("\"{id_token}\"")),
        (
            // `{ "alg"` in place of `{"alg"`, as some providers write it.
            "an ID token with a spaced header",
            format!("eyAi{}", id_token.get(4..).unwrap_or_default()),
        ),
        ("an access token of Google", "ya29.a0AfB_byC8zXw-5qP3RkT1mN7vE".to_owned()),
        ("an access token of GitHub", "gho_16C7e42F292c6912E7710c838347Ae178B4a".to_owned()),
    ]
}

#[tokio::test]
async fn a_credential_in_a_wrong_field_is_not_echoed() {
    let app = App::start().await;
    let mut token = app.id_token();
    // A short one: what is long is easily left out.
    for name in ["name", "given_name", "family_name", "picture", "preferred_username"] {
        token.without_claim(name);
    }
    let id_token = token.by(Key::Ec).compact();
    let (exchange, convert) = (Form::exchange(&id_token), Form::convert(&id_token));
    let mut echoed = Vec::new();
    for (kind, credential) in credentials(&id_token) {
        let inside: String = credential.chars().skip(12).take(16).collect();
        for name in [
            "grant_type",
            "client_id",
            "subject_token",
            "subject_token_type",
            "provider",
            "subject_issuer",
            "backend",
            "audience",
            "resource",
            "scope",
            "requested_token_type",
            "nonce",
            "actor_token",
        ] {
            let form = exchange.clone().with(name, &credential);
            let answer = app.post_form("/token", &form).await;
            echoed.push((format!("{kind} as {name}"), answer, inside.clone()));
            let form = convert.clone().with(name, &credential);
            let answer = app.post_json("/auth/convert-token", &form).await;
            echoed.push((format!("{kind} as {name} in JSON"), answer, inside.clone()));
        }
        let name: String = credential.chars().take(40).collect();
        let twice = Form::default().and(&name, "1").and(&name, "1");
        let answer = app.post_form("/token", &twice).await;
        echoed.push((format!("{kind} as a name"), answer, inside.clone()));
        let answer = send(app.posting("/token", &credential, "")).await;
        echoed.push((format!("{kind} as a content type"), answer, inside.clone()));
        let answer = app.get(&format!("/{inside}")).await;
        echoed.push((format!("{kind} as a path"), answer, inside));
    }
    // What is issued instead is a credential as well, and may look the same at its start.
    echoed.retain(|(_, answer, inside)| answer.status != 200 && answer.body.contains(inside));
    let echoed: Vec<_> =
        echoed.iter().map(|(case, answer, _)| format!("{case}: {}", answer.body)).collect();
    assert!(echoed.is_empty(), "{}", echoed.join("\n"));
}
