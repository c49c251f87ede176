//! x
#![allow(dead_code, unused_imports)]
pub mod cli;
mod client;
pub mod clock;
pub mod config;
mod crypto;
mod demo;
mod http;
mod introspection;
mod issuer;
mod jose;
mod json;
mod keys;
mod provider;
mod secret;
pub mod server;
mod telemetry;
mod token;
mod user_id;
pub mod verify;
