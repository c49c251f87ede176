//! Times and audiences of any value, compared with rules that are written down a second time.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// The largest number of seconds that is read.
const LARGEST: i128 = 9_007_199_254_740_991;

/// Numbers about now, at the edges of types, and anything else that JSON has.
fn any_time() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        6 => (-3700_i64..3700).prop_map(|offset| Some(json!(NOW.cast_signed() + offset))),
        2 => (-70_f64..70.0).prop_map(|offset| Some(json!(1_764_000_000.0 + offset))),
        1 => (0_u64..4).prop_map(|offset| Some(json!(9_007_199_254_740_990_u64 + offset))),
        1 => any::<u64>().prop_map(|number| Some(json!(number))),
        1 => any::<i64>().prop_map(|number| Some(json!(number))),
        1 => any::<f64>().prop_map(|number| Some(json!(number))),
        1 => any::<u32>().prop_map(|number| Some(json!(number.to_string()))),
        1 => Just(Some(json!(null))),
        1 => Just(Some(json!([NOW]))),
        1 => Just(None),
    ]
}

/// Whole seconds that a claim says, if it is one.
fn seconds(value: &Value) -> Option<i128> {
    let integer = value.as_u64().map(i128::from).or_else(|| value.as_i64().map(i128::from));
    let seconds = integer.or_else(|| {
        let number = value.as_f64().filter(|it| it.abs() < 1e30)?;
        // A fraction past the largest is past it.
        let whole = format!("{:.0}", number.ceil()).parse::<i128>().ok()?;
        let floor = format!("{:.0}", number.floor()).parse::<i128>().ok()?;
        (0..=LARGEST).contains(&floor).then_some(if whole > LARGEST { whole } else { floor })
    });
    seconds.filter(|it| (0..=LARGEST).contains(it))
}

proptest! {
    #[test]
    fn times_are_accepted_exactly_where_the_rules_accept_them(
        exp in any_time(), iat in any_time(), nbf in any_time(), max_age in 0_u64..100_000,
    ) {
        let times = [("exp", &exp), ("iat", &iat), ("nbf", &nbf)];
        let present = times.into_iter().filter_map(|(name, at)| Some((name.to_owned(), at.clone()?)));
        let claims: Members<'_> = present.map(|(name, at)| (name, at.into())).collect();
        let (now, leeway) = (i128::from(NOW), 60);
        let read = |value: &Option<Value>| value.as_ref().and_then(seconds);
        let starts = nbf.as_ref().map_or(Some(0), seconds);
        let expected = match (read(&exp), read(&iat), starts) {
            (Some(exp), Some(iat), Some(nbf)) => {
                now < exp + leeway
                    && iat <= now + leeway
                    && nbf <= now + leeway
                    && now <= iat + i128::from(max_age) + leeway
            }
            _ => false,
        };
        let at = UnixTime(NOW);
        let checked = check_expiry(&claims, at)
            .and_then(|()| check_start(&claims, at))
            .and_then(|()| check_age(&claims, at, Duration::from_secs(max_age)));
        prop_assert_eq!(checked.is_ok(), expected, "{:?}: {:?}", claims, checked);
    }

    #[test]
    fn an_audience_is_accepted_only_where_every_one_is_ours(
        names in prop::collection::vec("|web|ios|other| web|WEB", 0..4),
        single in any::<bool>(),
        party in prop::option::of("|web|ios|other"),
        odd in prop::option::weighted(0.1, Just(json!(5))),
    ) {
        let mut several: Vec<Value> = names.iter().map(|name| json!(name)).collect();
        several.extend(odd.clone());
        let as_text = single && several.len() == 1;
        let aud = if as_text { several[0].clone() } else { json!(several) };
        let party_claim = party.clone().map(|party| ("azp", json!(party)));
        let claims = [("aud", aud)].into_iter().chain(party_claim);
        let claims: Members<'_> = claims.map(|(name, it)| (name.to_owned(), it.into())).collect();
        let is_ours = |name: &String| ["web", "ios"].contains(&name.as_str());
        let expected = odd.is_none()
            && !names.is_empty()
            && names.iter().all(is_ours)
            && party.as_ref().map_or(names.len() == 1, is_ours);
        let ours = ["web".to_owned(), "ios".to_owned()];
        let checked = check_audience(&claims, &ours);
        prop_assert_eq!(checked.is_ok(), expected, "{:?}: {:?}", claims, checked);
    }
}
