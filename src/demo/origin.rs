//! The origins of pages other than the demo's that may use it: those of an app under development.

use std::str::FromStr;

use crate::provider::WebUrl;

/// The paths below an origin to which the provider sends people back.
const PATHS: [&str; 2] = ["/", "/callback"];

/// The origin of a page on this machine, as browsers send it (RFC 6454 §6.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoopbackOrigin(String);

/// Why a text is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoLoopbackOrigin {
    /// It is something else, or on another machine.
    #[error(
        "the demo is for loopback only; expected http or https, localhost or a loopback address, \
         and the port, for instance http://localhost:5173"
    )]
    Elsewhere,
    /// Browsers write it otherwise: without a path, or without the usual port.
    #[error("expected {0}, as browsers send it")]
    Inexact(String),
}

impl FromStr for LoopbackOrigin {
    type Err = NoLoopbackOrigin;

    fn from_str(text: &str) -> Result<Self, NoLoopbackOrigin> {
        let url = WebUrl::parse(text).ok().filter(WebUrl::is_loopback);
        let url = url.ok_or(NoLoopbackOrigin::Elsewhere)?;
        let exact = url.as_url().origin().ascii_serialization();
        if exact == text { Ok(Self(exact)) } else { Err(NoLoopbackOrigin::Inexact(exact)) }
    }
}

impl LoopbackOrigin {
    /// Returns it as text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns where its pages may be sent a code to.
    pub(super) fn redirect_uris(&self) -> [String; 2] {
        PATHS.map(|path| format!("{}{path}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_on_loopback_and_written_as_browsers_write_it() {
        let parse = str::parse::<LoopbackOrigin>;
        for good in [
            "http://localhost:5173",
            "https://localhost",
            "http://127.0.0.2:3000",
            "http://[::1]:1",
        ] {
            assert_eq!(parse(good).unwrap().as_str(), good);
        }
        for (wrong, exact) in [
            ("http://localhost:5173/", "http://localhost:5173"),
            ("http://localhost:5173/callback", "http://localhost:5173"),
            ("HTTP://LocalHost:5173", "http://localhost:5173"),
            ("http://localhost:80", "http://localhost"),
            ("http://127.1:3000", "http://127.0.0.1:3000"),
        ] {
            assert_eq!(parse(wrong), Err(NoLoopbackOrigin::Inexact(exact.to_owned())), "{wrong}");
        }
        for wrong in [
            "",
            "*",
            "null",
            "localhost:5173",
            "ws://localhost:5173",
            "http://user@localhost:5173",
            "https://app.example.com",
            "http://192.168.0.2:5173",
            "http://localhost.example.com:5173",
        ] {
            assert_eq!(parse(wrong), Err(NoLoopbackOrigin::Elsewhere), "{wrong}");
        }
    }
}
