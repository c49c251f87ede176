//! What a benchmark calls: the parts of a service, wired as `server` wires them. No part of the
//! program.

use std::fmt;
use std::sync::Arc;

use poem::{Request, Response};

use crate::client::Client;
use crate::clock::Clock;
use crate::config::Config;
use crate::http::{Face, State, public};
use crate::issuer::{Exchange, WantedScope};
use crate::jose::{CompactJws, UnverifiedJws};
use crate::keys::SigningKeys;
use crate::provider::{Answers, Provider};
use crate::secret::Secret;
use crate::server::{StartError, parts, wire};
use crate::telemetry::Span;
use crate::token::IssuedToken;
use crate::user_id::UserId;
use crate::verify::{Content, Credential, VerifiedIdentity};

/// A whole service, but for its listener and what looks after it in the background.
#[derive(Debug)]
pub struct Bench {
    state: Arc<State>,
    face: Face,
    client: Arc<Client>,
    provider: Arc<Provider>,
}

/// A compact JWS that was taken apart.
#[derive(Debug)]
pub struct Compact<'a>(CompactJws<'a>);

/// A compact JWS that was read.
#[derive(Debug)]
pub struct Parsed<'a>(UnverifiedJws<'a>);

/// A credential with who sends it.
#[derive(Debug)]
pub struct Order(Exchange);

/// A token of ours.
pub struct Token(IssuedToken);

impl Token {
    /// Returns the compact JWS.
    pub fn jwt(&self) -> &str {
        self.0.jwt.expose()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Bench {
    /// Makes a service of a configuration, with the first client and the first provider to call
    /// it with.
    ///
    /// # Errors
    ///
    /// [`StartError`] when there is no key that may sign, no client or no provider.
    pub fn new(config: &Config) -> Result<Self, StartError> {
        let keys = SigningKeys::load(config.keys.clone(), Clock::System)?;
        let state = Arc::new(wire(config, keys, Clock::System)?.state);
        let face = public(parts(config, &state));
        let none = || StartError::Outbound("no client, or no provider".to_owned());
        let client = config.clients.iter().next().cloned().ok_or_else(none)?;
        let provider = config.providers.iter().next().cloned().ok_or_else(none)?;
        Ok(Self { state, face, client, provider })
    }

    /// Makes the order of an exchange of this ID token, as the public face makes it.
    pub fn order(&self, id_token: &str) -> Order {
        let content = Content::IdToken(Secret::new(id_token));
        Order(Exchange {
            client: Arc::clone(&self.client),
            provider: Some(self.provider.id.as_str().to_owned()),
            credential: Credential { content, nonce: None },
            audience: Vec::new(),
            scope: WantedScope::All,
            span: Span::default(),
        })
    }

    /// Takes a compact JWS apart; nothing when it is none.
    pub fn decode<'a>(&self, id_token: &'a str) -> Option<Compact<'a>> {
        CompactJws::decode(id_token).ok().map(Compact)
    }

    /// Reads a compact JWS; nothing when it is none.
    pub fn parse<'a>(&self, compact: &'a Compact<'_>) -> Option<Parsed<'a>> {
        UnverifiedJws::parse(&compact.0).ok().map(Parsed)
    }

    /// Verifies an ID token; nothing when it is refused.
    pub async fn verify(&self, order: &Order) -> Option<VerifiedIdentity> {
        let (name, credential) = (order.0.provider.as_deref(), &order.0.credential);
        self.state
            .issuer
            .verifier
            .verify(&self.provider, name, credential, &order.0.span)
            .await
            .ok()
    }

    /// Reads the profile out of an ID token's claims and derives the user's ID.
    pub fn map(&self, parsed: &Parsed<'_>, identity: &VerifiedIdentity) -> impl fmt::Debug + use<> {
        let rules = self.provider.id_token.as_ref();
        let answers = Answers::of(parsed.0.unverified_claims());
        let profile = rules.map(|rules| rules.claims.read(&answers));
        (profile, UserId::derive(identity, &self.state.issuer.subject_mode))
    }

    /// Signs a token for a person; nothing when no key may sign.
    pub fn sign(&self, identity: &VerifiedIdentity) -> Option<Token> {
        let scope = self.client.scopes.join(" ");
        self.state.issuer.sign(&self.client, identity, &self.client.audience, scope).ok().map(Token)
    }

    /// Exchanges an ID token for one of ours; nothing when it is refused.
    pub async fn exchange(&self, order: &Order) -> Option<Token> {
        let plan = self.state.issuer.plan(&order.0).ok()?;
        self.state.issuer.issue(&order.0, plan).await.ok().map(|(token, _)| Token(token))
    }

    /// Answers a request to the public face, all around it included but for the rate limit, which needs
    /// a listener.
    pub async fn answer(&self, request: Request) -> Response {
        self.face.answer(request).await
    }
}
