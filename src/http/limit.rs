//! How many requests an address may make. Only what costs something is counted.

use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::error::{ApiError, ErrorCode, Reason};

/// Most addresses that are counted one by one. Past that, which takes an attack, groups of them
/// share an allowance each until the next sweep.
const MAX_ADDRESSES: usize = 100_000;
/// After how many requests it is looked whether there are that many: by so many there may be more.
const LOOK_EVERY: usize = 64;
/// How many groups there are then: whoever has very many addresses must not use up what all others
/// have.
const GROUPS: u64 = 4096;
/// For how many requests one counts that makes us ask a provider about a credential in vain: it is
/// refused, or nobody waits for the answer. Our own allowance there is at stake.
const IN_VAIN: u32 = 5;

/// Requests per minute and address.
#[derive(Debug)]
pub(crate) struct RateLimit {
    limiter: RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock>,
    clock: DefaultClock,
    grouping: RandomState,
    checks: AtomicUsize,
    is_full: AtomicBool,
}

impl RateLimit {
    /// Makes a limit of `per_minute` requests; `None` when there is no limit.
    pub(crate) fn new(per_minute: u32) -> Option<Self> {
        let quota = Quota::per_minute(NonZeroU32::new(per_minute)?);
        let clock = DefaultClock::default();
        let limiter = RateLimiter::new(quota, DashMapStateStore::default(), clock.clone());
        let (checks, is_full) = (AtomicUsize::new(0), AtomicBool::new(false));
        Some(Self { limiter, clock, grouping: RandomState::new(), checks, is_full })
    }

    /// Counts a request of an address.
    ///
    /// # Errors
    ///
    /// 429 with `Retry-After` when the address has had its share.
    pub(super) fn check(&self, address: IpAddr) -> Result<(), ApiError> {
        self.limiter.check_key(&self.counted(address)).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            ApiError::new(
                ErrorCode::TemporarilyUnavailable,
                Reason::RateLimited,
                "too many requests from this address",
            )
            .retry_after(wait + Duration::from_secs(1))
        })
    }

    /// Counts a request some more times that a provider was asked for in vain.
    pub(super) fn charge(&self, address: IpAddr) {
        let counted = self.counted(address);
        // What is not left cannot be taken: then the next request is refused.
        let _ = (1..IN_VAIN).try_for_each(|_| self.limiter.check_key(&counted));
    }

    /// What an address is counted as: its network or, when there are too many, its group.
    fn counted(&self, address: IpAddr) -> IpAddr {
        let network = network(address);
        if !self.is_full() {
            return network;
        }
        Ipv6Addr::from_bits(u128::from(self.grouping.hash_one(network) % GROUPS)).into()
    }

    /// Whether the table has as many addresses as it may. Looking takes every lock that it has, so
    /// that is done now and then.
    fn is_full(&self) -> bool {
        if self.checks.fetch_add(1, Ordering::Relaxed).is_multiple_of(LOOK_EVERY) {
            self.is_full.store(self.limiter.len() >= MAX_ADDRESSES, Ordering::Relaxed);
        }
        self.is_full.load(Ordering::Relaxed)
    }

    /// Forgets addresses that are back to their full share, so that the table stays small.
    pub(crate) fn forget_idle(&self) {
        self.limiter.retain_recent();
        self.is_full.store(self.limiter.len() >= MAX_ADDRESSES, Ordering::Relaxed);
        self.limiter.shrink_to_fit();
    }
}

/// An IPv6 customer has a network of 64 bits at least; counting single addresses would not
/// count at all.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(per_minute: u32) -> RateLimit {
        RateLimit::new(per_minute).unwrap()
    }

    #[test]
    fn an_address_gets_its_share_and_then_waits() {
        let limit = limit(3);
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        for _ in 0..3 {
            assert!(limit.check(one).is_ok());
        }
        let error = limit.check(one).unwrap_err();
        assert_eq!(error.reason(), Reason::RateLimited);
        assert!(limit.check(other).is_ok());
        assert!(RateLimit::new(0).is_none());
    }

    #[test]
    fn what_a_provider_was_asked_for_in_vain_counts_more() {
        let limit = limit(2 * IN_VAIN);
        let address = "192.0.2.1".parse().unwrap();
        for _ in 0..2 {
            assert!(limit.check(address).is_ok());
            limit.charge(address);
        }
        assert!(limit.check(address).is_err());
    }

    #[test]
    fn the_table_is_bounded_and_what_is_past_it_shares_with_few() {
        let limit = limit(3);
        let ask = |n: u32| limit.check(std::net::Ipv4Addr::from_bits(n).into());
        for n in 0..100_000 {
            assert!(ask(n).is_ok());
        }
        let accepted = (100_000..400_000).filter(|n| ask(*n).is_ok()).count();
        let groups = usize::try_from(GROUPS).unwrap();
        assert!((2 * groups..=4 * groups).contains(&accepted), "{accepted}");
        assert!(limit.limiter.len() <= MAX_ADDRESSES + LOOK_EVERY + groups);
    }

    #[test]
    fn ipv6_addresses_count_by_their_network() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("192.0.2.1"), "192.0.2.1");
    }
}
