//! Access tokens that are JWTs of providers that nobody can be asked about: taken where the operator
//! allows unbound ones, and only of this provider.

use super::{Kind, Scene};
use crate::support::claims::Token;

#[tokio::test]
async fn a_jwt_is_an_access_token_where_there_are_no_id_tokens_and_never_one_of_ours() {
    for file in ["zoom-oauth2.json", "atlassian.json", "wlcg.json", "microsoft-graph.json"] {
        let mut token = Token::valid("https://tokens.example.com");
        token.claim("aud", "https://api.example.com");
        let outcome = Scene::of(file).holding(&token.compact()).bring(Kind::AccessToken).await;
        assert_eq!(outcome.assert_in(file)["idp_binding"], "none", "{file}");
        token.claim("iss", "https://id.example.com");
        let outcome = Scene::of(file).holding(&token.compact()).bring(Kind::AccessToken).await;
        outcome.assert_refused(file, "own_token");
        assert!(outcome.calls.is_empty(), "{file}");
    }
}

#[tokio::test]
async fn where_access_tokens_are_allowed_unbound_a_jwt_is_told_by_its_issuer() {
    let file = "casdoor.json";
    let fixture = Scene::of(file).fixture;
    let mut token = Token::valid(fixture.issuer.as_deref().unwrap());
    token.claim("aud", "account").claim("sub", fixture.expected["id"].clone());
    let outcome = Scene::of(file).holding(&token.compact()).bring(Kind::AccessToken).await;
    assert_eq!(outcome.assert_in(file)["idp_binding"], "none");
    token.claim("iss", "https://login.elsewhere.test");
    let outcome = Scene::of(file).holding(&token.compact()).bring(Kind::AccessToken).await;
    outcome.assert_refused(file, "wrong_issuer");
    assert!(outcome.calls.is_empty());
}
