//! The whole service, tested from outside: a real listener, real providers on loopback, a clock
//! that is moved by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod clients;
mod convert;
mod limits;
mod outage;
mod refusals;
mod requests;
mod rotation;
mod secrets;
mod support;
mod token;
mod well_known;
