//! `providers check`: what the configured providers publish, compared with their rows.

use std::fmt::Write as _;
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::providers::ListFormat;
use super::serve::block_on;
use super::{ConfigFile, Failure};
use crate::config::{Config, Sources};
use crate::provider::{Provider, Providers};
use crate::verify::{Finding, Outbound, Report, Status, check};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Names of the configuration; all when there is none
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    file: ConfigFile,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    format: ListFormat,
}

/// Reports on the providers, as the service would reach them. Fails when one drifted or could not
/// be reached.
pub(super) fn execute(arguments: &Arguments) -> Result<String, Failure> {
    let config = Config::load(&Sources::of_process(arguments.file.file.clone()))?;
    let providers = chosen(&config.providers, &arguments.names)?;
    // Whatever makes no client is in the configuration.
    let outbound = Outbound::new(&config.verify.outbound)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    block_on(async {
        let reports = check(&outbound, providers).await;
        let written = match arguments.format {
            ListFormat::Text => reports.iter().map(text).collect(),
            ListFormat::Json => {
                format!("{:#}\n", reports.iter().map(json).collect::<Value>())
            }
        };
        let is_good = reports.iter().all(|report| report.findings.is_empty());
        if is_good { Ok(written) } else { Err(Failure::Found(written)) }
    })
}

/// Returns the providers of these names, once each; all when no name is given.
fn chosen(providers: &Providers, names: &[String]) -> Result<Vec<Arc<Provider>>, Failure> {
    let is_known = |name: &&String| providers.iter().any(|it| it.id.as_str() == *name);
    if let Some(name) = names.iter().find(|name| !is_known(name)) {
        let known: Vec<_> = providers.iter().map(|it| it.id.as_str()).collect();
        let known = known.join(", ");
        return Err(Failure::Usage(format!("no provider `{name}` in the configuration: {known}")));
    }
    let is_chosen =
        |it: &&Arc<Provider>| names.is_empty() || names.iter().any(|name| name == it.id.as_str());
    Ok(providers.iter().filter(is_chosen).cloned().collect())
}

/// Writes one line, or one for each finding.
fn text(report: &Report) -> String {
    let provider = &report.provider;
    match report.status() {
        Status::Ok => format!("{provider}: ok ({})\n", compared(report)),
        Status::NothingToCheck => {
            format!("{provider}: nothing to check: no discovery document, no key set\n")
        }
        Status::Drift | Status::Unreachable => {
            report.findings.iter().fold(String::new(), |mut lines, finding| {
                // Writing to a string does not fail.
                let _ = writeln!(lines, "{provider}: {finding}");
                lines
            })
        }
    }
}

fn compared(report: &Report) -> String {
    let names: Vec<_> = report.compared.iter().map(|what| what.name()).collect();
    let keys = match report.keys.unwrap_or_default() {
        1 => "1 key".to_owned(),
        several => format!("{several} keys"),
    };
    if names.is_empty() { keys } else { format!("{}; {keys}", names.join(", ")) }
}

fn json(report: &Report) -> Value {
    let status = match report.status() {
        Status::Ok => "ok",
        Status::Drift => "drift",
        Status::Unreachable => "unreachable",
        Status::NothingToCheck => "nothing to check",
    };
    let finding = |finding: &Finding| match finding {
        Finding::Differs { what, row, live } => {
            json!({ "what": what.name(), "row": row, "live": live })
        }
        Finding::Unreachable { source, address, problem } => {
            json!({ "what": source.name(), "row": address, "live": problem })
        }
    };
    let findings: Vec<_> = report.findings.iter().map(finding).collect();
    json!({ "provider": report.provider, "status": status, "findings": findings })
}
