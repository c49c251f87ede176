//! Microsoft: many tenants behind one address.

use super::*;

const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

fn microsoft(tenant: &str) -> Case {
    let iss = format!("https://login.microsoftonline.com/{tenant}/v2.0");
    Case::of("microsoft", json!({"iss": iss, "tid": tenant, "email": "a@b.test"}))
}

#[tokio::test]
async fn microsoft_tenants_are_told_apart_by_their_issuer() {
    for tenant in [PERSONAL, TENANT] {
        let expected = format!("https://login.microsoftonline.com/{tenant}/v2.0");
        assert_eq!(namespace(microsoft(tenant)).await, expected);
    }
    for (setting, tenant, accepted) in [
        ("organizations", PERSONAL, false),
        ("organizations", TENANT, true),
        ("consumers", PERSONAL, true),
        ("consumers", TENANT, false),
        (TENANT, TENANT, true),
        (TENANT, PERSONAL, false),
    ] {
        let result = Case { tenant: Some(setting), ..microsoft(tenant) }.verify().await;
        match result {
            Ok(_) => assert!(accepted, "{setting} {tenant}"),
            Err(error) => {
                assert!(
                    !accepted && matches!(error, VerifyError::TenantNotAllowed { .. }),
                    "{setting} {error:?}"
                );
            }
        }
    }
}

#[test]
fn a_tenant_that_may_not_sign_in_is_recognised_as_the_providers() {
    let case = Case { tenant: Some("consumers"), ..microsoft(TENANT) };
    let row = row_for_test("microsoft");
    let provider = Arc::new(row.configure(case.operator()).unwrap());
    let mut claims = json!({"aud": "web"});
    claims.as_object_mut().unwrap().extend(case.claims.as_object().unwrap().clone());
    let jwt = PROVIDER_KEY.signer().typed("JWT").sign(claims.to_string().as_bytes()).unwrap();
    let compact = CompactJws::decode(jwt.expose()).unwrap();
    let jws = UnverifiedJws::parse(&compact).unwrap();
    assert_eq!(recognise(&jws, &[&provider]).unwrap().id.as_str(), "microsoft");
}

#[tokio::test]
async fn a_microsoft_issuer_must_be_made_of_the_tenant_that_the_token_names() {
    let base = "https://login.microsoftonline.com";
    for claims in [
        json!({"iss": format!("{base}/{TENANT}/v2.0"), "tid": PERSONAL}),
        json!({"iss": format!("{base}/common/v2.0"), "tid": "common"}),
        json!({"iss": format!("{base}/{TENANT}/v2.0")}),
        json!({"iss": format!("https://sts.windows.net/{TENANT}/"), "tid": TENANT}),
    ] {
        let result = Case::of("microsoft", claims.clone()).verify().await;
        assert!(matches!(result, Err(VerifyError::WrongIssuer { .. })), "{claims}");
    }
}

#[tokio::test]
async fn a_microsoft_key_signs_only_for_the_issuer_that_it_names() {
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    assert!(Case { issuer_of_key: Some(template), ..microsoft(TENANT) }.verify().await.is_ok());
    let consumers = "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0";
    assert!(Case { issuer_of_key: Some(consumers), ..microsoft(PERSONAL) }.verify().await.is_ok());
    let result = Case { issuer_of_key: Some(consumers), ..microsoft(TENANT) }.verify().await;
    assert!(matches!(result, Err(VerifyError::WrongIssuer { .. })));
}

#[tokio::test]
async fn a_microsoft_email_is_verified_for_personal_accounts_or_by_their_word() {
    let verified = async |case: Case| case.verify().await.unwrap().profile().email_verified;
    assert!(verified(microsoft(PERSONAL)).await);
    assert!(!verified(microsoft(TENANT)).await);
    for (value, expected) in
        [(json!(true), true), (json!("1"), true), (json!(1), true), (json!(false), false)]
    {
        let mut case = microsoft(TENANT);
        case.claims["xms_edov"] = value.clone();
        assert_eq!(verified(case).await, expected, "{value}");
    }
}
