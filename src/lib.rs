//! x
#![allow(dead_code, unused_imports)]
pub mod clock;
mod crypto;
mod jose;
mod issuer;
mod json;
mod keys;
mod token;
mod user_id;
mod client;
mod provider;
mod secret;
mod telemetry;
pub mod verify;
