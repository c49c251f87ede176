//! Google: tokeninfo, two addresses for userinfo, the token endpoint and the key set.

use serde_json::{Value, json};

use super::call::Call;
use super::fake::{Fake, Traits, at_hash, key_set, text, without};
use super::ledger::{Attempt, Authorization, Grant, Life, Refusal, Registered};
use super::reply::Reply;
use crate::support::NOW;

/// Our web app.
pub(crate) const CLIENT_ID: &str = "web.apps.googleusercontent.com";
/// Our app on iOS, which has no secret.
pub(crate) const IOS_CLIENT_ID: &str = "ios.apps.googleusercontent.com";
/// The secret of the web app.
pub(crate) const CLIENT_SECRET: &str = "google-secret";
/// Somebody else's app.
pub(crate) const FOREIGN_CLIENT_ID: &str = "foreign.apps.googleusercontent.com";

const APPS: &[Registered] = &[
    Registered { client_id: CLIENT_ID, secret: Some(CLIENT_SECRET) },
    Registered { client_id: IOS_CLIENT_ID, secret: None },
    Registered { client_id: FOREIGN_CLIENT_ID, secret: Some("foreign-secret") },
];
/// The scopes that stand for `email` and `profile` in what Google answers.
const EMAIL_SCOPE: &str = "https://www.googleapis.com/auth/userinfo.email";
const PROFILE_SCOPE: &str = "https://www.googleapis.com/auth/userinfo.profile";
/// Seconds that an access token counts.
const LIFETIME: u64 = 3599;

/// Returns what our web app is usually granted.
pub(crate) fn grant() -> Grant {
    Grant { client_id: CLIENT_ID, scope: "openid email profile", life: Life::Good }
}

/// Returns what our web app usually asks for.
pub(crate) fn authorization() -> Authorization {
    Authorization {
        client_id: CLIENT_ID,
        redirect_uri: "https://app.example.com/callback",
        scope: "openid email profile",
        code_challenge: None,
        nonce: None,
        life: Life::Good,
    }
}

pub(super) fn fake() -> Fake {
    let profile = json!({
        "sub": "110169484474386276334",
        "name": "Ada Lovelace",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "picture": "https://lh3.googleusercontent.com/a/x=s96-c",
        "email": "ada@example.com",
        "email_verified": true,
        "hd": "example.com",
    });
    let traits = Traits { apps: APPS, token_prefix: "ya29.a0-", code_prefix: "4/0A", claims };
    Fake::new(traits, profile)
}

fn claims(profile: &Value) -> Value {
    let mut claims = profile.clone();
    claims["iss"] = "https://accounts.google.com".into();
    claims
}

pub(super) fn answer(fake: &Fake, call: &Call) -> Option<Reply> {
    let reply = match (call.host.as_str(), call.target()) {
        ("oauth2.googleapis.com", ("GET" | "POST", "/tokeninfo")) => tokeninfo(fake, call),
        ("oauth2.googleapis.com", ("POST", "/token")) => token(fake, call),
        ("openidconnect.googleapis.com", ("GET" | "POST", "/v1/userinfo"))
        | ("www.googleapis.com", ("GET" | "POST", "/oauth2/v3/userinfo")) => userinfo(fake, call),
        ("www.googleapis.com", ("GET", "/oauth2/v3/certs")) => {
            let caching = "public, max-age=23641, must-revalidate, no-transform";
            Reply::json(200, key_set()).with("cache-control", caching)
        }
        _ => return None,
    };
    Some(reply)
}

fn error(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(status, json!({ "error": error, "error_description": description }))
}

/// Says whose token it is, also when it is another app's. Every value is a string.
fn tokeninfo(fake: &Fake, call: &Call) -> Reply {
    let token = call.anywhere("access_token").unwrap_or_default();
    let Some(grant) = fake.ledger.good(&token) else {
        return error(400, "invalid_token", "Invalid Value");
    };
    let profile = fake.profile();
    let mut info = json!({
        "azp": grant.client_id,
        "aud": grant.client_id,
        "scope": scope(&grant),
        "exp": (NOW + LIFETIME).to_string(),
        "expires_in": LIFETIME.to_string(),
        "access_type": "online",
    });
    let mut tell = |name| info[name] = text(&profile[name]).into();
    if has(&grant, "openid") || has(&grant, "profile") {
        tell("sub");
    }
    if has(&grant, "email") && !profile["email"].is_null() {
        tell("email");
        tell("email_verified");
    }
    Reply::json(200, info)
}

/// Returns the scope as Google answers it.
fn scope(grant: &Grant) -> String {
    let names = grant.scope.split(' ').map(|name| match name {
        "email" => EMAIL_SCOPE,
        "profile" => PROFILE_SCOPE,
        other => other,
    });
    names.collect::<Vec<_>>().join(" ")
}

/// Tells whether a token has a scope, by the short name or by the long one.
fn has(grant: &Grant, name: &str) -> bool {
    let long = match name {
        "email" => EMAIL_SCOPE,
        "profile" => PROFILE_SCOPE,
        other => other,
    };
    grant.allows(name) || grant.allows(long)
}

fn userinfo(fake: &Fake, call: &Call) -> Reply {
    let Some(grant) = fake.ledger.good(call.bearer().unwrap_or_default()) else {
        return error(401, "invalid_request", "Invalid Credentials")
            .with("www-authenticate", "Bearer realm=\"https://accounts.google.com/\"");
    };
    if !["openid", "email", "profile"].iter().any(|scope| has(&grant, scope)) {
        let message = "Request had insufficient authentication scopes.";
        let error = json!({ "code": 403, "message": message, "status": "PERMISSION_DENIED" });
        return Reply::json(403, json!({ "error": error }));
    }
    let mut hidden = Vec::new();
    if !has(&grant, "email") {
        hidden.extend(["email", "email_verified"]);
    }
    if !has(&grant, "profile") {
        hidden.extend(["name", "given_name", "family_name", "picture"]);
    }
    Reply::json(200, without(fake.profile(), &hidden))
}

fn token(fake: &Fake, call: &Call) -> Reply {
    match redeem(fake, call) {
        Ok(authorization) => tokens(fake, authorization),
        Err(refused) => refused,
    }
}

fn redeem(fake: &Fake, call: &Call) -> Result<Authorization, Reply> {
    if call.in_form("grant_type").as_deref() != Some("authorization_code") {
        return Err(error(400, "unsupported_grant_type", "Invalid grant_type"));
    }
    let code_verifier = call.in_form("code_verifier");
    let sent_verifier = code_verifier.is_some();
    let attempt = Attempt {
        client_id: client(fake, call)?,
        code: call.in_form("code"),
        redirect_uri: call.in_form("redirect_uri"),
        code_verifier,
    };
    let refused = |refusal| match refusal {
        Refusal::Unknown => error(400, "invalid_grant", "Malformed auth code."),
        Refusal::Used => error(400, "invalid_grant", "Bad Request"),
        Refusal::RedirectUri => error(400, "redirect_uri_mismatch", "Bad Request"),
        Refusal::Verifier if sent_verifier => error(400, "invalid_grant", "Invalid code verifier."),
        Refusal::Verifier => error(400, "invalid_grant", "Missing code verifier."),
    };
    let authorization = fake.ledger.redeem(&attempt).map_err(refused)?;
    if sent_verifier && authorization.code_challenge.is_none() {
        let needless = "code_verifier or verifier is not needed.";
        return Err(error(400, "invalid_grant", needless));
    }
    Ok(authorization)
}

/// Authenticates the client, by form or Basic but not both (RFC 6749 §2.3).
fn client(fake: &Fake, call: &Call) -> Result<&'static str, Reply> {
    let posted = call.in_form("client_secret");
    let (client_id, secret) = match call.basic() {
        Some(_) if posted.is_some() => {
            return Err(error(400, "invalid_request", "More than one client authentication."));
        }
        Some((client_id, secret)) => (client_id, Some(secret)),
        None => (call.in_form("client_id").unwrap_or_default(), posted),
    };
    let app = fake.ledger.app(&client_id);
    let app = app.ok_or_else(|| error(401, "invalid_client", "The OAuth client was not found."))?;
    match (app.secret, secret) {
        (Some(_), None) => Err(error(400, "invalid_request", "client_secret is missing.")),
        (expected, found) if expected == found.as_deref() => Ok(app.client_id),
        _ => Err(error(401, "invalid_client", "Unauthorized")),
    }
}

fn tokens(fake: &Fake, authorization: Authorization) -> Reply {
    let Authorization { client_id, scope: asked, nonce, .. } = authorization;
    let grant = Grant { client_id, scope: asked, life: Life::Good };
    let scope = scope(&grant);
    let access_token = fake.issue(grant.clone());
    let mut reply = json!({
        "access_token": access_token,
        "expires_in": LIFETIME,
        "scope": scope,
        "token_type": "Bearer",
    });
    if has(&grant, "openid") {
        let mut token = fake.id_token(client_id);
        token.claim("azp", client_id).claim("at_hash", at_hash(&access_token));
        if let Some(nonce) = nonce {
            token.claim("nonce", nonce);
        }
        reply["id_token"] = fake.finish(token).into();
    }
    Reply::json(200, reply)
}
