//! Documentation only: why things are as they are, and what they withstand.
//!
//! - [`decisions`]: each decision as a question with its answer.
//! - [`speed`]: those that are about time.
//! - [`attacks`]: each known attack, the guard against it, and the test that shows the guard.
//! - [`attacks_by_providers`]: those by a provider, or in its name.
//!
//! What an operator needs is in `docs/operations.md`, what a caller needs in the `OpenAPI` document.

pub mod attacks;
pub mod attacks_by_providers;
pub mod decisions;
pub mod speed;
