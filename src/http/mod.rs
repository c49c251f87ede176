//! The face: every path, and what stands around all of them. poem and poem-openapi are at home
//! here (`server` names poem to listen, `demo` for its page); nothing about credentials is decided.

mod admission;
mod authentication;
mod body;
mod docs;
mod error;
mod face;
mod form;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod guard;
mod introspect;
mod limit;
mod line;
mod ops;
mod proxies;
mod report;
mod routes;
mod secret_text;
mod state;
mod token;
mod well_known;
mod written;

use std::sync::Arc;

use poem::endpoint::{BoxEndpoint, make_sync};
use poem::http::{HeaderName, Method, header};
use poem::middleware::{Cors, CorsEndpoint};
use poem::{EndpointExt as _, Middleware as _, Response};

pub(crate) use admission::Admission;
pub(crate) use docs::{ExampleSource, Examples, openapi_json, openapi_yaml};
pub(crate) use error::Grant;
pub(crate) use face::Face;
pub(crate) use guard::DEADLINE;
pub(crate) use limit::RateLimit;
pub(crate) use line::{Doing, Line};
pub(crate) use proxies::Proxies;
pub(crate) use report::{CheckOutcome, Report};
pub(crate) use state::State;
pub(crate) use well_known::Addresses;

use face::RequestIds;
use guard::Guard;
use routes::Routes;

/// How long a browser may keep what a preflight said, in seconds.
const PREFLIGHT_MAX_AGE: i32 = 600;
/// A header of the service's own: which request an answer or a log line belongs to.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What pages that are traced send along (W3C Trace Context §3.2, §3.3).
const TRACE_CONTEXT: [HeaderName; 2] =
    [HeaderName::from_static("traceparent"), HeaderName::from_static("tracestate")];

/// What the face is made of.
pub(crate) struct Parts {
    /// What handlers share.
    pub(crate) state: Arc<State>,
    /// The path of our issuer, without a slash at the end; everything is served below it too.
    pub(crate) base: String,
    /// Whether operators' paths are here or on a listener of their own.
    pub(crate) with_operations: bool,
    /// Examples that work, in the demo.
    pub(crate) examples: Option<ExampleSource>,
    /// The demo's own paths: `/` and all below `/demo/`.
    pub(crate) demo: Option<BoxEndpoint<'static>>,
}

/// Every path that the public may use.
pub(crate) fn public(parts: Parts) -> Face {
    let docs = docs::Docs::new(&parts.base, parts.examples);
    let api = (
        token::TokenApi,
        token::ExplainApi,
        introspect::IntrospectionApi,
        well_known::WellKnownApi,
    );
    let routes = with_docs(&Arc::new(docs), Routes::of(api));
    let routes =
        if parts.with_operations { routes.with(ops::OperationsApi::public()) } else { routes };
    let allowed = routes.allowed();
    let inner = around(routes, &parts.state);
    let origins = parts.state.origins();
    let cors = || {
        Cors::new()
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, X_REQUEST_ID])
            .allow_headers(TRACE_CONTEXT)
            .max_age(PREFLIGHT_MAX_AGE)
    };
    let anyone = cors().allow_headers([header::IF_NONE_MATCH]).allow_origins_fn(|_| true);
    let exact = cors().allow_origins_fn(move |origin| origins.contains(origin));
    Face {
        anyone: anyone.transform(Arc::clone(&inner)),
        exact: exact.transform(Arc::clone(&inner)),
        inner,
        demo: parts.demo,
        request_ids: RequestIds::new(),
        base: parts.base,
        allowed,
    }
}

/// The operators' paths alone, for a listener of their own.
pub(crate) fn operations(state: &Arc<State>) -> Face {
    let routes = Routes::of(ops::OperationsApi::inside());
    let allowed = routes.allowed();
    let inner = around(routes, state);
    let nobody = || Cors::new().allow_origins_fn(|_| false);
    Face {
        anyone: nobody().transform(Arc::clone(&inner)),
        exact: nobody().transform(Arc::clone(&inner)),
        inner,
        demo: None,
        request_ids: RequestIds::new(),
        base: String::new(),
        allowed,
    }
}

/// What the two kinds of CORS are put around.
type Inner = Arc<Guard>;
/// The routes with CORS around them.
type WithCors = CorsEndpoint<Inner>;

fn around(routes: Routes, state: &Arc<State>) -> Inner {
    Arc::new(Guard { routes, state: Arc::clone(state) })
}

fn with_docs(docs: &Arc<docs::Docs>, routes: Routes) -> Routes {
    let answers = [
        ("/docs", docs::Docs::page as fn(&docs::Docs) -> Response),
        ("/docs/providers", docs::Docs::providers),
        ("/openapi.json", docs::Docs::json),
        ("/openapi.yaml", docs::Docs::yaml),
    ];
    answers.into_iter().fold(routes, |routes, (path, answer)| {
        let docs = Arc::clone(docs);
        routes.at(path, make_sync(move |_| answer(&docs)).boxed())
    })
}
