//! What every provider keeps: its apps, the codes and access tokens that it gave out, and to whom.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::support::keys::{base64url, hex, sha256};

/// An app that is registered with a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Registered {
    /// Its client ID.
    pub(super) client_id: &'static str,
    /// Its secret; apps on a device have none.
    pub(super) secret: Option<&'static str>,
}

/// Whether an access token or a code still counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// It does.
    Good,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

/// What an access token stands for.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    /// The app that it was issued to.
    pub(crate) client_id: &'static str,
    /// What it allows, separated by spaces.
    pub(crate) scope: &'static str,
    /// Whether it still counts.
    pub(crate) life: Life,
}

/// What an authorization code stands for.
#[derive(Debug, Clone)]
pub(crate) struct Authorization {
    /// The app that asked.
    pub(crate) client_id: &'static str,
    /// Where the code was sent.
    pub(crate) redirect_uri: &'static str,
    /// What was asked for, separated by spaces.
    pub(crate) scope: &'static str,
    /// The S256 challenge (RFC 7636 §4.2), if there was one.
    pub(crate) code_challenge: Option<String>,
    /// The nonce (OpenID Connect Core §3.1.2.1), if there was one.
    pub(crate) nonce: Option<String>,
    /// Whether the code still counts.
    pub(crate) life: Life,
}

impl Grant {
    /// Tells whether it allows something.
    pub(super) fn allows(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|allowed| allowed == scope)
    }

    /// Returns what it allows with something else between.
    pub(super) fn scope_joined(&self, separator: &str) -> String {
        self.scope.replace(' ', separator)
    }
}

/// What is sent to redeem a code.
#[derive(Debug)]
pub(super) struct Attempt {
    /// The app that redeems, after it proved who it is.
    pub(super) client_id: &'static str,
    /// The code.
    pub(super) code: Option<String>,
    /// Where it was sent, as the app says.
    pub(super) redirect_uri: Option<String>,
    /// The verifier (RFC 7636 §4.5).
    pub(super) code_verifier: Option<String>,
}

/// Why a code was not redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no such code, or not for this app, or not any longer.
    Unknown,
    /// It was redeemed before.
    Used,
    /// It was sent elsewhere.
    RedirectUri,
    /// There was a challenge, and no verifier that fits.
    Verifier,
}

/// What a provider keeps.
#[derive(Debug)]
pub(super) struct Ledger {
    apps: &'static [Registered],
    given: Mutex<Given>,
}

#[derive(Debug, Default)]
struct Given {
    tokens: HashMap<String, Grant>,
    codes: HashMap<String, (Authorization, bool)>,
}

impl Ledger {
    /// Makes the ledger of a provider with these apps.
    pub(super) fn new(apps: &'static [Registered]) -> Self {
        Self { apps, given: Mutex::default() }
    }

    /// Returns the app of a client ID.
    pub(super) fn app(&self, client_id: &str) -> Option<Registered> {
        self.apps.iter().find(|app| app.client_id == client_id).copied()
    }

    /// Gives out an access token.
    pub(super) fn issue(&self, prefix: &str, grant: Grant) -> String {
        let mut given = self.given.lock().unwrap();
        let token = unguessable(prefix, "token", given.tokens.len());
        given.tokens.insert(token.clone(), grant);
        token
    }

    /// Gives out a code.
    pub(super) fn authorize(&self, prefix: &str, authorization: Authorization) -> String {
        let mut given = self.given.lock().unwrap();
        let code = unguessable(prefix, "code", given.codes.len());
        given.codes.insert(code.clone(), (authorization, false));
        code
    }

    /// Returns what an access token stands for, whether it counts or not.
    pub(super) fn grant(&self, token: &str) -> Option<Grant> {
        self.given.lock().unwrap().tokens.get(token).cloned()
    }

    /// Returns what an access token stands for, if it counts.
    pub(super) fn good(&self, token: &str) -> Option<Grant> {
        self.grant(token).filter(|grant| grant.life == Life::Good)
    }

    /// Redeems a code, which works once.
    pub(super) fn redeem(&self, attempt: &Attempt) -> Result<Authorization, Refusal> {
        let mut given = self.given.lock().unwrap();
        let code = attempt.code.as_deref().unwrap_or_default();
        let (authorization, used) = given.codes.get_mut(code).ok_or(Refusal::Unknown)?;
        attempt.check(authorization)?;
        if std::mem::replace(used, true) {
            return Err(Refusal::Used);
        }
        Ok(authorization.clone())
    }
}

impl Attempt {
    fn check(&self, authorization: &Authorization) -> Result<(), Refusal> {
        if authorization.client_id != self.client_id || authorization.life != Life::Good {
            return Err(Refusal::Unknown);
        }
        if self.redirect_uri.as_deref() != Some(authorization.redirect_uri) {
            return Err(Refusal::RedirectUri);
        }
        let Some(challenge) = &authorization.code_challenge else { return Ok(()) };
        let verifier = self.code_verifier.as_deref().filter(|verifier| is_verifier(verifier));
        let fits = verifier.is_some_and(|verifier| *challenge == base64url(sha256(verifier)));
        if fits { Ok(()) } else { Err(Refusal::Verifier) }
    }
}

/// Tells whether it has the form of RFC 7636 §4.1.
fn is_verifier(text: &str) -> bool {
    let is_unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    (43..=128).contains(&text.len()) && text.chars().all(is_unreserved)
}

fn unguessable(prefix: &str, kind: &str, number: usize) -> String {
    let mut text = hex(sha256(format!("{prefix} {kind} {number}")));
    text.truncate(36);
    format!("{prefix}{text}")
}
