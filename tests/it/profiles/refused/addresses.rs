//! What a provider's answer puts into an address: it fills its place there, and changes nothing
//! else of where the call goes.

use serde_json::{Value, json};

use super::{Kind, Outcome, Scene};

/// Ids that would lead elsewhere if they were put in as they are, and how they have to be sent in
/// a path.
const IDS: [(&str, &str); 7] = [
    ("../x", "..%2Fx"),
    ("../../admin", "..%2F..%2Fadmin"),
    ("a/b?c=d", "a%2Fb%3Fc%3Dd"),
    ("a#b", "a%23b"),
    ("x@evil.test", "x%40evil.test"),
    ("%2e%2e", "%252e%252e"),
    ("a&access_token=b;c", "a%26access_token%3Db%3Bc"),
];
/// Those that have no place in a path at all.
const NOWHERE: [&str; 3] = ["..", ".", ""];

/// Where an id comes from and where it goes.
#[derive(Debug)]
struct Way {
    file: &'static str,
    /// The answer that has it, and where in it.
    answer: (&'static str, &'static str),
    /// The host, and the start of the path that it is put into.
    call: (&'static str, &'static str),
    /// The end of that path.
    rest: &'static str,
}

const IN_PATHS: [Way; 4] = [
    Way {
        file: "clever.json",
        answer: ("/v3.0/me", "/data/id"),
        call: ("api.clever.com", "/v3.0/users/"),
        rest: "",
    },
    Way {
        file: "etsy.json",
        answer: ("/v3/application/users/me", "/user_id"),
        call: ("openapi.etsy.com", "/v3/application/users/"),
        rest: "",
    },
    Way {
        file: "orcid.json",
        answer: ("/oauth/userinfo", "/sub"),
        call: ("pub.orcid.org", "/v3.0/"),
        rest: "/record",
    },
    Way {
        file: "github-org.json",
        answer: ("/user", "/login"),
        call: ("api.github.com", "/orgs/acme-labs/members/"),
        rest: "",
    },
];

impl Way {
    async fn bring(&self, id: &str) -> Outcome {
        let (path, pointer) = self.answer;
        Scene::of(self.file).saying(path, pointer, id).bring(Kind::Code).await
    }

    /// Returns the paths that were called where the id goes, but for the answer that it is from.
    fn called(&self, outcome: &Outcome) -> Vec<String> {
        let (host, start) = self.call;
        let there = outcome.calls.iter().filter(|call| call.host == host);
        let there = there.filter(|call| call.path != self.answer.0);
        there.map(|call| call.path.clone()).filter(|path| path.starts_with(start)).collect()
    }
}

/// Checks that a call went to no other address than those that the fixture knows.
fn assert_nowhere_else(outcome: &Outcome, way: &Way, sent: &str) {
    let fixture = Scene::of(way.file).fixture;
    for call in &outcome.calls {
        let known = fixture.lines().iter().any(|line| line.url.path() == call.path);
        assert!(known || call.path == sent, "{} {sent}: {}", way.file, call.path);
    }
}

#[tokio::test]
async fn an_id_that_looks_like_an_address_stays_one_part_of_a_path() {
    for way in &IN_PATHS {
        for (id, encoded) in IDS {
            let case = format!("{} {id}", way.file);
            let outcome = way.bring(id).await;
            let expected = format!("{}{encoded}{}", way.call.1, way.rest);
            let called = way.called(&outcome).concat();
            assert_eq!(called, expected, "{case}: {:?}", outcome.answer);
            assert_nowhere_else(&outcome, way, &expected);
            // Nothing is there.
            assert_ne!(outcome.answer.status, 200, "{case}");
        }
    }
}

#[tokio::test]
async fn an_id_that_would_be_another_path_is_not_sent() {
    for way in &IN_PATHS {
        for id in NOWHERE {
            let case = format!("{} {id:?}", way.file);
            let outcome = way.bring(id).await;
            outcome.assert_unavailable(&case);
            assert_eq!(way.called(&outcome), Vec::<String>::new(), "{case}");
        }
    }
}

#[tokio::test]
async fn an_id_that_looks_like_parameters_stays_one_parameter() {
    for (file, from, pointer, path, name) in [
        ("weibo.json", "/oauth2/get_token_info", "/uid", "/2/users/show.json", "uid"),
        ("qq.json", "/oauth2.0/me", "/openid", "/user/get_user_info", "openid"),
        ("weixin.json", "/sns/oauth2/access_token", "/openid", "/sns/userinfo", "openid"),
    ] {
        for (id, _) in IDS {
            let case = format!("{file} {id}");
            let scene = Scene::of(file).saying(from, pointer, id);
            // The profile has the id, too, where it is read there.
            let scene = scene.saying(path, "/openid", id).with(path, |line| {
                line.needs.as_mut().unwrap().query[name] = id.into();
            });
            let plain = Scene::of(file).bring(Kind::Code).await;
            let outcome = scene.bring(Kind::Code).await;
            assert_eq!(outcome.assert_in(&case)["idp_sub"], json!(id), "{case}");
            let names = |outcome: &Outcome| {
                let call = outcome.calls.iter().find(|call| call.path == path).unwrap().clone();
                call.query.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
            };
            assert_eq!(names(&outcome), names(&plain), "{case}");
        }
        for id in NOWHERE {
            let outcome = Scene::of(file).saying(from, pointer, id).bring(Kind::Code).await;
            outcome.assert_unavailable(&format!("{file} {id:?}"));
            assert_eq!(outcome.asked(path), 0, "{file} {id:?}");
        }
    }
}

#[tokio::test]
async fn what_is_no_id_is_not_put_into_an_address() {
    for way in &IN_PATHS {
        for value in [Value::Null, json!(true), json!(["a"]), json!({"a": 1}), json!(1.5)] {
            let case = format!("{} {value}", way.file);
            let (path, pointer) = way.answer;
            let scene = Scene::of(way.file).saying(path, pointer, value);
            let outcome = scene.bring(Kind::Code).await;
            outcome.assert_unavailable(&case);
            assert_eq!(way.called(&outcome), Vec::<String>::new(), "{case}");
        }
    }
}

#[tokio::test]
async fn an_access_token_that_stands_in_a_path_stays_one_part_of_it() {
    for (token, encoded) in IDS {
        let outcome = Scene::of("hubspot.json").holding(token).bring(Kind::AccessToken).await;
        outcome.assert_refused(token, "provider_rejected");
        let expected = format!("/oauth/v1/access-tokens/{encoded}");
        assert!(!outcome.calls.is_empty(), "{token}");
        assert!(outcome.calls.iter().all(|call| call.path == expected), "{:?}", outcome.calls);
    }
}

#[tokio::test]
async fn an_access_token_that_would_be_another_path_is_refused_unasked() {
    for token in ["..", "."] {
        let outcome = Scene::of("hubspot.json").holding(token).bring(Kind::AccessToken).await;
        assert_eq!(outcome.calls.len(), 0, "{token}: {:?}", outcome.calls);
        outcome.assert_refused(token, "provider_rejected");
    }
}

#[tokio::test]
async fn an_id_that_is_missing_leaves_an_address_that_is_not_called() {
    for (file, from, member, path) in [
        ("clever.json", "/v3.0/me", "data", "/v3.0/users/%7Bid%7D"),
        ("github-org.json", "/user", "login", "/orgs/acme-labs/members/%7Blogin%7D"),
        ("weibo.json", "/oauth2/get_token_info", "uid", "/2/users/show.json"),
        ("qq.json", "/oauth2.0/me", "openid", "/user/get_user_info"),
        ("weixin.json", "/sns/oauth2/access_token", "openid", "/sns/userinfo"),
    ] {
        let outcome = Scene::of(file).without(from, member).bring(Kind::Code).await;
        outcome.assert_unavailable(file);
        assert_eq!(outcome.asked(path), 0, "{file}: {:?}", outcome.calls);
    }
    let (from, path) = ("application-properties", "/users/%7Bname%7D");
    let from = format!("/bitbucket/rest/api/latest/{from}");
    let scene = Scene::of("bitbucket-datacenter-oauth2.json");
    let scene = scene.with(&from, |line| drop(line.headers.remove("x-ausername")));
    let outcome = scene.bring(Kind::Code).await;
    outcome.assert_unavailable(&from);
    assert!(outcome.calls.iter().all(|call| !call.path.ends_with(path)), "{:?}", outcome.calls);
}
