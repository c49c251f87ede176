//! The whole service, tested from outside: a real listener, real providers on loopback, a clock
//! that is moved by hand; and the program itself, as an operator runs it.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod access_tokens;
mod catalogue;
mod chaos;
mod cli;
mod clients;
mod codes;
mod convert;
mod demo;
mod docs;
mod drift;
mod drop_in;
mod explain;
mod internet_selftest;
mod layers;
mod limits;
mod load;
mod manual;
mod migration;
mod openapi;
mod outage;
mod outbound;
mod overload;
mod page;
mod profiles;
mod program;
mod providers_document;
mod readme;
mod refusals;
mod requests;
mod rotation;
mod rows;
mod secrets;
mod shutdown;
mod sight;
mod slow_clients;
mod supply_chain;
mod support;
mod tls;
mod token;
mod well_known;
