//! What stands between CORS and the handlers: the rate limit, the deadline, and the shape of the
//! framework's failures. Inside CORS, so that a page can read why it is refused.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, IntoResponse as _, Request, Response};

use super::error::{ApiError, ErrorCode, Reason};
use super::face::shaped;
use super::routes::Routes;
use super::state::State;
use crate::verify::within;

/// How long a request may take from its headers to its answer, the body and the provider
/// included.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
/// When to try again after a request that took too long.
const RETRY_TIMED_OUT: Duration = Duration::from_secs(5);

/// The handlers with their limits.
pub(super) struct Guard {
    pub(super) routes: Routes,
    pub(super) state: Arc<State>,
}

impl Endpoint for Guard {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        if request.method() != Method::POST {
            // Reading a key set costs next to nothing: it is not counted, and goes on whatever
            // else there is to do. What costs more counts itself.
            return Ok(self.answer(request).await);
        }
        let client = self.state.count(&request)?;
        self.state.admission.check().await?;
        let response = self.answer(request).await;
        if let Some(Reason::ProviderRejected) = response.data() {
            self.state.charge(client);
        }
        Ok(response)
    }
}

impl Guard {
    /// Answers in time. What panics is one request and nothing else.
    ///
    /// No `async fn`: it would keep the request beside what the request was handed to, and be moved
    /// about with it.
    fn answer(&self, mut request: Request) -> impl Future<Output = Response> + Send {
        request.set_data(Arc::clone(&self.state));
        let mut answered = AssertUnwindSafe(self.routes.answer(request)).catch_unwind();
        async move {
            match within(DEADLINE, Pin::new(&mut answered)).await {
                Some(Ok(result)) => shaped(result.unwrap_or_else(poem::Error::into_response)),
                Some(Err(_)) => {
                    ApiError::of_status(StatusCode::INTERNAL_SERVER_ERROR).into_response()
                }
                None => timed_out(),
            }
        }
    }
}

/// Says that a request took too long.
pub(super) fn out_of_time() -> ApiError {
    let description = "the request was not received and answered in time";
    let error = ApiError::new(ErrorCode::TemporarilyUnavailable, Reason::TimedOut, description);
    error.retry_after(RETRY_TIMED_OUT)
}

/// The connection is closed, since the rest of the request may still come.
fn timed_out() -> Response {
    let mut response = out_of_time().into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
