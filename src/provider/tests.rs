use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::secret::Secret;

/// Settings of an operator who configured what every row can do with, for the client ID `client`.
pub(crate) fn settings(id: &str) -> ProviderSettings {
    ProviderSettings {
        id: ProviderId::try_from(id.to_owned()).unwrap(),
        settings: BTreeMap::new(),
        client_ids: vec!["client".to_owned()],
        client_secret: Some(Secret::new("secret")),
        allow_unbound_access_tokens: false,
        algorithms: None,
        nonce: NoncePolicy::IfSent,
        hosted_domains: Vec::new(),
    }
}

/// A built-in row.
pub(crate) fn row(name: &str) -> Row {
    match Catalogue::built_in().unwrap().entry(name) {
        Some(Entry::Open(row)) => row.clone(),
        _ => panic!("no row {name}"),
    }
}

/// The question that a row asks about an access token, for the client ID `client`.
pub(crate) fn inspection_for_test(name: &str) -> Inspection {
    inspection(name, "secret")
}

fn inspection(name: &str, secret: &str) -> Inspection {
    let client_secret = Some(Secret::new(secret));
    let provider = row(name).configure(ProviderSettings { client_secret, ..settings("x") });
    match provider.unwrap().access_token.unwrap().proof {
        Proof::Inspection(inspection) => *inspection,
        Proof::Profile(_) | Proof::Waived => panic!("{name} has a proof"),
    }
}

fn with(name: &str, value: &str) -> ProviderSettings {
    let mut settings = settings("x");
    settings.settings.insert(name.to_owned(), value.to_owned());
    settings
}

/// Whether an answer that lacks what a condition asks for is refused with its name.
pub(crate) fn has_condition(inspection: &Inspection, condition: &str) -> bool {
    let nothing = crate::json::Members::default();
    let unmet = inspection.rules.require.check(&Answers::of(&nothing));
    unmet == Err(Unmet::Unanswered(condition.to_owned()))
}

#[test]
fn no_profile_names_the_tenant_of_a_namespace() {
    for row in Catalogue::built_in().unwrap().rows() {
        // The people of all tenants would be in one namespace.
        let has_tenant = row.namespace.contains("{tenantid}");
        assert!(row.profile.is_none() || !has_tenant, "{}", row.name);
    }
}

#[test]
fn namespaces_are_the_published_ones() {
    for (name, namespace) in [
        ("google-identity", "https://accounts.google.com"),
        ("linkedin-openidconnect", "https://www.linkedin.com/oauth"),
        ("facebook-limited-login", "https://www.facebook.com"),
        ("apple-id", "https://appleid.apple.com"),
        ("azuread-oauth2-v2", "https://login.microsoftonline.com/{tenantid}/v2.0"),
    ] {
        assert_eq!(row(name).namespace, namespace);
    }
}

#[test]
fn a_discovery_address_has_one_slash_and_the_issuer_stays_as_it_was() {
    for issuer in ["https://id.test", "https://id.test/", "https://id.test/realms/a"] {
        let provider = row("oidc").configure(with("issuer", issuer)).unwrap();
        let rules = provider.id_token.unwrap();
        let KeySource::Discovery(discovery) = &rules.keys else {
            panic!("discovery");
        };
        assert_eq!(discovery.issuer, issuer);
        assert_eq!(provider.namespace, issuer);
        let base = issuer.trim_end_matches('/');
        let document = format!("{base}/.well-known/openid-configuration");
        assert_eq!(discovery.document.to_string(), document);
    }
}

#[test]
fn microsoft_takes_a_set_of_tenants_or_one() {
    let tenants = |value: &str| match row("microsoft").configure(with("tenant_id", value)) {
        Ok(provider) => match &provider.id_token.unwrap().issuers {
            Issuers::PerTenant { tenants, .. } => Ok(tenants.clone()),
            Issuers::Exact(_) => panic!("per tenant"),
        },
        Err(error) => Err(error.key),
    };
    let personal = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let own = "72F988BF-86f1-41af-91ab-2d7cd011db47";
    for (value, personal_ok, own_ok) in [
        ("common", true, true),
        ("organizations", false, true),
        ("consumers", true, false),
        (&own.to_lowercase(), false, true),
    ] {
        let tenants = tenants(value).unwrap();
        assert_eq!((tenants.allow(personal), tenants.allow(own)), (personal_ok, own_ok), "{value}");
    }
    assert_eq!(tenants("contoso.com"), Err("settings.tenant_id".to_owned()));
    assert_eq!(
        row("microsoft").configure(settings("x")).unwrap().id_token.unwrap().key_grace,
        Duration::from_hours(48)
    );
}

#[test]
fn settings_that_cannot_work_are_refused_by_name() {
    let key = |row_name: &str, operator: ProviderSettings| {
        row(row_name).configure(operator).unwrap_err().key
    };
    assert_eq!(key("oidc", settings("x")), "settings.issuer");
    assert_eq!(key("oidc", with("issuer", "http://id.test")), "settings.issuer");
    assert_eq!(key("oidc", with("issuer", "https://id.test?a=b")), "settings.issuer");
    assert_eq!(key("google", with("tenant_id", "common")), "settings.tenant_id");
    assert_eq!(
        key("google", ProviderSettings { client_ids: Vec::new(), ..settings("x") }),
        "client_ids"
    );
    for wrong in [[" ", " "], ["a", ""], ["", "a"], ["a", " b"], ["a b", "c"]] {
        let client_ids = wrong.map(str::to_owned).to_vec();
        let refused = key("google", ProviderSettings { client_ids, ..settings("x") });
        assert_eq!(refused, "client_ids", "{wrong:?}");
    }
    let domains = vec!["example.com".to_owned()];
    assert_eq!(
        key(
            "apple",
            ProviderSettings { hosted_domains: domains, client_secret: None, ..settings("x") }
        ),
        "hosted_domains"
    );
    assert_eq!(
        key("linkedin", ProviderSettings { nonce: NoncePolicy::Required, ..settings("x") }),
        "nonce"
    );
    let other = Some(vec![crate::jose::Algorithm::Es256]);
    assert_eq!(
        key("google", ProviderSettings { algorithms: other, ..settings("x") }),
        "algorithms"
    );
    assert_eq!(
        key("google", ProviderSettings { algorithms: Some(Vec::new()), ..settings("x") }),
        "algorithms"
    );
}

#[test]
fn what_takes_a_secret_is_not_there_without_one_and_never_checked_less() {
    let without = || ProviderSettings { client_secret: None, ..settings("x") };
    let waived = |operator: ProviderSettings| ProviderSettings {
        allow_unbound_access_tokens: true,
        ..operator
    };
    let key = |row_name: &str, operator| row(row_name).configure(operator).unwrap_err().key;
    for name in ["github", "instagram"] {
        assert_eq!(key(name, without()), "client_secret", "{name} has nothing else");
        let two = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(key(name, ProviderSettings { client_ids: two, ..settings("x") }), "client_ids");
    }
    for name in ["google", "github", "linkedin", "facebook", "apple", "microsoft"] {
        let refused = key(name, waived(settings("x")));
        assert_eq!(refused, "allow_unbound_access_tokens", "{name} has a way, or no tokens");
    }
    let kinds = |name: &str, operator| {
        let provider = row(name).configure(operator).unwrap();
        (provider.access_token.map(|_| ()), provider.code.map(|_| ()))
    };
    let needs_secret = Err(Unavailable::NeedsSecret);
    assert_eq!(kinds("google", without()), (Ok(()), needs_secret));
    assert_eq!(kinds("linkedin", without()), (needs_secret, needs_secret));
    assert_eq!(kinds("facebook", without()), (needs_secret, needs_secret));
    assert_eq!(kinds("instagram", settings("x")), (Err(Unavailable::NotOffered), Ok(())));
    assert_eq!(kinds("instagram", waived(without())), (Ok(()), needs_secret));
    assert_eq!(kinds("apple", without()).1, needs_secret);
}

#[test]
fn a_proof_authenticates_as_the_method_says() {
    let inspection = |name: &str| inspection(name, "s%1");
    let shown = |pairs: &[(String, Secret)]| {
        let pair = |(name, value): &(String, Secret)| format!("{name}={}", value.expose());
        pairs.iter().map(pair).collect::<Vec<_>>()
    };
    let google = inspection("google");
    assert_eq!(google.call.token, TokenPlace::Query("access_token".to_owned()));
    assert!(
        shown(&[&*google.call.headers, &google.call.query, &google.call.form].concat()).is_empty()
    );
    let linkedin = inspection("linkedin");
    assert_eq!(linkedin.call.token, TokenPlace::Form("token".to_owned()));
    assert_eq!(shown(&linkedin.call.form), ["client_id=client", "client_secret=s%1"]);
    assert!(has_condition(&linkedin, "/active is true"));
    let github = inspection("github");
    assert_eq!(github.call.token, TokenPlace::Json("access_token".to_owned()));
    // RFC 7617 §2: client:s%1, as it is.
    let basic = "authorization=Basic Y2xpZW50OnMlMQ==".to_owned();
    assert!(shown(&github.call.headers).contains(&basic));
    let Endpoint::At(address) = &github.call.endpoint else { panic!("known") };
    assert_eq!(address.to_string(), "https://api.github.com/applications/client/token");
    let facebook = inspection("facebook");
    assert_eq!(facebook.call.token, TokenPlace::Query("input_token".to_owned()));
    assert_eq!(shown(&facebook.call.query), ["access_token=client|s%1"]);
}

#[test]
fn a_name_is_looked_for_among_the_configured_before_the_rows() {
    let google = row("google").configure(settings("google")).unwrap();
    let second = row("google").configure(settings("google-identity")).unwrap();
    let ids = [google.id.clone(), second.id.clone()];
    let one = Providers::new([google.clone()]);
    for name in ["google", "google-oauth2", "google-identity"] {
        assert_eq!(one.find(name, &ids).unwrap().id.as_str(), "google");
    }
    assert_eq!(one.find("Google", &ids).unwrap_err(), NotFound::Unknown);
    assert_eq!(one.find("google", &ids[1..]).unwrap_err(), NotFound::Unknown);
    let two = Providers::new([google, second]);
    assert_eq!(two.find("google-identity", &ids).unwrap().id, ids[1]);
    assert_eq!(two.find("google-oauth2", &ids).unwrap_err(), NotFound::Ambiguous(ids.to_vec()));
    assert_eq!(two.find("google-oauth2", &ids[..1]).unwrap().id, ids[0], "among the usable");
}

#[test]
fn provider_names_are_plain() {
    for bad in ["", "Gôogle", "a b", "a/b", &"a".repeat(65)] {
        assert!(ProviderId::try_from(bad.to_owned()).is_err(), "{bad}");
    }
}
