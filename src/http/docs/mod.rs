//! The OpenAPI document and the Swagger UI that shows it, both from the binary.

mod document;
mod providers;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use poem::Response;
use poem::http::header;

use crate::crypto::{base64, sha256};
pub(crate) use document::{Examples, openapi_json, openapi_yaml};
use document::{document, service};

/// Where examples come from: the demo makes ones that work.
pub(crate) type ExampleSource = Arc<dyn Fn() -> Examples + Send + Sync>;

/// Serves the document and the UI. They are made when somebody asks for the first time, and shared by
/// all who ask after: most replicas are never asked, and the page has more than a megabyte. In the demo
/// the examples do not last, and each is made anew.
pub(super) struct Docs {
    base: String,
    examples: Option<ExampleSource>,
    rendered: ArcSwapOption<Rendered>,
    providers: ArcSwapOption<Bytes>,
}

struct Rendered {
    json: Bytes,
    yaml: Bytes,
    page: Bytes,
    policy: Arc<str>,
}

impl Docs {
    /// Makes the UI for a service whose paths start with `base`.
    pub(super) fn new(base: &str, examples: Option<ExampleSource>) -> Self {
        let base = if base.is_empty() { "/" } else { base }.to_owned();
        Self { base, examples, rendered: ArcSwapOption::empty(), providers: ArcSwapOption::empty() }
    }

    fn current(&self) -> Arc<Rendered> {
        match &self.examples {
            Some(make) => render(&self.base, &make()).into(),
            None => kept(&self.rendered, || render(&self.base, &Examples::default())),
        }
    }

    /// Answers the document as JSON.
    pub(super) fn json(&self) -> Response {
        Response::builder().content_type("application/json").body(self.current().json.clone())
    }

    /// Answers the document as YAML.
    pub(super) fn yaml(&self) -> Response {
        Response::builder().content_type("application/yaml").body(self.current().yaml.clone())
    }

    /// Answers the catalogue of providers, a page that has no script at all.
    pub(super) fn providers(&self) -> Response {
        Response::builder()
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_SECURITY_POLICY, providers::POLICY)
            .body(kept(&self.providers, || providers::page().into()).as_ref().clone())
    }

    /// Answers the page, which may load and call nothing but this service.
    pub(super) fn page(&self) -> Response {
        let current = self.current();
        Response::builder()
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_SECURITY_POLICY, &*current.policy)
            .body(current.page.clone())
    }
}

/// Returns what was made before, or makes it. Those who come first at the same time may each make it.
fn kept<T>(place: &ArcSwapOption<T>, make: impl FnOnce() -> T) -> Arc<T> {
    place.load_full().unwrap_or_else(|| {
        let document = Arc::new(make());
        place.store(Some(Arc::clone(&document)));
        document
    })
}

fn render(base: &str, examples: &Examples) -> Rendered {
    let service = service(Some(base));
    let document = document(&service, examples);
    // A closing tag in a text would end the script.
    let shown = document.to_string().replace("</", "<\\/");
    let page = service.swagger_ui_html().replace(&service.spec(), &shown);
    let page = format!("<!DOCTYPE html>\n{}", page.trim_start());
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
