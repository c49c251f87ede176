//! Requests that are refused before anybody looks at a credential: wrong path, method, body,
//! parameter or origin. Each failure has the one shape that all have, and a page can read it.

mod framing;
mod origins;
mod parameters;

use crate::support::answer::Answer;
use crate::support::app::{App, JSON, send};
use crate::support::form::Form;

/// An origin of the client `spa`.
const ORIGIN: &str = "https://app.example.com";

/// Checks a failure, and that a page of the client can read it.
fn assert_refused_to_page(answer: &Answer, case: &str, expected: (u16, &str, &str)) {
    answer.assert_refused(case, expected);
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN), "{case}");
    let exposed = answer.header("access-control-expose-headers").unwrap_or_default();
    assert!(exposed.contains("x-request-id"), "{case}: {exposed}");
}

#[tokio::test]
async fn an_unknown_path_is_404_in_the_shape_of_every_failure() {
    let app = App::start().await;
    for path in [
        "/",
        "/nowhere",
        "/token/",
        "/token/more",
        "/TOKEN",
        "//token",
        "/introspect/",
        "/auth/convert-token//",
        "/auth/",
        "/demo/provider",
        "/.env",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = send(app.request(method, path).header("origin", ORIGIN)).await;
            let case = format!("{method} {path}");
            assert_refused_to_page(&answer, &case, (404, "invalid_request", "not_found"));
        }
    }
    for path in ["/%ff", "/100%", "/a%zz"] {
        let answer = send(app.request("GET", path).header("origin", ORIGIN)).await;
        assert_refused_to_page(&answer, path, (400, "invalid_request", "invalid_parameter"));
    }
    let answer = app.get("/.well-known/security.txt").await;
    answer.assert_refused("well-known", (404, "invalid_request", "not_found"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn a_wrong_method_is_405_and_names_the_right_ones() {
    let app = App::start().await;
    for (path, right) in [
        ("/token", "POST"),
        ("/auth/convert-token", "POST"),
        ("/auth/convert-token/", "POST"),
        ("/introspect", "POST"),
        ("/explain", "POST"),
        ("/docs", "GET"),
        ("/openapi.json", "GET"),
        ("/livez", "GET"),
        ("/.well-known/jwks.json", "GET"),
        ("/.well-known/openid-configuration", "GET"),
    ] {
        let wrong = if right == "POST" { "GET" } else { "POST" };
        for method in [wrong, "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = send(app.request(method, path)).await;
            let case = format!("{method} {path}");
            answer.assert_refused(&case, (405, "invalid_request", "method_not_allowed"));
            let allowed = answer.header("allow").unwrap_or_default();
            let allowed: Vec<_> = allowed.split(", ").collect();
            assert!(allowed.contains(&right), "{case}: {allowed:?}");
            assert!(!allowed.contains(&method), "{case}: {allowed:?}");
        }
    }
    let answer = send(app.request("GET", "/token").header("origin", ORIGIN)).await;
    assert_refused_to_page(&answer, "a page", (405, "invalid_request", "method_not_allowed"));
}

#[tokio::test]
async fn a_body_of_another_type_is_415() {
    let app = App::start().await;
    let exchange = Form::exchange(&app.id_token().compact());
    let convert = Form::convert(&app.id_token().compact());
    for (path, content_type, body) in [
        ("/token", JSON, exchange.json()),
        ("/token", "text/plain", exchange.encoded()),
        ("/token", "multipart/form-data; boundary=x", exchange.encoded()),
        ("/token", "application/x-www-form-urlencoded-x", exchange.encoded()),
        ("/token", "x", exchange.encoded()),
        ("/token", "", exchange.encoded()),
        ("/introspect", JSON, exchange.json()),
        ("/explain", JSON, exchange.json()),
        ("/auth/convert-token", "text/plain", convert.json()),
        ("/auth/convert-token", "application/jwt", convert.json()),
        ("/auth/convert-token", "text/json", convert.json()),
    ] {
        let answer = send(app.posting(path, content_type, body).header("origin", ORIGIN)).await;
        let case = format!("{path} {content_type}");
        let expected = (415, "invalid_request", "unsupported_media_type");
        assert_refused_to_page(&answer, &case, expected);
    }
    for path in ["/token", "/auth/convert-token", "/introspect", "/explain"] {
        let answer = send(app.request("POST", path).body(exchange.encoded())).await;
        answer.assert_refused(path, (415, "invalid_request", "unsupported_media_type"));
    }
}

#[tokio::test]
async fn a_content_type_may_have_parameters_and_any_case() {
    let app = App::start().await;
    let form = Form::exchange(&app.id_token().compact()).encoded();
    for content_type in [
        "application/x-www-form-urlencoded; charset=UTF-8",
        "application/x-www-form-urlencoded;charset=utf-8",
        "Application/X-WWW-Form-URLEncoded",
    ] {
        let answer = send(app.posting("/token", content_type, form.clone())).await;
        answer.token(content_type);
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own_or_the_callers() {
    let app = App::start().await;
    let (one, other) = (app.get("/livez").await, app.get("/livez").await);
    assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
    for path in ["/livez", "/nowhere", "/token", "/.well-known/jwks.json"] {
        let ask = async |id: &str| {
            let answer = send(app.request("GET", path).header("x-request-id", id)).await;
            answer.header("x-request-id").unwrap_or_default().to_owned()
        };
        assert_eq!(ask("trace-42_a.b").await, "trace-42_a.b", "{path}");
        for hostile in ["", "a b", "<script>", "a\tb", &"x".repeat(65)] {
            let id = ask(hostile).await;
            assert!(!id.is_empty() && id != hostile, "{path} {hostile}");
        }
    }
}

#[tokio::test]
async fn what_failures_say_is_json_of_plain_characters() {
    let app = App::start().await;
    let form = Form::exchange("x").with("client_id", "\"\\\u{e9}\r\n<script>\u{1f600}\0");
    let answer = app.post_form("/token", &form).await;
    answer.assert_refused("a client of any characters", (401, "invalid_client", "unknown_client"));
    let description = answer.text("error_description");
    let plain = |c: char| (' '..='~').contains(&c) && c != '"' && c != '\\';
    assert!(description.chars().all(plain), "{description}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn operators_have_paths_of_their_own() {
    let app = App::start().await;
    for (path, expected) in [("/livez", "ok\n"), ("/readyz", "ready\n")] {
        let answer = app.get(path).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, expected));
    }
    app.exchange(&app.id_token()).await.token("something to count");
    let metrics = app.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.body.ends_with("# EOF\n"), "{}", metrics.body);
    assert!(metrics.body.contains("provider=\"acme\""), "{}", metrics.body);
}

#[tokio::test]
async fn a_query_is_no_place_for_parameters() {
    let app = App::start().await;
    let form = Form::exchange(&app.id_token().compact());
    let path = format!("/token?{}", form.encoded());
    let answer = app.post_form(&path, &Form::default()).await;
    answer.assert_refused("all in the query", (400, "invalid_request", "missing_parameter"));
    assert_eq!(app.post_form("/token?x=1", &form).await.status, 200);
}
