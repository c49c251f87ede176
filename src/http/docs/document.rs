//! The OpenAPI document: what poem-openapi finds in the code, and what it cannot know: values
//! that work, the meaning of the reasons, how clients authenticate.

use poem_openapi::{ExtraHeader, OpenApiService};
use serde_json::{Value, json};

use crate::http::error::Reason;
use crate::http::introspect::IntrospectionApi;
use crate::http::ops::OperationsApi;
use crate::http::token::{CONVERT_TOKEN, ExplainApi, TOKEN_EXCHANGE, TokenApi};
use crate::http::well_known::WellKnownApi;

/// All endpoints, for the document.
pub(super) type Api = (TokenApi, ExplainApi, IntrospectionApi, WellKnownApi, OperationsApi);

/// Values that the document's examples show.
#[derive(Debug, Clone)]
pub(crate) struct Examples {
    /// A client ID.
    pub(crate) client_id: String,
    /// A provider's name.
    pub(crate) provider: String,
    /// A credential.
    pub(crate) id_token: String,
    /// A client ID that has a secret.
    pub(crate) api_client_id: String,
    /// Its secret.
    pub(crate) api_client_secret: String,
}

impl Default for Examples {
    fn default() -> Self {
        Self {
            client_id: "spa".to_owned(),
            provider: "google".to_owned(),
            api_client_id: "billing-api".to_owned(),
            api_client_secret: "its-secret".to_owned(),
            id_token: "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.e30.c2lnbmF0dXJl".to_owned(),
        }
    }
}

/// Collects all endpoints under a server's address.
pub(super) fn service(server: Option<&str>) -> OpenApiService<Api, ()> {
    let operations = OperationsApi::public();
    let api = (TokenApi, ExplainApi, IntrospectionApi, WellKnownApi, operations);
    let request_id = ExtraHeader::new("X-Request-Id").description("What to quote to an operator");
    let service = OpenApiService::new(api, "countersign", env!("CARGO_PKG_VERSION"))
        .description(DESCRIPTION)
        .extra_response_header::<String, _>(request_id);
    match server {
        Some(server) => service.server(server),
        None => service,
    }
}

/// What the document says first.
const DESCRIPTION: &str = "Exchanges the credential of a social or OpenID provider for a \
    short-lived JWT, which APIs verify offline by `/.well-known/jwks.json`.\n\n\
    Every failure is JSON: `error`, `error_description`, `reason`. The schema `Reason`, below, \
    lists the reasons with what each means.\n\n\
    [The catalogue of providers](docs/providers) has every name that an operator can configure, with \
    the credentials that are taken of each.";

/// Returns the meaning of every reason as a table.
fn reasons() -> String {
    let row = |it: &Reason| {
        format!("| `{}` | {} | {} |\n", it.name(), it.status().as_u16(), it.meaning())
    };
    let rows: Vec<_> = Reason::ALL.iter().map(row).collect();
    let head = "The one cause of a failure. Stable: programs may branch on it.";
    format!("{head}\n\n| reason | status | meaning |\n|---|---|---|\n{}", rows.concat())
}

/// Returns the OpenAPI document.
pub(super) fn document(service: &OpenApiService<Api, ()>, examples: &Examples) -> Value {
    let mut document: Value = serde_json::from_str(&service.spec()).unwrap_or_default();
    let id_token = "urn:ietf:params:oauth:token-type:id_token";
    for (schema, property, example) in [
        ("TokenRequest", "grant_type", TOKEN_EXCHANGE),
        ("TokenRequest", "client_id", &examples.client_id),
        ("TokenRequest", "subject_token", &examples.id_token),
        ("TokenRequest", "subject_token_type", id_token),
        ("TokenRequest", "provider", &examples.provider),
        ("ConvertRequest", "grant_type", CONVERT_TOKEN),
        ("ConvertRequest", "client_id", &examples.client_id),
        ("ConvertRequest", "backend", &examples.provider),
        ("ConvertRequest", "token", &examples.id_token),
        ("IntrospectionRequest", "client_id", &examples.api_client_id),
        ("IntrospectionRequest", "client_secret", &examples.api_client_secret),
    ] {
        let path = format!("/components/schemas/{schema}/properties/{property}");
        set(&mut document, &path, ("example", example.into()));
    }
    set(&mut document, "/components/schemas/Reason", ("description", reasons().into()));
    for schema in ["TokenRequest", "ConvertRequest", "IntrospectionRequest"] {
        leave_out_the_rest(&mut document, schema);
    }
    add_own_paths(&mut document);
    add_authentication(&mut document);
    add_answers(&mut document);
    document
}

/// Says that clients with a secret may use HTTP Basic, and that clients without need nothing.
fn add_authentication(document: &mut Value) {
    let scheme = json!({
        "type": "http",
        "scheme": "basic",
        "description": "For clients that have a secret; `client_id` and `client_secret` as \
                        parameters do as well.",
    });
    set(document, "/components", ("securitySchemes", json!({ "client": scheme })));
    for path in ["~1token", "~1auth~1convert-token", "~1introspect", "~1explain"] {
        let either = json!([{}, { "client": [] }]);
        set(document, &format!("/paths/{path}/post"), ("security", either));
    }
}

/// Shows what is answered.
fn add_answers(document: &mut Value) {
    let token = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.e30.c2lnbmF0dXJl";
    let access_token = "urn:ietf:params:oauth:token-type:access_token";
    let exchanged = json!({
        "access_token": token, "issued_token_type": access_token,
        "token_type": "Bearer", "expires_in": 900,
    });
    let user = json!({
        "id": "95fd8969-fd12-5b08-bc1e-bd3a71c457c1", "email": "ada@example.com",
        "first_name": "Ada", "last_name": "Lovelace",
    });
    let converted = json!({
        "access_token": token, "expires_in": 900, "token_type": "Bearer", "scope": "", "user": user,
    });
    let refused = json!({
        "error": "invalid_request",
        "error_description": "`aud` is 'other.apps.example'; expected 'web.apps.example'",
        "reason": "wrong_audience",
    });
    let introspected = json!({
        "active": true, "token_type": "Bearer", "iss": "https://id.example.com",
        "sub": "95fd8969-fd12-5b08-bc1e-bd3a71c457c1", "aud": "https://api.example.com",
    });
    for (path, answer) in [
        ("~1token", exchanged),
        ("~1auth~1convert-token", converted),
        ("~1introspect", introspected),
    ] {
        let of = |status: &str, media_type: &str| {
            format!("/paths/{path}/post/responses/{status}/content/{media_type}")
        };
        set(document, &of("200", "application~1json; charset=utf-8"), ("example", answer));
        set(document, &of("400", "application~1json"), ("example", refused.clone()));
    }
}

/// Sets a member of the object at a JSON Pointer (RFC 6901).
fn set(document: &mut Value, pointer: &str, (name, value): (&str, Value)) {
    if let Some(Value::Object(object)) = document.pointer_mut(pointer) {
        object.insert(name.to_owned(), value);
    }
}

/// Adds the paths that serve the document itself, which are none of the APIs'.
fn add_own_paths(document: &mut Value) {
    let Some(Value::Object(paths)) = document.get_mut("paths") else { return };
    for (path, id, summary, content_type) in [
        ("/docs", "docs", "Swagger UI", "text/html; charset=utf-8"),
        ("/docs/providers", "providers", "The catalogue of providers", "text/html; charset=utf-8"),
        ("/openapi.json", "openapiJson", "OpenAPI document as JSON", "application/json"),
        ("/openapi.yaml", "openapiYaml", "OpenAPI document as YAML", "application/yaml"),
    ] {
        let answer = json!({
            "description": summary,
            "content": { content_type: { "schema": { "type": "string" } } },
        });
        let operation = json!({
            "tags": ["Discovery"],
            "summary": summary,
            "operationId": id,
            "responses": { "200": answer },
        });
        paths.insert(path.to_owned(), json!({ "get": operation }));
    }
}

/// Gives every other parameter an empty example, which counts as not sent: the Swagger UI would
/// fill in words of its own.
fn leave_out_the_rest(document: &mut Value, schema: &str) {
    let path = format!("/components/schemas/{schema}/properties");
    let properties = document.pointer_mut(&path).and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(|it| it.values_mut()) {
        let is_list = property.get("type").is_some_and(|kind| kind == "array");
        if let Some(property) = property.as_object_mut() {
            let nothing = if is_list { Value::Array(Vec::new()) } else { "".into() };
            property.entry("example").or_insert(nothing);
        }
    }
}

/// Returns the OpenAPI document as JSON text.
pub(crate) fn openapi_json() -> String {
    format!("{:#}\n", document(&service(None), &Examples::default()))
}

/// Returns the OpenAPI document as YAML text.
pub(crate) fn openapi_yaml() -> String {
    serde_yaml::to_string(&document(&service(None), &Examples::default())).unwrap_or_default()
}
