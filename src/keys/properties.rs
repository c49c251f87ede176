//! Sets of keys with any dates: which one signs, and what verifiers know of it.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

/// Five keys, made once.
static KEYS: LazyLock<Vec<SigningKey>> =
    LazyLock::new(|| (0..5).map(|_| SigningKey::generate(Algorithm::EdDsa).unwrap()).collect());

/// A key's `nbf` and `exp`.
type Dates = (u64, Option<u64>);

fn ring(dates: &[Dates], order: &[usize]) -> KeyRing {
    let stored = |nth: &usize| {
        let (not_before, expires) = dates[*nth];
        StoredKey::new(KEYS[*nth].clone(), UnixTime(not_before), expires.map(UnixTime))
    };
    KeyRing::new(order.iter().map(stored).collect()).unwrap()
}

fn dates_in_any_order() -> impl Strategy<Value = (Vec<Dates>, Vec<usize>)> {
    let dates = (0_u64..30, prop::option::of(0_u64..30));
    prop::collection::vec(dates, 1..=5).prop_flat_map(|dates| {
        let order: Vec<_> = (0..dates.len()).collect();
        (Just(dates), Just(order).prop_shuffle())
    })
}

proptest! {
    #[test]
    fn the_newest_key_that_may_sign_does_and_is_published_and_replicas_agree(
        (dates, order) in dates_in_any_order(), now in 0_u64..32,
    ) {
        let (ring, replica) = (ring(&dates, &order), ring(&dates, &(0..dates.len()).collect::<Vec<_>>()));
        let now = UnixTime(now);
        let id = |key: &StoredKey| key.key_id().clone();
        let signing = ring.signing(now);
        prop_assert_eq!(signing.map(id), replica.signing(now).map(id), "replicas agree");
        let published: Vec<_> = ring.published(now).map(id).collect();
        prop_assert_eq!(&published, &replica.published(now).map(id).collect::<Vec<_>>());
        let lives = |(_, expires): &&Dates| expires.is_none_or(|at| now.0 < at);
        prop_assert_eq!(published.len(), dates.iter().filter(lives).count(), "all that live");
        let may_sign = dates.iter().filter(lives).filter(|(not_before, _)| *not_before <= now.0);
        let newest = may_sign.map(|(not_before, _)| *not_before).max();
        prop_assert_eq!(signing.map(|key| key.not_before.0), newest, "the newest signs");
        if let Some(signing) = signing {
            prop_assert!(published.contains(signing.key_id()), "what signs is published");
        }
    }

    #[test]
    fn nobody_who_fetches_the_set_in_time_ever_misses_the_key_that_signs(
        (dates, order) in dates_in_any_order(), at in 0_u64..32, later in 0_u64..8,
    ) {
        // Of keys whose files are there, the one that signs later is published before, too.
        let ring = ring(&dates, &order);
        let (fetched, now) = (UnixTime(at), UnixTime(at + later));
        let known: Vec<_> = ring.published(fetched).map(StoredKey::key_id).collect();
        if let Some(signing) = ring.signing(now) {
            prop_assert!(known.contains(&signing.key_id()));
        }
    }
}
