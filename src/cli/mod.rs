//! The command line: what was asked, done, printed. The only folder that names clap.

mod check;
mod explain;
mod keys;
mod pem;
mod process;
mod providers;
mod serve;
mod vectors;

#[cfg(any(test, fuzzing))]
pub(crate) use providers::shown;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use self::process::Complaints;
use crate::config::{Config, ConfigError, Sources};
use crate::http::{openapi_json, openapi_yaml};

/// `EX_USAGE` of sysexits: a bad command line or configuration.
const USAGE: u8 = 64;

/// Exchanges a social or `OpenID` provider's credential for a short-lived JWT.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything on loopback, nothing to configure: the service, a provider, a page to sign in
    Demo {
        /// Where to listen; loopback only
        #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
        listen: std::net::SocketAddr,
    },
    /// The service
    Serve {
        #[command(flatten)]
        file: ConfigFile,
        /// Where to listen, over what the configuration says
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
    },
    /// Signing keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// The built-in catalogue of providers, and whether the configured ones still fit it
    #[command(subcommand)]
    Providers(providers::Command),
    /// The configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Make every check of a credential, read from standard input, and issue nothing
    Explain(explain::Arguments),
    /// Print tokens that a verifier has to take and to refuse
    Vectors(vectors::Arguments),
    /// Print the OpenAPI document
    Openapi {
        /// How to write it
        #[arg(long, value_enum, default_value_t = DocumentFormat::Yaml)]
        format: DocumentFormat,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Parse and check the configuration without starting
    Check(ConfigFile),
    /// Print the effective values and where each came from, secrets redacted
    Show(ConfigFile),
}

#[derive(Debug, Args)]
struct ConfigFile {
    /// Configuration file; else the one that `COUNTERSIGN_CONFIG` names, or countersign.toml
    #[arg(long = "config", value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DocumentFormat {
    Yaml,
    Json,
}

/// Why a command failed, which decides the exit code.
#[derive(Debug)]
enum Failure {
    /// Bad command line or configuration: 64.
    Usage(String),
    /// Anything else: 1.
    Other(String),
    /// What was looked at is not as it should be, and the answer, on standard output, says so: 1.
    Found(String),
}

impl Failure {
    fn other(error: &dyn std::fmt::Display) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Usage(error.to_string())
    }
}

/// Runs the command line and returns the exit code: 0 done, 64 bad command line or
/// configuration, 1 anything else.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let command = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli.command,
        Err(error) => {
            // Help and version are answers; a closed pipe is nobody's problem.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    let complaints = process::protect();
    let (text, code) = match execute(command, &complaints) {
        Ok(text) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(Failure::Found(text)) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            return ExitCode::FAILURE;
        }
        Err(Failure::Usage(text)) => (text, ExitCode::from(USAGE)),
        Err(Failure::Other(text)) => (text, ExitCode::FAILURE),
    };
    let _ = writeln!(std::io::stderr(), "countersign: {text}");
    code
}

fn execute(command: Command, complaints: &Complaints) -> Result<String, Failure> {
    match command {
        Command::Demo { listen } => serve::demo(listen, complaints),
        Command::Serve { file, listen } => {
            let sources = Sources::of_process(file.file).with_listen(listen);
            serve::serve(Config::load(&sources)?, complaints)
        }
        Command::Keys(command) => keys::execute(command),
        Command::Providers(command) => providers::execute(&command),
        Command::Config(ConfigCommand::Check(file)) => {
            let config = Config::load(&Sources::of_process(file.file))?;
            for warning in &config.warnings {
                let _ = writeln!(std::io::stderr(), "countersign: warning: {warning}");
            }
            let (clients, providers) =
                (config.clients.iter().count(), config.providers.iter().count());
            let issuer = config.issuer;
            Ok(format!("good: issuer {issuer}, {clients} clients, {providers} providers\n"))
        }
        Command::Config(ConfigCommand::Show(file)) => {
            Ok(Config::show(&Sources::of_process(file.file))?)
        }
        Command::Explain(arguments) => explain::execute(arguments),
        Command::Vectors(arguments) => vectors::execute(&arguments),
        Command::Openapi { format } => Ok(match format {
            DocumentFormat::Yaml => openapi_yaml(),
            DocumentFormat::Json => openapi_json(),
        }),
    }
}
