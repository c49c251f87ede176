//! The body of a request: all of it or nothing, never more than fits, and not for ever.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use http_body_util::combinators::BoxBody;
use poem::http::header;
use poem::{Request, RequestBody};

use super::error::{ApiError, ErrorCode, Reason};
use super::form::invalid;
use super::guard::out_of_time;
use super::line::{Doing, Line};
use super::state::State;
use crate::secret::SecretBytes;
use crate::verify::within;

/// How long a body may take to come.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Reads the body of a request.
///
/// # Errors
///
/// 413 when it is longer than may be, 400 when it breaks off, 503 when it takes too long.
pub(super) async fn read(
    request: &Request,
    body: &mut RequestBody,
) -> Result<SecretBytes, ApiError> {
    let limit = request.data::<Arc<State>>().map_or(0, |state| state.body_limit);
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let body = body.take().map_err(|_| invalid("the body was read before"))?;
    let received = pin!(whole(body.into(), (announced.unwrap_or(0), limit)));
    let received = within(TIMEOUT, received).await;
    if let Some(line) = request.data::<Arc<Line>>() {
        line.begins(Doing::Answering);
    }
    received.unwrap_or_else(|| Err(out_of_time()))
}

/// Most room that is made for a body before any of it is there, in bytes: for all but the largest.
const ROOM: usize = 16 * 1024;

/// Reads what comes, piece by piece.
async fn whole(
    mut body: BoxBody<Bytes, io::Error>,
    (announced, limit): (usize, usize),
) -> Result<SecretBytes, ApiError> {
    let mut bytes = SecretBytes::with_room(announced.min(ROOM));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| invalid("the body broke off"))?;
        // Trailers are nothing that is read.
        let Ok(piece) = frame.into_data() else { continue };
        if bytes.expose().len() + piece.len() > limit {
            return Err(too_large(limit));
        }
        bytes.append(&piece);
    }
    Ok(bytes)
}

fn too_large(limit: usize) -> ApiError {
    let description = format!("the body is longer than {limit} bytes");
    ApiError::new(ErrorCode::InvalidRequest, Reason::TooLarge, description)
}
