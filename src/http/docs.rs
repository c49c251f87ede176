//! The OpenAPI document and the Swagger UI that shows it, both from the binary.

use std::sync::Arc;

use poem::http::header;
use poem::{IntoResponse, Response};
use poem_openapi::OpenApiService;
use serde_json::{Value, json};

use super::error::Reason;
use super::introspect::IntrospectionApi;
use super::ops::OperationsApi;
use super::token::{CONVERT_TOKEN, TOKEN_EXCHANGE, TokenApi};
use super::well_known::WellKnownApi;
use crate::crypto::random_id;

/// All endpoints, for the document.
type Api = (TokenApi, IntrospectionApi, WellKnownApi, OperationsApi);

/// Values that the document's examples show.
#[derive(Debug, Clone)]
pub(crate) struct Examples {
    /// A client ID.
    pub(crate) client_id: String,
    /// A provider's name.
    pub(crate) provider: String,
    /// A credential.
    pub(crate) id_token: String,
}

impl Default for Examples {
    fn default() -> Self {
        Self {
            client_id: "spa".to_owned(),
            provider: "google".to_owned(),
            id_token: "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.e30.c2lnbmF0dXJl".to_owned(),
        }
    }
}

/// Where examples come from: the demo makes ones that work.
pub(crate) type ExampleSource = Arc<dyn Fn() -> Examples + Send + Sync>;

/// Serves the document and the UI.
#[derive(Clone)]
pub(super) struct Docs {
    service: Arc<OpenApiService<Api, ()>>,
    page: Arc<str>,
    examples: Option<ExampleSource>,
}

fn service(server: Option<&str>) -> OpenApiService<Api, ()> {
    let api = (TokenApi, IntrospectionApi, WellKnownApi, OperationsApi);
    let service =
        OpenApiService::new(api, "countersign", env!("CARGO_PKG_VERSION")).description(DESCRIPTION);
    match server {
        Some(server) => service.server(server),
        None => service,
    }
}

/// What the document says first.
const DESCRIPTION: &str = "Exchanges the credential of a social or OpenID provider for a \
    short-lived JWT, which APIs verify offline by `/.well-known/jwks.json`.\n\n\
    Every failure is JSON: `error`, `error_description`, `reason`. The schema `Reason`, below, \
    lists the reasons with what each means.";

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
fn document(service: &OpenApiService<Api, ()>, examples: &Examples) -> Value {
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
    ] {
        let path = format!("/components/schemas/{schema}/properties/{property}");
        if let Some(Value::Object(property)) = document.pointer_mut(&path) {
            property.insert("example".to_owned(), example.into());
        }
    }
    if let Some(Value::Object(reason)) = document.pointer_mut("/components/schemas/Reason") {
        reason.insert("description".to_owned(), reasons().into());
    }
    for schema in ["TokenRequest", "ConvertRequest", "IntrospectionRequest"] {
        leave_out_the_rest(&mut document, schema);
    }
    add_own_paths(&mut document);
    document
}

/// Adds the paths that serve the document itself, which are none of the APIs'.
fn add_own_paths(document: &mut Value) {
    let Some(Value::Object(paths)) = document.get_mut("paths") else { return };
    for (path, id, summary, content_type) in [
        ("/docs", "docs", "Swagger UI", "text/html; charset=utf-8"),
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

impl Docs {
    /// Makes the UI for a service whose paths start with `base`.
    pub(super) fn new(base: &str, examples: Option<ExampleSource>) -> Self {
        let service = service(Some(if base.is_empty() { "/" } else { base }));
        let page = service.swagger_ui_html().replace(&service.spec(), SPEC_PLACE);
        // The page's own two scripts; the bundle has the word in its texts, too.
        let page = SCRIPTS.iter().fold(page, |page, rest| {
            let with_nonce = format!("<script nonce=\"{NONCE_PLACE}\"{rest}");
            page.replacen(&format!("<script{rest}"), &with_nonce, 1)
        });
        let page = format!("<!DOCTYPE html>\n{}", page.trim_start());
        Self { service: Arc::new(service), page: page.into(), examples }
    }

    fn document(&self) -> Value {
        let examples = self.examples.as_ref().map(|make| make()).unwrap_or_default();
        document(&self.service, &examples)
    }

    /// Answers the document as JSON.
    pub(super) fn json(&self) -> Response {
        Response::builder()
            .content_type("application/json")
            .body(format!("{:#}\n", self.document()))
    }

    /// Answers the document as YAML.
    pub(super) fn yaml(&self) -> Response {
        let text = serde_yaml::to_string(&self.document()).unwrap_or_default();
        Response::builder().content_type("application/yaml").body(text)
    }

    /// Answers the page, which may load and call nothing but this service.
    pub(super) fn page(&self) -> Response {
        let Ok(nonce) = random_id() else {
            return super::error::ApiError::of_status(
                poem::http::StatusCode::INTERNAL_SERVER_ERROR,
            )
            .into_response();
        };
        // A closing tag in a text would end the script.
        let spec = self.document().to_string().replace("</", "<\\/");
        let page = self.page.replace(NONCE_PLACE, &nonce).replace(SPEC_PLACE, &spec);
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; \
             img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'"
        );
        Response::builder()
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_SECURITY_POLICY, policy)
            .body(page)
    }
}

/// How the two script tags of the page go on.
const SCRIPTS: [&str; 2] = [" charset=", ">\n    let spec"];
/// Stands for the document in the page.
const SPEC_PLACE: &str = "__COUNTERSIGN_SPEC__";
/// Stands for the nonce of the Content-Security-Policy in the page.
const NONCE_PLACE: &str = "__COUNTERSIGN_NONCE__";
