//! Origins: which pages may ask, which may read the answer, and for which client (Fetch §3.2).

use super::ORIGIN;
use crate::support::answer::Answer;
use crate::support::app::{App, FORM, send};
use crate::support::form::Form;

const REFUSED: (u16, &str, &str) = (400, "unauthorized_client", "origin_not_allowed");

async fn preflight(app: &App, path: &str, origin: &str) -> Answer {
    let request = app
        .request("OPTIONS", path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type");
    send(request).await
}

async fn exchange(app: &App, client: &str, origin: &str) -> Answer {
    let form = Form::exchange(&app.id_token().compact()).with("client_id", client);
    send(app.posting("/token", FORM, form.encoded()).header("origin", origin)).await
}

/// Origins that are nobody's, however much they look like somebody's.
const FOREIGN: [&str; 10] = [
    "https://evil.example.net",
    "https://app.example.com.evil.example.net",
    "https://evil-app.example.com",
    "https://sub.app.example.com",
    "http://app.example.com",
    "https://app.example.com:444",
    "https://app.example.com/",
    "https://APP.example.com",
    "null",
    "*",
];

#[tokio::test]
async fn a_preflight_of_a_clients_origin_says_what_may_be_sent() {
    let app = App::start().await;
    for path in ["/token", "/auth/convert-token", "/auth/convert-token/", "/introspect", "/explain"]
    {
        for origin in [ORIGIN, "capacitor://localhost", "https://wide.example.com"] {
            let answer = preflight(&app, path, origin).await;
            let case = format!("{path} {origin}");
            assert!(matches!(answer.status, 200 | 204), "{case}: {}", answer.body);
            assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{case}");
            let methods = answer.header("access-control-allow-methods").unwrap_or_default();
            assert!(methods.contains("POST"), "{case}: {methods}");
            let headers = answer.header("access-control-allow-headers").unwrap_or_default();
            for name in
                ["content-type", "authorization", "x-request-id", "traceparent", "tracestate"]
            {
                assert!(headers.contains(name), "{case}: {headers}");
            }
            assert_eq!(answer.header("access-control-allow-credentials"), None, "{case}");
            assert!(answer.header("access-control-max-age").is_some(), "{case}");
        }
    }
}

#[tokio::test]
async fn a_foreign_origin_is_refused_and_may_not_read_why() {
    let app = App::start().await;
    for origin in FOREIGN {
        for answer in [
            preflight(&app, "/token", origin).await,
            exchange(&app, "spa", origin).await,
            send(app.request("GET", "/nowhere").header("origin", origin)).await,
        ] {
            answer.assert_refused(origin, REFUSED);
            assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
        }
    }
    assert_eq!(app.acme.key_requests(), 0, "nobody looked at the credential");
}

#[tokio::test]
async fn a_page_may_use_its_own_client_only() {
    let app = App::start().await;
    for (client, origin, is_its_own) in [
        ("spa", ORIGIN, true),
        ("spa", "capacitor://localhost", true),
        ("spa", "https://id.example.com", true),
        ("spa", "https://wide.example.com", false),
        ("wide", "https://wide.example.com", true),
        ("wide", ORIGIN, false),
    ] {
        let answer = exchange(&app, client, origin).await;
        let case = format!("{client} {origin}");
        if is_its_own {
            answer.token(&case);
        } else {
            answer.assert_refused(&case, REFUSED);
        }
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{case}");
        let vary = answer.header("vary").unwrap_or_default().to_ascii_lowercase();
        assert!(vary.contains("origin"), "{case}: {vary}");
    }
}

#[tokio::test]
async fn apps_that_are_no_pages_send_no_origin() {
    let app = App::start().await;
    let answer = app.exchange(&app.id_token()).await;
    answer.token("no origin");
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn an_origin_that_is_no_text_ends_neither_the_request_nor_the_connection() {
    let app = App::start().await;
    for path in ["/nowhere", "/token", "/livez", "/.well-known/jwks.json"] {
        let odd = [
            b"GET ".as_slice(),
            path.as_bytes(),
            b" HTTP/1.1\r\nHost: x\r\nOrigin: https://\xe9\xff.example.com\r\n\r\n",
        ];
        let plain = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let request = [odd.concat(), plain.to_vec()].concat();
        let answers = app.send_raw(request).await;
        let answers = String::from_utf8_lossy(&answers);
        let statuses: Vec<_> = answers
            .match_indices("HTTP/1.1 ")
            .filter_map(|(at, _)| answers.get(at + 9..at + 12))
            .collect();
        assert_eq!(statuses.len(), 2, "{path}: {answers}");
        assert!(statuses[0] == "400", "{path}: {answers}");
        assert!(answers.contains("\"origin_not_allowed\""), "{path}: {answers}");
        assert_eq!(statuses[1], "200", "{path}: {answers}");
    }
}

#[tokio::test]
async fn our_own_origin_counts_only_where_the_issuer_has_it_to_itself() {
    let ours = "https://id.example.com";
    let app = App::start().await;
    exchange(&app, "spa", ours).await.token("the Swagger UI");
    let shared = App::configured(|text| {
        text.replace("issuer = \"https://id.example.com\"", "issuer = \"https://id.example.com/a\"")
    })
    .await;
    exchange(&shared, "spa", ours).await.assert_refused("another app of the host", REFUSED);
}
