//! Addresses with any text put into them.

use proptest::prelude::*;

use super::template::UrlTemplate;

proptest! {
    #[test]
    fn any_text_that_is_put_into_an_address_comes_out_of_its_place_as_it_was(
        id in any::<String>(), org in "\\PC{0,20}",
    ) {
        let template = UrlTemplate::parse("https://a.test/u/{id}/x?o={org}&p=1", &["id", "org"]);
        let value = |name: &str| Some(if name == "id" { id.as_str() } else { org.as_str() });
        let filled = template.unwrap().fill(value);
        let is_no_place = |text: &String| matches!(text.as_str(), "" | "." | "..");
        if is_no_place(&id) || is_no_place(&org) {
            prop_assert_eq!(filled, None);
            return Ok(());
        }
        let filled = filled.unwrap();
        let url = filled.as_url();
        prop_assert_eq!(url.origin().ascii_serialization(), "https://a.test");
        let segments: Vec<_> = url.path_segments().unwrap().collect();
        prop_assert_eq!((segments.len(), segments[0], segments[2]), (3, "u", "x"));
        // Read as a form, a plus would be a space; here none is left unencoded.
        let decoded = url::form_urlencoded::parse(segments[1].as_bytes()).next().unwrap().0;
        prop_assert!(!segments[1].contains('+') && decoded == id, "{}", filled);
        let query: Vec<_> = url.query_pairs().collect();
        prop_assert_eq!(query, [("o".into(), org.as_str().into()), ("p".into(), "1".into())]);
        prop_assert_eq!(url.fragment(), None);
    }
}
