//! The program: parses the command line, runs it, turns an error into an exit code.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// What an exchange takes in small pieces and gives back, this one has at hand in a third of the
/// system's instructions.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    countersign::cli::run(std::env::args_os())
}
