//! What goes wrong at the providers, and when: drawn from the seed.

use std::time::Duration;

use super::dice::Dice;

/// One way in which a provider's answer is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// Right, but late; within the time-out.
    Slow,
    /// Never, as far as anybody waits.
    Hang,
    /// The connection is closed without an answer.
    Reset,
    /// The answer ends in the middle.
    Truncated,
    /// 500.
    Broken,
    /// 503 with `Retry-After`.
    Unavailable,
    /// 429 with `Retry-After`.
    Limited,
    /// 200 with something that is no JSON.
    Garbage,
    /// 200 with a page.
    Page,
    /// More than is read.
    Huge,
    /// To where a good answer is.
    Redirect,
    /// A key set without keys.
    NoKeys,
    /// A key set without one of the keys.
    KeyMissing,
    /// Another `issuer` in the discovery document.
    OtherIssuer,
}

impl Fault {
    /// All of them.
    const ALL: [Self; 14] = [
        Self::Slow,
        Self::Hang,
        Self::Reset,
        Self::Truncated,
        Self::Broken,
        Self::Unavailable,
        Self::Limited,
        Self::Garbage,
        Self::Page,
        Self::Huge,
        Self::Redirect,
        Self::NoKeys,
        Self::KeyMissing,
        Self::OtherIssuer,
    ];

    /// Returns its name for the table.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Hang => "hangs",
            Self::Reset => "closed without an answer",
            Self::Truncated => "ends in the middle",
            Self::Broken => "500",
            Self::Unavailable => "503",
            Self::Limited => "429",
            Self::Garbage => "garbage",
            Self::Page => "a page",
            Self::Huge => "too long",
            Self::Redirect => "redirect",
            Self::NoKeys => "no keys",
            Self::KeyMissing => "a key missing",
            Self::OtherIssuer => "another issuer",
        }
    }

    /// Whether the answer is there all the same.
    pub(super) const fn is_harmless(self) -> bool {
        matches!(self, Self::Slow | Self::KeyMissing)
    }
}

/// What a provider does at present: for so many of a hundred requests it goes wrong in this way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mood {
    /// How.
    pub(super) fault: Option<Fault>,
    /// How often.
    pub(super) percent: u64,
}

impl Mood {
    /// All is well.
    pub(super) const GOOD: Self = Self { fault: None, percent: 0 };
    /// Nobody is there.
    pub(super) const DEAD: Self = Self { fault: Some(Fault::Reset), percent: 100 };

    /// Draws the next one, and how long it lasts, at most so long.
    pub(super) fn draw(dice: &mut Dice, longest: Duration) -> (Self, Duration) {
        let length = longest * u32::try_from(dice.between(2, 10)).unwrap() / 10;
        if dice.chance(40) {
            return (Self::GOOD, length);
        }
        let fault = Fault::ALL[dice.index(Fault::ALL.len())];
        let percent = [30, 60, 100][dice.index(3)];
        (Self { fault: Some(fault), percent }, length)
    }
}
