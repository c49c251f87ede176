//! The program: parses the command line, runs it, turns an error into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    countersign::cli::run(std::env::args_os())
}
