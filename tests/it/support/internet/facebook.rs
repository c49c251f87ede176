//! Facebook: the person, whose an access token is, the token endpoint, and the key set.

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use super::call::Call;
use super::fake::{Fake, Traits, at_hash, key_set};
use super::graph::{self, VERSION, error};
use super::ledger::{Attempt, Authorization, Grant, Life, Refusal, Registered};
use super::reply::Reply;
use crate::support::NOW;
use crate::support::keys::hex;

/// Our app.
pub(crate) const CLIENT_ID: &str = "312083254664235";
/// Its secret.
pub(crate) const CLIENT_SECRET: &str = "facebook-secret";
/// Somebody else's app.
pub(crate) const FOREIGN_CLIENT_ID: &str = "998877665544332";

const APPS: &[Registered] = &[
    Registered { client_id: CLIENT_ID, secret: Some(CLIENT_SECRET) },
    Registered { client_id: FOREIGN_CLIENT_ID, secret: Some("foreign-secret") },
];
/// Seconds that an access token counts.
const LIFETIME: u64 = 5_183_944;

/// Returns what our app is usually granted.
pub(crate) fn grant() -> Grant {
    Grant { client_id: CLIENT_ID, scope: "email public_profile", life: Life::Good }
}

/// Returns what our app usually asks for.
pub(crate) fn authorization() -> Authorization {
    Authorization {
        client_id: CLIENT_ID,
        redirect_uri: "https://app.example.com/callback",
        scope: "email public_profile",
        code_challenge: None,
        nonce: None,
        life: Life::Good,
    }
}

/// A member that is null is not answered.
pub(super) fn fake() -> Fake {
    let profile = json!({
        "id": "6801045783286074",
        "name": "Ada Lovelace",
        "first_name": "Ada",
        "middle_name": null,
        "last_name": "Lovelace",
        "email": "ada@example.com",
        "picture": { "data": {
            "height": 256,
            "width": 256,
            "is_silhouette": false,
            "url": "https://platform-lookaside.fbsbx.com/ada.jpg",
        } },
    });
    Fake::new(Traits { apps: APPS, token_prefix: "EAAB", code_prefix: "AQB", claims }, profile)
}

fn claims(profile: &Value) -> Value {
    json!({
        "iss": "https://www.facebook.com",
        "sub": profile["id"],
        "jti": "Xk5f.b1c4a8",
        "name": profile["name"],
        "given_name": profile["first_name"],
        "middle_name": profile["middle_name"],
        "family_name": profile["last_name"],
        "email": profile["email"],
        "picture": profile["picture"]["data"]["url"],
    })
}

pub(super) fn answer(fake: &Fake, call: &Call) -> Option<Reply> {
    if call.host != "graph.facebook.com" {
        let is_key_set = call.target() == ("GET", "/.well-known/oauth/openid/jwks/");
        return is_key_set.then(|| Reply::json(200, key_set()));
    }
    let answer = match (call.method.as_str(), call.path.strip_prefix(VERSION)?) {
        ("GET", "/me") => me(fake, call),
        ("GET", "/debug_token") => debug_token(fake, call),
        ("GET" | "POST", "/oauth/access_token") => token(fake, call),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refused| refused))
}

/// Shows the person to any app that has a token for them, so the proof is what tells apps apart.
fn me(fake: &Fake, call: &Call) -> Result<Reply, Reply> {
    let (token, grant) = graph::granted(&fake.ledger, call)?;
    let proof = call.in_query("appsecret_proof");
    if proof.is_some_and(|proof| proof != appsecret_proof(fake, &token, &grant)) {
        return Err(error(100, None, "Invalid appsecret_proof provided in the API argument"));
    }
    let mut profile = fake.profile();
    if !grant.allows("email") {
        profile["email"] = Value::Null;
    }
    graph::select(call, &profile, "id,name").map(|person| Reply::json(200, person))
}

/// Returns the HMAC-SHA-256 of a token under its app's secret.
fn appsecret_proof(fake: &Fake, token: &str, grant: &Grant) -> String {
    let secret = fake.ledger.app(grant.client_id).and_then(|app| app.secret).unwrap_or_default();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hex(hmac::sign(&key, token.as_bytes()))
}

/// Says whose token it is, to the app that it was issued to.
fn debug_token(fake: &Fake, call: &Call) -> Result<Reply, Reply> {
    let app_token = graph::presented(call).unwrap_or_default();
    let app = app_token.split_once('|').and_then(|(client_id, secret)| {
        fake.ledger.app(client_id).filter(|app| app.secret == Some(secret))
    });
    let app = app.ok_or_else(|| error(190, None, "Invalid OAuth access token signature."))?;
    let token = call.in_query("input_token");
    let token =
        token.ok_or_else(|| error(100, None, "(#100) The parameter input_token is required"))?;
    let Some(grant) = fake.ledger.grant(&token) else {
        let message = "Invalid OAuth access token - Cannot parse access token";
        let error = json!({ "code": 190, "message": message });
        return Ok(Reply::json(
            200,
            json!({ "data": { "error": error, "is_valid": false, "scopes": [] } }),
        ));
    };
    if grant.client_id != app.client_id {
        let foreign = "(#100) The App_id in the input_token did not match the Viewing App";
        return Err(error(100, None, foreign));
    }
    Ok(Reply::json(200, json!({ "data": debugged(fake, &grant) })))
}

fn debugged(fake: &Fake, grant: &Grant) -> Value {
    let expires_at = if grant.life == Life::Expired { NOW - 60 } else { NOW + LIFETIME };
    let mut data = json!({
        "app_id": grant.client_id,
        "type": "USER",
        "application": "Example",
        "data_access_expires_at": NOW + 7_776_000,
        "expires_at": expires_at,
        "is_valid": grant.life == Life::Good,
        "issued_at": expires_at - LIFETIME,
        "scopes": grant.scope.split(' ').collect::<Vec<_>>(),
        "user_id": fake.profile()["id"],
    });
    if let Some((subcode, message)) = graph::subcode(grant.life) {
        data["error"] = json!({ "code": 190, "message": message, "subcode": subcode });
    }
    data
}

fn token(fake: &Fake, call: &Call) -> Result<Reply, Reply> {
    if call.anywhere("grant_type").is_some_and(|kind| kind != "authorization_code") {
        return Err(error(100, None, "Invalid grant_type"));
    }
    let app = fake.ledger.app(&call.anywhere("client_id").unwrap_or_default());
    let app = app.ok_or_else(|| {
        error(
            101,
            None,
            "Error validating application. Cannot get application info due to a system error.",
        )
    })?;
    if app.secret != call.anywhere("client_secret").as_deref() {
        return Err(error(1, None, "Error validating client secret."));
    }
    let attempt = Attempt {
        client_id: app.client_id,
        code: call.anywhere("code"),
        redirect_uri: call.anywhere("redirect_uri"),
        code_verifier: call.anywhere("code_verifier"),
    };
    let authorization = fake.ledger.redeem(&attempt).map_err(not_redeemed)?;
    Ok(tokens(fake, authorization))
}

fn not_redeemed(refusal: Refusal) -> Reply {
    let (subcode, message) = match refusal {
        Refusal::Unknown => (36007, "Invalid verification code format."),
        Refusal::RedirectUri => (36008, graph::OTHER_REDIRECT_URI),
        Refusal::Used => (36009, "This authorization code has been used."),
        Refusal::Verifier => (36007, "Invalid code verifier."),
    };
    error(100, Some(subcode), message)
}

fn tokens(fake: &Fake, authorization: Authorization) -> Reply {
    let Authorization { client_id, scope, nonce, .. } = authorization;
    let grant = Grant { client_id, scope, life: Life::Good };
    let access_token = fake.issue(grant.clone());
    let mut reply = json!({
        "access_token": access_token,
        "token_type": "bearer",
        "expires_in": LIFETIME,
    });
    if grant.allows("openid") {
        let mut token = fake.id_token(client_id);
        token.claim("at_hash", at_hash(&access_token));
        if let Some(nonce) = nonce {
            token.claim("nonce", nonce);
        }
        reply["id_token"] = fake.finish(token).into();
    }
    Reply::json(200, reply)
}
