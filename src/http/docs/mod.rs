//! The OpenAPI document and the Swagger UI that shows it, both from the binary.

mod document;
mod providers;

use std::sync::Arc;

use bytes::Bytes;
use poem::Response;
use poem::http::header;
use poem_openapi::OpenApiService;

use crate::crypto::{base64, sha256};
use document::{Api, document, service};
pub(crate) use document::{Examples, openapi_json, openapi_yaml};

/// Where examples come from: the demo makes ones that work.
pub(crate) type ExampleSource = Arc<dyn Fn() -> Examples + Send + Sync>;

/// Serves the document and the UI. What is served is made once and shared by all who ask, but in
/// the demo, whose examples do not last.
#[derive(Clone)]
pub(super) struct Docs {
    service: Arc<OpenApiService<Api, ()>>,
    template: Arc<str>,
    examples: Option<ExampleSource>,
    rendered: Rendered,
    providers: Bytes,
}

#[derive(Clone)]
struct Rendered {
    json: Bytes,
    yaml: Bytes,
    page: Bytes,
    policy: Arc<str>,
}

/// Stands for the document in the page.
const SPEC_PLACE: &str = "__COUNTERSIGN_SPEC__";

impl Docs {
    /// Makes the UI for a service whose paths start with `base`.
    pub(super) fn new(base: &str, examples: Option<ExampleSource>) -> Self {
        let service = service(Some(if base.is_empty() { "/" } else { base }));
        let page = service.swagger_ui_html().replace(&service.spec(), SPEC_PLACE);
        let template: Arc<str> = format!("<!DOCTYPE html>\n{}", page.trim_start()).into();
        let rendered = render(&service, &template, &Examples::default());
        let providers = providers::page().into();
        Self { service: Arc::new(service), template, examples, rendered, providers }
    }

    fn current(&self) -> Rendered {
        match &self.examples {
            Some(make) => render(&self.service, &self.template, &make()),
            None => self.rendered.clone(),
        }
    }

    /// Answers the document as JSON.
    pub(super) fn json(&self) -> Response {
        Response::builder().content_type("application/json").body(self.current().json)
    }

    /// Answers the document as YAML.
    pub(super) fn yaml(&self) -> Response {
        Response::builder().content_type("application/yaml").body(self.current().yaml)
    }

    /// Answers the catalogue of providers, a page that has no script at all.
    pub(super) fn providers(&self) -> Response {
        Response::builder()
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_SECURITY_POLICY, providers::POLICY)
            .body(self.providers.clone())
    }

    /// Answers the page, which may load and call nothing but this service.
    pub(super) fn page(&self) -> Response {
        let Rendered { page, policy, .. } = self.current();
        Response::builder()
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_SECURITY_POLICY, &*policy)
            .body(page)
    }
}

fn render(service: &OpenApiService<Api, ()>, template: &str, examples: &Examples) -> Rendered {
    let document = document(service, examples);
    // A closing tag in a text would end the script.
    let page = template.replace(SPEC_PLACE, &document.to_string().replace("</", "<\\/"));
    let policy = format!(
        "default-src 'none'; script-src {}; style-src 'unsafe-inline'; img-src data:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        script_hashes(&page)
    );
    Rendered {
        json: format!("{document:#}\n").into(),
        yaml: serde_yaml::to_string(&document).unwrap_or_default().into(),
        page: page.into(),
        policy: policy.into(),
    }
}

/// Names the page's scripts by their hashes (CSP Level 3 §2.3.1): no other one runs.
fn script_hashes(page: &str) -> String {
    let scripts = page.split("</script>").filter_map(|part| {
        // The bundle has the word in its texts, too: the tag is the first one.
        let (_, script) = part.split_once("<script")?;
        script.split_once('>').map(|(_, script)| script)
    });
    let hash = |script: &str| format!("'sha256-{}'", base64(&sha256(script.as_bytes())));
    scripts.map(hash).collect::<Vec<_>>().join(" ")
}
