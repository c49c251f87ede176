//! The documentation: every block of it is run, or compared with what is; every link leads somewhere;
//! what is generated is what the program says.

mod blocks;
mod configuration;
mod configurations;
mod errors;
mod kinds;
mod links;
mod metrics;
mod outside;
mod own_page;
mod page_scripts;
mod shapes;
mod shell;
mod shortest;
mod verifiers;
