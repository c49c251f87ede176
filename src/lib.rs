//! countersign exchanges a social or `OpenID` provider's credential for a short-lived JWT of its
//! own, which APIs verify offline by its JWKS. There is no database.
//!
//! # The layers
//!
//! Each may use those before it, none those after it; each library has one owner.
//!
//! | layer | what is there | library |
//! |---|---|---|
//! | `clock`, `crypto`, `secret`, `json`, `telemetry` | words: no decisions | zeroize, aws-lc-rs, tracing, prometheus, opentelemetry |
//! | `jose` | algorithms, keys, compact JWS | josekit over aws-lc-rs |
//! | `provider` | the catalogue's rows, and what an operator makes of them | |
//! | `verify` | from a credential to a [`verify::VerifiedIdentity`] | reqwest, moka |
//! | `client`, `user_id`, `token`, `keys` | who may ask, what our tokens say, what signs them | uuid |
//! | `issuer`, `introspection` | the heart | |
//! | `vectors` | tokens to try a verifier with | |
//! | `http` | every path, and the one table of failures | poem |
//! | [`config`] | file, environment and flags, checked once | figment |
//! | [`server`] | wiring, and the HTTP/1.1 loop | hyper |
//! | `demo`, [`cli`] | what a person starts | clap |
//!
//! `fuzzing` and `bench` stand above them all: for tests and fuzzers alone, and for benchmarks.
//!
//! # The path of a request
//!
//! `server::accept` → `http::face` (request ID, rate limit, CORS) → `http::token` (parameters) →
//! `issuer` (client, audience, scope, provider) → `verify` (the credential) → `user_id` →
//! `keys` (signature) → `http::token`. A failure anywhere goes through `http::error`.
//!
//! # What this is not
//!
//! No sessions, no user store, no plugins, no code for any one provider, no retry inside a
//! request, no HMAC-signed tokens, and no dynamic issuers: a token's `iss` never chooses the
//! address that is called, the configuration does.
//!
//! Decisions and known attacks are written down in [`manual`].

#[cfg(feature = "bench")]
pub mod bench;
pub mod cli;
mod client;
pub mod clock;
pub mod config;
mod crypto;
mod demo;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod http;
mod introspection;
mod issuer;
mod jose;
mod json;
mod keys;
pub mod manual;
mod provider;
mod secret;
pub mod server;
mod telemetry;
mod token;
mod user_id;
mod vectors;
pub mod verify;
