//! Why a call brings nothing: for the log and for operators, never for callers.

use std::error::Error;
use std::iter::successors;

use super::MAX_BODY;
use super::resolver::Elsewhere;

/// Longest text of a cause that is kept, in characters.
const SHOWN: usize = 200;

/// Why a call brought nothing. Never holds anything of the answer's body, nor the address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutboundError {
    /// The settings make no client.
    #[error("{0}")]
    Settings(String),
    /// No connection, or it broke; says why.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// Not done in time.
    #[error("no answer in time")]
    TimedOut,
    /// The name leads to where nobody but the operator may send us.
    #[error(transparent)]
    Elsewhere(#[from] Elsewhere),
    /// A redirect, which is never followed: it could lead anywhere.
    #[error("answered with a redirect, which is not followed")]
    Redirect(u16),
    /// Another status than 200.
    #[error("answered with status {0}")]
    Status(u16),
    /// More than the limit.
    #[error("the answer is longer than {MAX_BODY} bytes")]
    TooLarge,
    /// Not what the standard says.
    #[error("{0}")]
    Malformed(&'static str),
}

impl OutboundError {
    /// Returns the cause in one word, for a metric's label.
    pub(in crate::verify) fn name(&self) -> &'static str {
        match self {
            Self::Settings(_) => "settings",
            Self::NoAnswer(_) => "no_answer",
            Self::TimedOut => "timed_out",
            Self::Elsewhere(_) => "not_public",
            Self::Redirect(_) => "redirect",
            Self::Status(_) => "status",
            Self::TooLarge => "too_large",
            Self::Malformed(_) => "malformed",
        }
    }
}

/// Finds the cause of a failure: what was refused, that it took too long, or what broke first.
pub(super) fn failed(error: &reqwest::Error) -> OutboundError {
    let causes = || successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source());
    if let Some(elsewhere) = causes().find_map(<dyn Error>::downcast_ref::<Elsewhere>) {
        return elsewhere.clone().into();
    }
    if error.is_timeout() {
        return OutboundError::TimedOut;
    }
    // The outermost names the address, in which a credential may stand.
    let cause = causes().last().map(ToString::to_string).unwrap_or_default();
    let printable = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    OutboundError::NoAnswer(cause.chars().take(SHOWN).map(printable).collect())
}
