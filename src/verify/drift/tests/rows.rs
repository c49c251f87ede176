//! Rows whose providers say things in their own way.

use std::collections::BTreeMap;

use super::*;
use crate::provider::{Catalogue, ProviderId};

fn tenant(id: &str) -> Provider {
    provider("microsoft", |it| it.settings = BTreeMap::from([("tenant_id".into(), id.into())]))
}

#[test]
fn a_template_is_compared_as_a_template_and_one_tenant_as_that_tenant() {
    let of = |issuer: &str| {
        json!({
            "issuer": issuer,
            "jwks_uri": "https://login.microsoftonline.com/common/discovery/v2.0/keys",
            "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        })
    };
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    let id = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
    let own = template.replace("{tenantid}", id);
    let issuer = |provider: &Provider, issuer: &str| {
        let said = compare(provider, &of(issuer)).1;
        said.into_iter().filter(|text| text.starts_with("issuer")).count()
    };
    assert_eq!((issuer(&tenant("common"), template), issuer(&tenant("common"), &own)), (0, 1));
    assert_eq!((issuer(&tenant(id), template), issuer(&tenant(id), &own)), (0, 0));
    assert_eq!(issuer(&tenant(&id.to_uppercase()), &own), 0);
    assert_eq!(issuer(&tenant("consumers"), &own), 1);
    let address = tenant(id).documented.unwrap().document.to_string();
    let below = format!("https://login.microsoftonline.com/{id}/v2.0");
    assert_eq!(address, format!("{below}/.well-known/openid-configuration"));
}

#[test]
fn a_key_set_may_have_more_than_one_address_and_a_profile_need_not_be_userinfo() {
    let facebook = provider("facebook", |_| ());
    for host in ["www", "limited"] {
        let jwks_uri = format!("https://{host}.facebook.com/.well-known/oauth/openid/jwks/");
        let document = json!({
            "issuer": "https://www.facebook.com",
            "jwks_uri": jwks_uri,
            "userinfo_endpoint": "https://www.facebook.com/userinfo",
        });
        assert_eq!(compare(&facebook, &document), (vec!["issuer", "jwks_uri"], vec![]), "{host}");
    }
}

#[test]
fn rows_without_id_tokens_have_no_document() {
    for row in ["github", "instagram"] {
        assert!(Expected::of(&provider(row, |_| ())).is_none(), "{row}");
    }
}

#[test]
fn addresses_of_a_row_that_are_in_the_document_as_well_are_compared() {
    let line = provider("line", |_| ());
    let document = |token_endpoint: &str| {
        json!({
            "issuer": "https://access.line.me",
            "jwks_uri": "https://api.line.me/oauth2/v2.1/certs",
            "token_endpoint": token_endpoint,
            "userinfo_endpoint": "https://api.line.me/oauth2/v2.1/userinfo",
        })
    };
    let (compared, said) = compare(&line, &document("https://api.line.me/oauth2/v2.1/token"));
    assert_eq!((compared, said), (vec!["issuer", "jwks_uri", "token_endpoint"], vec![]));
    let said = compare(&line, &document("https://api.line.me/oauth2/v3/token")).1;
    assert!(said[0].ends_with("the row has https://api.line.me/oauth2/v2.1/token"), "{said:?}");
}

#[test]
fn an_introspection_endpoint_is_needed_where_access_tokens_are_proved_by_it() {
    let xcs = provider("xcs", |_| ());
    let mut document = of_any();
    document["issuer"] = "https://keycloak.sso.gwdg.de/auth/realms/academiccloud".into();
    let missing = "introspection_endpoint is missing in the discovery document, and the row has \
                   none of its own";
    assert_eq!(compare(&xcs, &document).1, [missing]);
    document["introspection_endpoint"] = "https://id.test/introspect".into();
    assert_eq!(compare(&xcs, &document).1, [""; 0]);
}

#[test]
fn every_row_with_id_tokens_has_a_document_to_be_compared_with() {
    let catalogue = Catalogue::built_in().unwrap();
    for row in catalogue.rows() {
        let open = row.settings.iter().filter(|(_, setting)| setting.default.is_none());
        let settings =
            open.map(|(name, setting)| (name.clone(), setting.form.example().to_owned()));
        let provider = row.configure(ProviderSettings {
            id: ProviderId::try_from("p".to_owned()).unwrap(),
            settings: settings.collect(),
            client_secret: None,
            ..settings_for_test("p")
        });
        // Some take no credential of any kind without a secret.
        let Ok(provider) = provider else { continue };
        assert_eq!(provider.id_token.is_some(), provider.documented.is_some(), "{}", row.name);
    }
}
