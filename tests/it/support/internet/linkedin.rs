//! LinkedIn: introspection, userinfo, the token endpoint and the key set.

use serde_json::{Value, json};

use super::call::Call;
use super::fake::{Fake, Traits, key_set, text, without};
use super::ledger::{Attempt, Authorization, Grant, Life, Registered};
use super::reply::Reply;
use crate::support::NOW;

/// Our app.
pub(crate) const CLIENT_ID: &str = "78abcdefghijkl";
/// Its secret.
pub(crate) const CLIENT_SECRET: &str = "linkedin-secret";
/// Somebody else's app.
pub(crate) const FOREIGN_CLIENT_ID: &str = "86zyxwvutsrqpo";

const APPS: &[Registered] = &[
    Registered { client_id: CLIENT_ID, secret: Some(CLIENT_SECRET) },
    Registered { client_id: FOREIGN_CLIENT_ID, secret: Some("foreign-secret") },
];
/// Seconds that an access token counts: 60 days.
const LIFETIME: u64 = 5_184_000;

/// Returns what our app is usually granted.
pub(crate) fn grant() -> Grant {
    Grant { client_id: CLIENT_ID, scope: "openid profile email", life: Life::Good }
}

/// Returns what our app usually asks for. LinkedIn takes neither challenge nor nonce.
pub(crate) fn authorization() -> Authorization {
    Authorization {
        client_id: CLIENT_ID,
        redirect_uri: "https://app.example.com/callback",
        scope: "openid profile email",
        code_challenge: None,
        nonce: None,
        life: Life::Good,
    }
}

pub(super) fn fake() -> Fake {
    let profile = json!({
        "sub": "782bbtaQ",
        "name": "Ada Lovelace",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "picture": "https://media.licdn.com/dms/image/ada",
        "locale": { "country": "GB", "language": "en" },
        "email": "ada@example.com",
        "email_verified": true,
    });
    let traits = Traits { apps: APPS, token_prefix: "AQX", code_prefix: "AQT", claims };
    Fake::new(traits, profile)
}

/// The verified flag is a string and the locale another one than in userinfo.
fn claims(profile: &Value) -> Value {
    let mut claims = profile.clone();
    claims["iss"] = "https://www.linkedin.com/oauth".into();
    claims["locale"] = "en_US".into();
    if !profile["email_verified"].is_null() {
        claims["email_verified"] = text(&profile["email_verified"]).into();
    }
    claims
}

pub(super) fn answer(fake: &Fake, call: &Call) -> Option<Reply> {
    let reply = match (call.host.as_str(), call.target()) {
        ("www.linkedin.com", ("POST", "/oauth/v2/introspectToken")) => introspect(fake, call),
        ("www.linkedin.com", ("POST", "/oauth/v2/accessToken")) => token(fake, call),
        ("www.linkedin.com", ("GET", "/oauth/openid/jwks")) => Reply::json(200, key_set()),
        ("api.linkedin.com", ("GET", "/v2/userinfo")) => userinfo(fake, call),
        _ => return None,
    };
    Some(reply)
}

fn error(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(status, json!({ "error": error, "error_description": description }))
}

/// Authenticates the client by its secret in the form: Basic is not known here.
fn client(fake: &Fake, call: &Call, unknown: u16) -> Result<&'static str, Reply> {
    let client_id = call.in_form("client_id").unwrap_or_default();
    let app = fake.ledger.app(&client_id).filter(|_| call.basic().is_none());
    let failed = |status| error(status, "invalid_client", "Client authentication failed");
    let app = app.ok_or_else(|| failed(unknown))?;
    let is_right = app.secret == call.in_form("client_secret").as_deref();
    if is_right { Ok(app.client_id) } else { Err(failed(401)) }
}

/// Says whose token it is. Of another app's it says only that it is not active.
fn introspect(fake: &Fake, call: &Call) -> Reply {
    let client_id = match client(fake, call, 400) {
        Ok(client_id) => client_id,
        Err(refused) => return refused,
    };
    let Some(grant) = fake.ledger.grant(&call.in_form("token").unwrap_or_default()) else {
        return error(400, "invalid_request", "Invalid token");
    };
    if grant.client_id != client_id {
        return Reply::json(200, json!({ "active": false }));
    }
    let (status, expires_at) = match grant.life {
        Life::Good => ("active", NOW - 60 + LIFETIME),
        Life::Expired => ("expired", NOW - 60),
        Life::Revoked => ("revoked", NOW - 60 + LIFETIME),
    };
    let info = json!({
        "active": grant.life == Life::Good,
        "client_id": grant.client_id,
        "authorized_at": expires_at - LIFETIME,
        "created_at": expires_at - LIFETIME,
        "status": status,
        "expires_at": expires_at,
        "scope": grant.scope_joined(","),
        "auth_type": "3L",
    });
    Reply::json(200, info)
}

fn userinfo(fake: &Fake, call: &Call) -> Reply {
    let refused = |status: u16, number: u32, code: &str, message: &str| {
        let body = json!({
            "status": status,
            "serviceErrorCode": number,
            "code": code,
            "message": message,
        });
        Reply::json(status, body)
    };
    let Some(token) = call.bearer() else {
        return refused(401, 65604, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token");
    };
    let grant = fake.ledger.grant(token);
    match grant {
        None => refused(401, 65600, "INVALID_ACCESS_TOKEN", "Invalid access token"),
        Some(Grant { life: Life::Expired, .. }) => {
            refused(401, 65602, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired")
        }
        Some(Grant { life: Life::Revoked, .. }) => {
            let message = "The token used in the request has been revoked by the user";
            refused(401, 65601, "REVOKED_ACCESS_TOKEN", message)
        }
        Some(grant) if !grant.allows("openid") || !grant.allows("profile") => {
            let message = "Not enough permissions to access: userinfo.GET.NO_VERSION";
            refused(403, 100, "ACCESS_DENIED", message)
        }
        Some(grant) if grant.allows("email") => Reply::json(200, fake.profile()),
        Some(_) => Reply::json(200, without(fake.profile(), &["email", "email_verified"])),
    }
}

fn token(fake: &Fake, call: &Call) -> Reply {
    match redeem(fake, call) {
        Ok(authorization) => tokens(fake, &authorization),
        Err(refused) => refused,
    }
}

fn redeem(fake: &Fake, call: &Call) -> Result<Authorization, Reply> {
    let invalid = |description: &str| error(400, "invalid_request", description);
    if call.in_form("grant_type").as_deref() != Some("authorization_code") {
        return Err(error(400, "unsupported_grant_type", "The grant type is not supported"));
    }
    let client_id = client(fake, call, 401)?;
    // PKCE is at another address, for apps on a device.
    if call.in_form("code_verifier").is_some() {
        return Err(invalid("A parameter is not allowed here: code_verifier"));
    }
    let attempt = Attempt {
        client_id,
        code: call.in_form("code"),
        redirect_uri: call.in_form("redirect_uri"),
        code_verifier: None,
    };
    let mismatch = "Unable to retrieve access token: appid/redirect uri/code verifier does not \
        match authorization code. Or authorization code expired.";
    fake.ledger.redeem(&attempt).map_err(|_| invalid(mismatch))
}

fn tokens(fake: &Fake, authorization: &Authorization) -> Reply {
    let &Authorization { client_id, scope, .. } = authorization;
    let grant = Grant { client_id, scope, life: Life::Good };
    let mut reply = json!({
        "access_token": fake.issue(grant.clone()),
        "expires_in": LIFETIME - 1,
        "scope": grant.scope_joined(","),
        "token_type": "Bearer",
    });
    if grant.allows("openid") {
        reply["id_token"] = fake.finish(fake.id_token(client_id)).into();
    }
    Reply::json(200, reply)
}
