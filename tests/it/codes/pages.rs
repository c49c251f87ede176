//! What a page of the client does and sees.

use super::{
    CALLBACK, ORIGIN, OTHER_VERIFIER, REJECTED, SITES, VERIFIER, World, challenge, form, instead,
    site,
};
use crate::support::answer::Answer;
use crate::support::app::{FORM, send};
use crate::support::form::Form;
use crate::support::internet::{Authorization, Fault, github};

/// Posts a form as a page of this origin does.
async fn post_from(world: &World, origin: &str, form: &Form) -> Answer {
    send(world.app.posting("/token", FORM, form.encoded()).header("origin", origin)).await
}

#[tokio::test]
async fn a_page_signs_in_with_github_by_pkce_without_any_secret() {
    let world = World::start().await;
    let github = world.internet.github();
    // The page sends the person to GitHub with a challenge; GitHub sends them back with a code.
    let authorize = || {
        github.authorize(Authorization {
            redirect_uri: CALLBACK,
            code_challenge: Some(challenge(VERIFIER)),
            ..github::authorization()
        })
    };
    let code = authorize();
    let form = Form::default()
        .and("grant_type", "authorization_code")
        .and("client_id", "spa")
        .and("provider", "github")
        .and("code", &code)
        .and("redirect_uri", CALLBACK)
        .and("code_verifier", VERIFIER);

    // Who has the code alone has nothing.
    for (case, form) in [
        ("no verifier", form.clone().without("code_verifier")),
        ("another verifier", form.clone().with("code_verifier", OTHER_VERIFIER)),
        ("the challenge", form.clone().with("code_verifier", &challenge(VERIFIER))),
    ] {
        post_from(&world, ORIGIN, &form).await.assert_refused(case, REJECTED);
    }

    let answer = post_from(&world, ORIGIN, &form).await;
    let claims = world.claims(&answer, "the page").await;
    assert_eq!(claims["sub"], "58d0b913-e0a1-536d-8f5c-245b2279db72");
    assert_eq!((&claims["idp"], &claims["idp_sub"]), (&"github".into(), &"583231".into()));
    assert_eq!(claims["idp_binding"], "code");
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));

    // The secret and GitHub's token stayed between the service and GitHub.
    let redeemed = site("github").calls(&world.internet);
    assert_eq!(redeemed[0].in_form("client_secret").as_deref(), Some(github::CLIENT_SECRET));
    let shown = world.internet.calls("api.github.com", "/user");
    let token = shown[0].bearer().unwrap();
    assert!(token.starts_with("gho_"), "{token}");
    let payload = serde_json::to_string(&claims).unwrap();
    let headers = format!("{:?}", answer.headers);
    for seen in [&form.encoded(), &answer.body, &headers, &payload] {
        for secret in [github::CLIENT_SECRET, token, "gho_"] {
            assert!(!seen.contains(secret), "{secret} in {seen}");
        }
    }

    post_from(&world, ORIGIN, &form).await.assert_refused("a second time", REJECTED);
}

#[tokio::test]
async fn a_page_of_the_client_reads_tokens_and_refusals_and_no_other_page_gets_any() {
    let world = World::start().await;
    for site in &SITES {
        let code = site.code(&world.internet);
        world.internet.forget_calls();
        for origin in ["https://evil.example", "https://app.example.com.evil.example", "null"] {
            let answer = post_from(&world, origin, &form(site.name, &code)).await;
            answer.assert_refused(origin, (400, "unauthorized_client", "origin_not_allowed"));
            assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
        }
        assert!(world.internet.all_calls().is_empty(), "{}: the code is still good", site.name);
        let good = form(site.name, &code);
        let answers = [
            (200, post_from(&world, ORIGIN, &good).await),
            (400, post_from(&world, ORIGIN, &good).await),
            (400, post_from(&world, ORIGIN, &good.clone().without("code")).await),
            (400, post_from(&world, ORIGIN, &good.clone().with("redirect_uri", "x:/")).await),
            (401, post_from(&world, ORIGIN, &good.clone().with("client_id", "x")).await),
            (503, {
                site.fault(&world.internet, Fault::rate_limited(7));
                post_from(&world, ORIGIN, &good.clone().with("code", "another")).await
            }),
        ];
        for (status, answer) in answers {
            assert_eq!(answer.status, status, "{}: {}", site.name, answer.body);
            let allowed = answer.header("access-control-allow-origin");
            assert_eq!(allowed, Some(ORIGIN), "{} {status}", site.name);
            let vary = answer.header("vary").unwrap_or_default().to_ascii_lowercase();
            assert!(vary.contains("origin"), "{} {status}: {vary}", site.name);
            let exposed = answer.header("access-control-expose-headers").unwrap_or_default();
            if status == 503 {
                assert!(exposed.contains("retry-after"), "{}: {exposed}", site.name);
            }
        }
    }
}

/// A code that was sent to one client's page is not redeemed by another's.
#[tokio::test]
async fn a_page_of_another_client_redeems_no_codes_for_this_one() {
    let other = "[[clients]]\nid = \"other\"\naudience = [\"https://api.example.com\"]\n\
                 origins = [\"https://other.example.com\"]\n\n[providers.google]";
    let world = World::configured(|text| instead(text, "[providers.google]", other)).await;
    for site in &SITES {
        let code = site.code(&world.internet);
        let answer = post_from(&world, "https://other.example.com", &form(site.name, &code)).await;
        let refused = (400, "unauthorized_client", "origin_not_allowed");
        answer.assert_refused(site.name, refused);
        world.assert_unused(site, &code, site.name).await;
    }
}
