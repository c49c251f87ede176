//! Which endpoint answers a path and a method. None of our paths has a part that varies, so a
//! look-up is all there is to it: poem's tree builds a pattern and an address anew for each request,
//! which costs more than most handlers do.

use std::collections::{BTreeMap, HashMap};
use std::future::ready;
use std::pin::Pin;

use futures_util::TryFutureExt as _;
use poem::endpoint::BoxEndpoint;
use poem::error::{MethodNotAllowedError, NotFoundError};
use poem::http::{HeaderValue, Method, StatusCode};
use poem::{Request, Response};
use poem_openapi::OpenApi;

use super::form::decode;

/// The endpoints.
#[derive(Default)]
pub(super) struct Routes(BTreeMap<String, Path>);

/// What is at one path, and how `Allow` names it (RFC 9110 §10.2.1).
struct Path {
    endpoints: HashMap<Method, BoxEndpoint<'static>>,
    allowed: HeaderValue,
}

impl Path {
    fn new(endpoints: HashMap<Method, BoxEndpoint<'static>>) -> Self {
        let names = endpoints.keys().flat_map(|method| match *method {
            Method::GET => vec!["GET", "HEAD"],
            ref other => vec![other.as_str()],
        });
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        let names = names.join(", ");
        let allowed = HeaderValue::from_str(&names);
        Self { endpoints, allowed: allowed.unwrap_or_else(|_| HeaderValue::from_static("")) }
    }
}

impl Routes {
    /// Makes them of an API.
    pub(super) fn of(api: impl OpenApi) -> Self {
        Self::default().with(api)
    }

    /// Adds every path of an API.
    pub(super) fn with(mut self, api: impl OpenApi) -> Self {
        let mut paths = HashMap::new();
        api.add_routes(&mut paths);
        self.0.extend(paths.into_iter().map(|(path, methods)| (path, Path::new(methods))));
        self
    }

    /// Adds what a GET of a path answers.
    pub(super) fn at(mut self, path: &str, endpoint: BoxEndpoint<'static>) -> Self {
        self.0.insert(path.to_owned(), Path::new(HashMap::from([(Method::GET, endpoint)])));
        self
    }

    /// Returns the methods that each path takes, for `Allow`.
    pub(super) fn allowed(&self) -> BTreeMap<String, HeaderValue> {
        self.0.iter().map(|(path, it)| (path.clone(), it.allowed.clone())).collect()
    }
}

/// What an endpoint is about to answer.
pub(super) type Answering<'a> = Pin<Box<dyn Future<Output = poem::Result<Response>> + Send + 'a>>;

impl Routes {
    /// Hands a request to its endpoint.
    pub(super) fn answer(&self, mut request: Request) -> Answering<'_> {
        let asked = request.uri().path();
        let Some(path) = self.0.get(asked) else { return unknown(asked) };
        if let Some(endpoint) = path.endpoints.get(request.method()) {
            return endpoint.as_ref().call(request);
        }
        let endpoint =
            path.endpoints.get(&Method::GET).filter(|_| *request.method() == Method::HEAD);
        let Some(endpoint) = endpoint else { return refused(MethodNotAllowedError) };
        request.set_method(Method::GET);
        let answered = endpoint.as_ref().call(request);
        Box::pin(answered.map_ok(|mut response| {
            response.set_body(());
            response
        }))
    }
}

/// Says that nothing is at a path, or that it is none: its escapes are broken, or no text (RFC 3986 §2.1).
fn unknown(path: &str) -> Answering<'static> {
    if decode(path).is_none() {
        return refused(poem::Error::from_status(StatusCode::BAD_REQUEST));
    }
    refused(NotFoundError)
}

fn refused(error: impl Into<poem::Error>) -> Answering<'static> {
    Box::pin(ready(Err(error.into())))
}
