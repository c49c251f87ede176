//! Chance that can be repeated: everything random comes from one printed seed.

use fastrand::Rng;

use crate::support::keys::sha256;

/// Draws numbers.
#[derive(Debug, Clone)]
pub(super) struct Dice(Rng);

impl Dice {
    /// Makes the dice of one purpose: each has its own, so that none disturbs another's order.
    pub(super) fn new(seed: u64, purpose: &str) -> Self {
        let digest = sha256(format!("{seed} {purpose}"));
        Self(Rng::with_seed(u64::from_be_bytes(digest[..8].try_into().unwrap())))
    }

    /// Makes other dice, by a throw of these.
    pub(super) fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    /// Whether something happens that happens in so many cases of a hundred.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.0.u64(0..100) < percent
    }

    /// Draws a number of this range, both ends included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0.u64(low..=high)
    }

    /// Draws an index.
    pub(super) fn index(&mut self, length: usize) -> usize {
        self.0.usize(0..length)
    }
}
