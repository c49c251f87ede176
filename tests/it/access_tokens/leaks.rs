//! Nothing that a provider says of a failure, and no credential, is passed on.

use serde_json::json;

use super::served::Program;
use super::{EMAILS, GITHUB, Place, SITES, Site, WAYS, World};
use crate::support::answer::Answer;
use crate::support::internet::{Fault, Internet};

/// What a provider puts into its answers, and what must not be seen.
const CANARY: &str = "kanarienvogel";

fn places() -> Vec<(&'static Site, Place)> {
    let each = SITES.into_iter().flat_map(|site| [(site, site.inspection), (site, site.profile)]);
    each.chain([(&GITHUB, EMAILS)]).collect()
}

/// Returns answers that hold the canary wherever one could be read from.
fn answers() -> Vec<Fault> {
    let mut answers = Vec::new();
    let error = json!({
        "error": CANARY, "error_description": CANARY, "message": CANARY, "code": CANARY,
        "status": CANARY, "scope": CANARY,
    });
    let nested = json!({ "error": { "message": CANARY, "code": CANARY, "status": CANARY } });
    let page = format!("<title>{CANARY}</title>");
    for body in [error.to_string(), nested.to_string(), page] {
        for status in [200, 400, 401, 403, 404, 418, 422, 429, 500] {
            let headers = vec![
                ("www-authenticate", format!("Bearer error=\"{CANARY}\"")),
                ("x-accepted-oauth-scopes", CANARY.to_owned()),
                ("content-type", "application/json".to_owned()),
            ];
            answers.push(Fault::Status(status, headers, body.clone()));
        }
    }
    let location = ("location", format!("https://{CANARY}.example.com/"));
    answers.push(Fault::Status(302, vec![location], CANARY.to_owned()));
    answers
}

fn assert_quiet(answer: &Answer, token: &str, case: &str) {
    for secret in [CANARY, token] {
        assert!(!answer.body.contains(secret), "{case}: {secret} in {}", answer.body);
        let headers = format!("{:?}", answer.headers);
        assert!(!headers.contains(secret), "{case}: {secret} in {headers}");
    }
}

#[tokio::test]
async fn no_answer_of_a_provider_and_no_token_is_in_what_we_answer() {
    let world = World::start().await;
    for (site, place) in places() {
        for fault in answers() {
            let token = world.token(site);
            let case = format!("{} {place:?} {fault:?}", site.idp);
            world.fault(place, fault);
            for way in WAYS {
                assert_quiet(&world.send(way, site.backend, &token).await, &token, &case);
            }
        }
        world.fault(place, None);
    }
    let metrics = world.app.get("/metrics").await;
    assert!(metrics.body.contains("provider_calls"), "{}", metrics.body);
    assert!(!metrics.body.contains(CANARY), "{}", metrics.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_at_its_most_verbose_has_neither() {
    let internet = Internet::start().await;
    let program = Program::start(&internet, "trace");
    let mut secrets = vec![CANARY.to_owned()];
    for (site, (host, path)) in places() {
        let token = (site.fake)(&internet).issue((site.grant)());
        let good = program.exchange(site.backend, &token).await;
        secrets.extend([good.token(site.idp), token]);
        for fault in answers().into_iter().step_by(4) {
            let token = (site.fake)(&internet).issue((site.grant)());
            internet.fault(host, path, fault);
            let case = format!("{} {path}", site.idp);
            assert_quiet(&program.exchange(site.backend, &token).await, &token, &case);
            secrets.push(token);
        }
        internet.fault(host, path, None);
    }
    let log = program.end();
    assert!(log.contains("\"TRACE\""), "the log is verbose: {log}");
    let configured = ["linkedin-secret", "github-secret", "facebook-secret"];
    // As Basic credentials.
    let encoded = ["SXYxLjAxMjM0NTY3ODlhYmNkZWY6", "MzEyMDgzMjU0NjY0MjM1fG"];
    for secret in secrets.iter().map(String::as_str).chain(configured).chain(encoded) {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}
