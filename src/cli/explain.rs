//! `explain`: why a credential would be accepted or refused, as the service would find.

use std::fmt::Write as _;
use std::io::Read as _;
use std::sync::Arc;

use clap::Args;

use super::providers::ListFormat;
use super::serve::block_on;
use super::{ConfigFile, Failure};
use crate::client::Client;
use crate::clock::Clock;
use crate::config::{Config, Sources};
use crate::http::{CheckOutcome, Grant, Report};
use crate::issuer::{Exchange, WantedScope};
use crate::keys::SigningKeys;
use crate::secret::Secret;
use crate::server::wire;
use crate::telemetry::Span;
use crate::verify::{Code, Content, Credential};

/// Longest input that is read, in bytes: several times the longest credential.
const LONGEST: u64 = 64 * 1024;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    file: ConfigFile,
    /// Whose credential it is: a name of the configuration, or of the catalogue
    #[arg(long, value_name = "NAME")]
    provider: String,
    /// The client that would send it; not needed when only one may use the provider
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// The nonce of the authentication request
    #[arg(long)]
    nonce: Option<String>,
    /// The redirect URI: the input is an authorization code then, which is used up
    #[arg(long, value_name = "URI")]
    redirect_uri: Option<String>,
    /// What the `code_challenge` was made of; used up with the code
    #[arg(long, requires = "redirect_uri")]
    code_verifier: Option<String>,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    format: ListFormat,
}

/// Reads a credential from standard input and tells every check. Fails when it would be refused.
pub(super) fn execute(arguments: Arguments) -> Result<String, Failure> {
    let config = Config::load(&Sources::of_process(arguments.file.file.clone()))?;
    let client = match &arguments.client {
        Some(id) => named_client(&config, id)?,
        None => only_client(&config, &arguments.provider)?,
    };
    let keys = SigningKeys::load(config.keys.clone(), Clock::System);
    let keys = keys.map_err(|error| Failure::Other(format!("signing keys: {error}")))?;
    let (format, grant) = (arguments.format, grant(&arguments));
    let exchange = exchange(arguments, Arc::clone(&client), credential()?);
    block_on(async {
        let wired = wire(&config, keys, Clock::System);
        let state = wired.map_err(|error| Failure::Usage(error.to_string()))?.state;
        let kind = exchange.credential.kind();
        let explanation = state.issuer.explain(&exchange, None).await;
        let report = Report::new(explanation, (&client.id, kind), grant);
        let written = match format {
            ListFormat::Text => text(&report),
            ListFormat::Json => report.json(),
        };
        if report.accepted { Ok(written) } else { Err(Failure::Found(written)) }
    })
}

fn grant(arguments: &Arguments) -> Grant {
    match arguments.redirect_uri {
        Some(_) => Grant::AuthorizationCode,
        None => Grant::TokenExchange,
    }
}

fn exchange(arguments: Arguments, client: Arc<Client>, credential: Secret) -> Exchange {
    let content = match arguments.redirect_uri {
        None => Content::of_access_token(credential),
        Some(redirect_uri) => {
            let verifier = arguments.code_verifier.map(Secret::new);
            Content::Code(Code { value: credential, redirect_uri, verifier })
        }
    };
    Exchange {
        client,
        provider: Some(arguments.provider),
        credential: Credential { content, nonce: arguments.nonce.map(Secret::new) },
        audience: Vec::new(),
        scope: WantedScope::All,
        span: Span::default(),
    }
}

fn credential() -> Result<Secret, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().take(LONGEST).read_to_string(&mut text);
    read.map_err(|error| Failure::Usage(format!("standard input: {error}")))?;
    let text = Secret::new(text);
    let credential = text.expose().trim();
    if credential.is_empty() {
        let problem = "standard input is empty: the credential is read from there";
        return Err(Failure::Usage(problem.to_owned()));
    }
    Ok(Secret::new(credential))
}

/// Returns the configured client of this ID.
pub(super) fn named_client(config: &Config, id: &str) -> Result<Arc<Client>, Failure> {
    config.clients.get(id).cloned().ok_or_else(|| {
        let known = config.clients.iter().map(|client| client.id.as_str());
        let known = known.collect::<Vec<_>>().join(", ");
        Failure::Usage(format!("--client {id}: no such client in the configuration: {known}"))
    })
}

/// Returns the client that may use a provider, if there is but one.
fn only_client(config: &Config, provider: &str) -> Result<Arc<Client>, Failure> {
    let may = |client: &&Arc<Client>| config.providers.find(provider, &client.providers).is_ok();
    let clients: Vec<_> = config.clients.iter().filter(may).collect();
    match clients.as_slice() {
        [client] => Ok(Arc::clone(client)),
        [] => {
            let known = config.providers.iter().map(|it| it.id.as_str()).collect::<Vec<_>>();
            let known = known.join(", ");
            Err(Failure::Usage(format!(
                "--provider {provider}: no client may use one of this name; configured: {known}"
            )))
        }
        several => {
            let ids: Vec<_> = several.iter().map(|client| client.id.as_str()).collect();
            Err(Failure::Usage(format!("--client is needed: one of {}", ids.join(", "))))
        }
    }
}

/// Writes the verdict, then each check.
fn text(report: &Report) -> String {
    let provider = report.provider.as_deref().unwrap_or("unknown");
    let verdict = match (&report.subject, &report.error) {
        (_, Some(error)) => {
            format!("refused: {}: {}", error.reason.name(), error.error_description)
        }
        (Some(subject), None) => format!("accepted: a token's `sub` would be {subject}"),
        (None, None) => "accepted".to_owned(),
    };
    let (client, kind) = (&report.client, &report.kind);
    let mut text = format!("{verdict}\nclient {client}, provider {provider}, taken as {kind}\n");
    for check in &report.checks {
        let outcome = match check.outcome {
            CheckOutcome::Passed => "passed",
            CheckOutcome::Failed => "FAILED",
            CheckOutcome::NotMade => "not made",
        };
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "\n{outcome:<10}{} ({})\n          expected  {}\n          seen      {}\n",
            check.check, check.rule, check.expected, check.seen
        );
        if let (Some(reason), Some(description)) = (check.reason, &check.description) {
            let _ = writeln!(text, "          {}: {description}", reason.name());
        }
    }
    text
}
