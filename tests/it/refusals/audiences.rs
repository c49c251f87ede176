//! For whom: `aud` and `azp` (OpenID Connect Core §3.1.3.7 steps 3 to 5).

use serde_json::{Value, json};

use super::{Attempt, Row, row};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row("aud missing", "missing_claim", |it| {
            it.token.without_claim("aud");
        }),
        row("aud empty", "missing_claim", |it| aud(it, "".into())),
        row("aud an empty array", "missing_claim", |it| aud(it, json!([]))),
        row("aud an array of nothing", "missing_claim", |it| aud(it, json!([""]))),
        row("aud null", "malformed", |it| aud(it, Value::Null)),
        row("aud a number", "malformed", |it| aud(it, 1.into())),
        row("aud true", "malformed", |it| aud(it, true.into())),
        row("aud an object", "malformed", |it| aud(it, json!({ "countersign": true }))),
        row("aud an array with a number", "malformed", |it| aud(it, json!(["countersign", 1]))),
        row("aud an array in an array", "malformed", |it| aud(it, json!([["countersign"]]))),
        row("aud another app", "wrong_audience", |it| aud(it, "somebody-elses-app".into())),
        row("aud an array of another app", "wrong_audience", |it| aud(it, json!(["other"]))),
        row("aud another provider's client ID of ours", "wrong_audience", |it| {
            aud(it, "strict".into());
        }),
        row("aud our audience in place of our client ID", "wrong_audience", |it| {
            aud(it, "https://api.example.com".into());
        }),
        row("aud in another case", "wrong_audience", |it| aud(it, "Countersign".into())),
        row("aud with white space", "wrong_audience", |it| aud(it, "countersign ".into())),
        row("aud that only starts right", "wrong_audience", |it| aud(it, "countersign-x".into())),
        row("aud a list in one string", "wrong_audience", |it| {
            aud(it, "countersign countersign-ios".into());
        }),
        row("aud ours and a foreign one", "wrong_audience", |it| {
            aud(it, json!(["countersign", "somebody-elses-app"]));
        }),
        row("aud ours and a foreign one, azp ours", "wrong_audience", |it| {
            aud(it, json!(["countersign", "somebody-elses-app"]));
            azp(it, "countersign".into());
        }),
        row("aud ours and an empty one", "wrong_audience", |it| {
            aud(it, json!(["countersign", ""]));
        }),
        row("aud two of ours, no azp", "wrong_authorized_party", |it| {
            aud(it, json!(["countersign", "countersign-ios"]));
        }),
        row("aud two of ours, azp foreign", "wrong_authorized_party", |it| {
            aud(it, json!(["countersign", "countersign-ios"]));
            azp(it, "somebody-elses-app".into());
        }),
        row("azp foreign", "wrong_authorized_party", |it| azp(it, "somebody-elses-app".into())),
        row("azp empty", "wrong_authorized_party", |it| azp(it, "".into())),
        row("azp in another case", "wrong_authorized_party", |it| azp(it, "COUNTERSIGN".into())),
        row("azp a number", "malformed", |it| azp(it, 1.into())),
        row("azp an array", "malformed", |it| azp(it, json!(["countersign"]))),
    ]
}

fn aud(attempt: &mut Attempt, value: Value) {
    attempt.token.claim("aud", value);
}

fn azp(attempt: &mut Attempt, value: Value) {
    attempt.token.claim("azp", value);
}
