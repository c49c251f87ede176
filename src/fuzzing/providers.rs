//! What providers publish and answer, and the rows that say how that is read.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde_json::json;

use super::NOW;
use super::service::{assert_said, block_on, provider_key_set};
use crate::cli::shown;
use crate::clock::{Clock, UnixTime};
use crate::crypto::{hex, sha256};
use crate::provider::fuzzing::{addresses, built_in, load, sample};
use crate::provider::{Provider, Providers, WebUrl};
use crate::secret::Secret;
use crate::telemetry::Span;
use crate::verify::fuzzing::{
    Document, Queue, discovery as discovery_of, document, drift, verifier,
};
use crate::verify::{Code, Content, Credential, VerifiedIdentity, Verifier};

/// How every credential begins that providers are asked about: nothing may repeat it.
const TOKEN: &str = "ya29.a-credential-that-nobody-may-repeat-0123456789.";
/// What stands between two answers.
const BETWEEN: u8 = 0x1e;

/// Every built-in row with a verifier, and the answers that are still to be given.
struct Everybody {
    /// With the digests of their names.
    providers: Vec<([u8; 32], Arc<Provider>)>,
    verifier: Verifier,
    answers: Queue,
}

static EVERYBODY: LazyLock<Option<Mutex<Everybody>>> = LazyLock::new(everybody);

impl Everybody {
    /// Returns the provider whose name's digest follows next on these bytes: another row in the
    /// catalogue leaves most as they were.
    fn chosen(&self, bytes: [u8; 3]) -> Option<&Arc<Provider>> {
        let digest = |(digest, _): &&([u8; 32], Arc<Provider>)| *digest;
        let next =
            self.providers.iter().filter(|(digest, _)| digest.as_slice() >= bytes.as_slice());
        let first = || self.providers.iter().min_by_key(digest);
        next.min_by_key(digest).or_else(first).map(|(_, provider)| provider)
    }
}

fn everybody() -> Option<Mutex<Everybody>> {
    let providers = Providers::new(built_in());
    let answers = Queue::default();
    let queue = answers.clone();
    let answer = move |address: &str| published(address).or_else(|| queue.next());
    let (clock, _) = Clock::fixed(UnixTime(NOW));
    let verifier = verifier(&providers, "https://id.example.com", &clock, answer).ok()?;
    let digested = |it: &Arc<Provider>| (sha256(it.id.as_str().as_bytes()), Arc::clone(it));
    let providers = providers.iter().map(digested).collect();
    Some(Mutex::new(Everybody { providers, verifier, answers }))
}

/// What is published does not change: discovery documents, and the key sets that they name.
fn published(address: &str) -> Option<(u16, Vec<u8>)> {
    if address.ends_with("/a-key-set") {
        return Some((200, provider_key_set().to_string().into_bytes()));
    }
    let issuer = address.strip_suffix("/.well-known/openid-configuration")?;
    let document = json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/a-key-set"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "introspection_endpoint": format!("{issuer}/introspect"),
    });
    Some((200, document.to_string().into_bytes()))
}

fn with_everybody(run: impl FnOnce(&Everybody)) {
    let Some(everybody) = &*EVERYBODY else { panic!("the built-in rows do not load") };
    run(&everybody.lock().unwrap_or_else(PoisonError::into_inner));
}

/// Has a provider give answers about an access token or a code.
///
/// The first three bytes choose the row, the fourth the kind of credential; then come the answers, each
/// with a byte for its status, [`BETWEEN`] them.
pub fn provider_answer(input: &[u8]) {
    let Some((chosen, [kind, rest @ ..])) = input.split_first_chunk() else { return };
    with_everybody(|everybody| {
        let Some(provider) = everybody.chosen(*chosen) else { return };
        let answers = rest.split(|byte| *byte == BETWEEN).filter_map(|answer| {
            let (status, body) = answer.split_first()?;
            Some((status_of(*status), body.to_vec()))
        });
        everybody.answers.fill(answers);
        // A code that was refused is remembered.
        let token = format!("{TOKEN}{}", hex(&sha256(rest)));
        let secret = Secret::new(token.as_str());
        let content = match kind % 2 {
            0 => Content::AccessToken(secret),
            _ => Content::Code(Code {
                value: secret,
                redirect_uri: "https://app.example.com/callback".to_owned(),
                verifier: None,
            }),
        };
        let credential = Credential { content, nonce: None };
        match block_on(everybody.verifier.verify(provider, None, &credential, &Span::default())) {
            Ok(identity) => assert_plain(&identity, provider),
            Err(error) => assert_said(error, &[TOKEN]),
        }
    });
}

fn status_of(byte: u8) -> u16 {
    match byte {
        0..=0x7f => 200,
        0x80..=0xbf => 400 + u16::from(byte - 0x80),
        0xc0..=0xdf => 300 + u16::from(byte - 0xc0),
        0xe0..=0xff => 500 + u16::from(byte - 0xe0),
    }
}

/// Asserts what our tokens rely on.
fn assert_plain(identity: &VerifiedIdentity, provider: &Provider) {
    let subject = identity.subject().as_str();
    assert!(!subject.trim().is_empty() && subject.chars().count() <= 255, "an id is one");
    assert!(!subject.chars().any(char::is_control), "an id is printable");
    assert_eq!(identity.provider(), &provider.id, "the provider is the one that was asked");
    assert!(!identity.namespace().contains(['|', '{']), "a namespace is whole");
    let profile = identity.profile();
    assert!(profile.email.is_some() || !profile.email_verified, "no address is not verified");
    let texts = [
        &profile.email,
        &profile.name,
        &profile.given_name,
        &profile.family_name,
        &profile.preferred_username,
        &profile.picture,
        &profile.locale,
    ];
    for text in texts.into_iter().flatten() {
        assert!(!text.trim().is_empty() && text.len() <= 2048, "a text is one: {text}");
        assert!(!text.chars().any(char::is_control), "a text is printable: {text}");
    }
}

/// Reads a discovery document, and compares it with the rows. The first three bytes choose
/// whose it is.
pub fn discovery(input: &[u8]) {
    let Some((chosen, bytes)) = input.split_first_chunk() else { return };
    with_everybody(|everybody| {
        let Some(provider) = everybody.chosen(*chosen) else { return };
        let Some(discovery) = discovery_of(provider) else { return };
        let providers = Providers::new([Provider::clone(provider)]);
        let read = document(&providers, &discovery, bytes);
        if let Some(Document { issuer, addresses, texts }) = &read {
            assert!(issuer.as_ref().is_none_or(|it| *it == discovery.issuer), "its own issuer");
            for address in addresses {
                assert_callable(address);
                assert_public(address);
            }
            for text in texts {
                assert!(!text.chars().any(char::is_control), "nothing that a terminal obeys");
                assert!(text.chars().count() <= 200, "bounded");
            }
        }
        assert_eq!(document(&providers, &discovery, bytes), read, "it is read alike each time");
        for finding in block_on(drift(provider, bytes.to_vec())) {
            assert!(!finding.chars().any(char::is_control), "nothing that a terminal obeys");
        }
    });
}

/// Asserts that an address which only a provider names is no machine of ours, as far as it says.
fn assert_public(address: &WebUrl) {
    let host = address.as_url().host_str().unwrap_or_default().to_owned();
    let literal = host.trim_matches(['[', ']']).parse();
    let is_inside = |address: IpAddr| match address.to_canonical() {
        IpAddr::V4(it) => {
            it.is_private() || it.is_link_local() || it.is_loopback() || it.is_unspecified()
        }
        IpAddr::V6(it) => it.is_unique_local() || it.is_unicast_link_local() || it.is_loopback(),
    };
    assert!(host != "localhost" && !literal.is_ok_and(is_inside), "nobody is sent to {host}");
}

/// Asserts that an address is https, or http on loopback, whole, and reads the same when printed.
fn assert_callable(address: &WebUrl) {
    let text = address.to_string();
    let is_plain = address.is_loopback() && text.starts_with("http://");
    assert!(text.starts_with("https://") || is_plain, "https, or loopback: {text}");
    assert_eq!(WebUrl::parse(&text).as_ref(), Ok(address), "what is printed is read again: {text}");
    assert!(!text.contains('#') && address.as_url().username().is_empty(), "plain: {text}");
}

/// Loads rows of an operator's configuration, `[catalogue.NAME]`, and configures each.
pub fn row(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let rows = match load(text) {
        Ok(rows) => rows,
        Err(problem) => return assert!(!problem.is_empty(), "a refusal says why"),
    };
    for row in rows {
        let shown = shown(&row);
        assert!(shown.contains(&row.title), "it can be shown");
        let Some(provider) = sample(&row) else { continue };
        assert!(!provider.namespace.is_empty() && !provider.namespace.contains('|'), "a namespace");
        let plain = addresses(&provider, "a");
        plain.iter().for_each(assert_callable);
        for hostile in
            ["../x", "a@evil.test", "//evil.test", "?x", "#x", "a\r\nb", "\u{202e}", "%2e"]
        {
            let filled = addresses(&provider, hostile);
            assert_eq!(filled.len(), plain.len(), "what is filled is an address: {hostile}");
            for (plain, filled) in plain.iter().zip(&filled) {
                let origin = |url: &WebUrl| url.as_url().origin();
                assert_eq!(origin(plain), origin(filled), "the host is fixed: {hostile}");
                let depth = |url: &WebUrl| url.as_url().path().matches('/').count();
                assert_eq!(depth(plain), depth(filled), "the path is fixed: {hostile}");
            }
        }
    }
}
