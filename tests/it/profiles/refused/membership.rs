//! Rows for the members of something: who is none does not sign in, and who is one is the same
//! person as without.

use super::{Kind, Scene};
use crate::support::internet::Line;

/// The fixtures, and where it is asked whether the person is a member.
const ROWS: [(&str, &str); 4] = [
    ("github-org.json", "/orgs/acme-labs/members/zoe-l"),
    ("github-team.json", "/teams/1027488/members/tyamada"),
    ("github-enterprise-org.json", "/api/v3/orgs/research/members/olga"),
    ("github-enterprise-team.json", "/api/v3/teams/4/members/taro"),
];

/// What comes of an answer.
enum Verdict {
    In,
    Refused(&'static str),
    Unavailable,
}

#[tokio::test]
async fn whoever_is_no_member_is_refused_and_what_says_neither_is_no_member_either() {
    for (file, path) in ROWS {
        for (status, verdict) in [
            (204, Verdict::In),
            (302, Verdict::Refused("domain_not_allowed")),
            (404, Verdict::Refused("domain_not_allowed")),
            (401, Verdict::Refused("provider_rejected")),
            (403, Verdict::Refused("provider_rejected")),
            (200, Verdict::Unavailable),
            (301, Verdict::Unavailable),
            (429, Verdict::Unavailable),
            (500, Verdict::Unavailable),
        ] {
            for kind in [Kind::AccessToken, Kind::Code] {
                let case = format!("{file} {status} {kind:?}");
                let mut scene = Scene::of(file).answering(path, status, "");
                let elsewhere = "/user/is/a/member";
                scene.line(path).headers.insert("location".to_owned(), elsewhere.to_owned());
                let mut there = scene.line(path).clone();
                there.url.set_path(elsewhere);
                there.status = 204;
                scene.fixture.calls.push(there);
                let outcome = scene.bring(kind).await;
                match verdict {
                    Verdict::In => assert!(outcome.assert_in(&case).contains_key("sub")),
                    Verdict::Refused(reason) => outcome.assert_refused(&case, reason),
                    Verdict::Unavailable => outcome.assert_unavailable(&case),
                }
                assert_eq!(outcome.asked(elsewhere), 0, "{case}: a redirect is followed");
            }
        }
    }
}

#[tokio::test]
async fn what_the_person_would_have_to_be_a_member_of_is_named() {
    let (file, path) = ROWS[0];
    let outcome = Scene::of(file).answering(path, 404, "").bring(Kind::Code).await;
    let description = outcome.answer.text("error_description");
    assert!(description.contains("membership"), "{description}");
    assert!(description.contains("acme-labs"), "{description}");
}

#[tokio::test]
async fn another_apps_token_does_not_even_reach_the_question() {
    let (file, path) = ROWS[0];
    let scene = Scene::of(file).saying("/applications/client/token", "/app/client_id", "another");
    let outcome = scene.bring(Kind::AccessToken).await;
    outcome.assert_refused(file, "wrong_audience");
    assert_eq!(outcome.asked(path), 0);
}

#[tokio::test]
async fn a_member_is_the_same_person_as_through_the_row_without_membership() {
    for (file, path) in ROWS {
        let row =
            if file.starts_with("github-enterprise") { "github-enterprise" } else { "github" };
        for kind in [Kind::AccessToken, Kind::Code] {
            let case = format!("{file} {kind:?}");
            let member = Scene::of(file).bring(kind).await;
            let mut scene = Scene::of(file);
            row.clone_into(&mut scene.fixture.row);
            scene.fixture.backend = None;
            scene.fixture.settings.retain(|name, _| !["name", "id"].contains(&name.as_str()));
            scene.fixture.calls.retain(|line: &Line| line.url.path() != path);
            let person = Scene::from(scene.fixture).bring(kind).await;
            let sub = &person.assert_in(&case)["sub"];
            assert_eq!(&member.assert_in(&case)["sub"], sub, "{case}");
        }
    }
}
