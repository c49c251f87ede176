//! GitHub: the user, their addresses, whose an access token is, and the token endpoint.

use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::call::Call;
use super::fake::{Fake, Traits};
use super::ledger::{Attempt, Authorization, Grant, Life, Refusal, Registered};
use super::reply::Reply;
use crate::support::app::{FORM, JSON};
use crate::support::keys::{hex, sha256};

/// Our app.
pub(crate) const CLIENT_ID: &str = "Iv1.0123456789abcdef";
/// Its secret.
pub(crate) const CLIENT_SECRET: &str = "github-secret";
/// Somebody else's app.
pub(crate) const FOREIGN_CLIENT_ID: &str = "Iv1.fedcba9876543210";
/// Where our app asks whose a token is.
pub(crate) const INSPECTION: &str = "/applications/Iv1.0123456789abcdef/token";

const APPS: &[Registered] = &[
    Registered { client_id: CLIENT_ID, secret: Some(CLIENT_SECRET) },
    Registered { client_id: FOREIGN_CLIENT_ID, secret: Some("foreign-secret") },
];
/// What tokens of OAuth apps start with. GitHub Apps' (`ghu_`) and personal ones (`ghp_`,
/// `github_pat_`) are made by `issue_as`.
const OAUTH_APP: &str = "gho_";
/// Versions of the API that are taken.
const VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

/// Returns what our app is usually granted.
pub(crate) fn grant() -> Grant {
    Grant { client_id: CLIENT_ID, scope: "read:user user:email", life: Life::Good }
}

/// Returns what our app usually asks for.
pub(crate) fn authorization() -> Authorization {
    Authorization {
        client_id: CLIENT_ID,
        redirect_uri: "https://app.example.com/callback",
        scope: "read:user user:email",
        code_challenge: None,
        nonce: None,
        life: Life::Good,
    }
}

/// The address is hidden, as it is unless somebody shows it.
pub(super) fn fake() -> Fake {
    let profile = json!({
        "login": "octocat",
        "id": 583_231,
        "node_id": "MDQ6VXNlcjE=",
        "avatar_url": "https://avatars.githubusercontent.com/u/583231?v=4",
        "html_url": "https://github.com/octocat",
        "type": "User",
        "name": "The Octocat",
        "company": null,
        "email": null,
        "created_at": "2011-01-25T18:44:36Z",
        "two_factor_authentication": true,
    });
    let claims = |_: &Value| json!({});
    Fake::new(Traits { apps: APPS, token_prefix: OAUTH_APP, code_prefix: "", claims }, profile)
}

pub(super) fn answer(fake: &Fake, call: &Call) -> Option<Reply> {
    match call.host.as_str() {
        "api.github.com" => api(fake, call),
        _ => match call.target() {
            ("POST", "/login/oauth/access_token") => Some(token(fake, call)),
            _ => None,
        },
    }
}

fn api(fake: &Fake, call: &Call) -> Option<Reply> {
    if call.header("user-agent").is_none_or(str::is_empty) {
        let text = "Request forbidden by administrative rules. Please make sure your request has \
            a User-Agent header.";
        return Some(Reply::text(403, "text/plain", text));
    }
    if call.header("x-github-api-version").is_some_and(|version| !VERSIONS.contains(&version)) {
        return Some(error(
            400,
            "The version in the X-GitHub-Api-Version header is not supported.",
        ));
    }
    match call.target() {
        ("GET", "/user") => Some(with_token(fake, call, |_| Reply::json(200, fake.profile()))),
        ("GET", "/user/emails") => Some(with_token(fake, call, |grant| emails(call, grant))),
        ("POST", path) => {
            let client_id = path.strip_prefix("/applications/")?.strip_suffix("/token")?;
            Some(inspect(fake, call, client_id))
        }
        _ => None,
    }
}

fn error(status: u16, message: &str) -> Reply {
    let body = json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": status.to_string(),
    });
    Reply::json(status, body)
}

/// Takes `Authorization: Bearer` or `token`, and says what the token allows.
fn with_token(fake: &Fake, call: &Call, answer: impl FnOnce(&Grant) -> Reply) -> Reply {
    let Some(token) = call.bearer().or_else(|| call.authorization("token")) else {
        return error(401, "Requires authentication");
    };
    let Some(grant) = fake.ledger.good(token) else {
        return error(401, "Bad credentials");
    };
    let scopes = if is_app(token) { String::new() } else { grant.scope_joined(", ") };
    let reply = answer(&grant).with("x-oauth-scopes", scopes);
    if is_of_an_app(token) { reply.with("x-oauth-client-id", grant.client_id) } else { reply }
}

/// Tells whether an app was given it, and not a person for their own use.
fn is_of_an_app(token: &str) -> bool {
    token.starts_with(OAUTH_APP) || is_app(token)
}

/// Tells whether it is a GitHub App's token, which has permissions in place of scopes.
fn is_app(token: &str) -> bool {
    token.starts_with("ghu_")
}

/// Without the scope there is no such page; a GitHub App is told that it may not see it.
fn emails(call: &Call, grant: &Grant) -> Reply {
    if !grant.allows("user:email") && !grant.allows("user") {
        if call.bearer().is_some_and(is_app) {
            return error(403, "Resource not accessible by integration");
        }
        return error(404, "Not Found").with("x-accepted-oauth-scopes", "user, user:email");
    }
    let noreply = "583231+octocat@users.noreply.github.com";
    let primary = "octocat@example.com";
    let list = json!([
        { "email": noreply, "primary": false, "verified": true, "visibility": null },
        { "email": "old@example.com", "primary": false, "verified": false, "visibility": null },
        { "email": primary, "primary": true, "verified": true, "visibility": "private" },
    ]);
    Reply::json(200, list).with("x-accepted-oauth-scopes", "user, user:email")
}

/// Says whose token it is, if it is the asking app's.
fn inspect(fake: &Fake, call: &Call, client_id: &str) -> Reply {
    let app = call.basic().and_then(|(name, password)| {
        fake.ledger.app(&name).filter(|app| app.secret == Some(password.as_str()))
    });
    let Some(app) = app else { return error(401, "Bad credentials") };
    let body = call.json();
    let Some(token) = body["access_token"].as_str().filter(|_| call.media_type() == JSON) else {
        return error(422, "Validation Failed");
    };
    let grant = fake.ledger.good(token).filter(|grant| {
        is_of_an_app(token) && grant.client_id == app.client_id && app.client_id == client_id
    });
    grant.map_or_else(|| error(404, "Not Found"), |grant| inspected(fake, token, &grant))
}

fn inspected(fake: &Fake, token: &str, grant: &Grant) -> Reply {
    let scopes: Vec<_> = grant.scope.split(' ').filter(|_| !is_app(token)).collect();
    let user = ["login", "id", "node_id", "avatar_url", "html_url", "type"];
    let profile = fake.profile();
    let user: Value = user.into_iter().map(|name| (name, profile[name].clone())).collect();
    let app = json!({ "name": "Example", "client_id": grant.client_id });
    let body = json!({
        "id": 1,
        "url": "https://api.github.com/authorizations/1",
        "scopes": scopes,
        "token": token,
        "token_last_eight": token.split_at(token.len() - 8).1,
        "hashed_token": hex(sha256(token)),
        "app": app,
        "note": null,
        "created_at": "2025-11-24T15:59:00Z",
        "updated_at": "2025-11-24T15:59:00Z",
        "expires_at": null,
        "user": user,
    });
    Reply::json(200, body)
}

/// Answers 200 to everything, as a form unless JSON is asked for.
fn token(fake: &Fake, call: &Call) -> Reply {
    let answer = redeem(fake, call).unwrap_or_else(|(error, description)| {
        let uri = format!("https://docs.github.com/apps/troubleshooting#{error}");
        vec![
            ("error", error.to_owned()),
            ("error_description", description.to_owned()),
            ("error_uri", uri),
        ]
    });
    if call.header("accept").is_some_and(|accept| accept.contains(JSON)) {
        Reply::json(200, answer.into_iter().collect())
    } else {
        let form = Serializer::new(String::new()).extend_pairs(answer).finish();
        Reply::text(200, &format!("{FORM}; charset=utf-8"), form)
    }
}

fn redeem(
    fake: &Fake,
    call: &Call,
) -> Result<Vec<(&'static str, String)>, (&'static str, &'static str)> {
    let app = fake.ledger.app(&call.in_form("client_id").unwrap_or_default());
    let secret = call.in_form("client_secret");
    let app = app.filter(|app| app.secret == secret.as_deref()).ok_or((
        "incorrect_client_credentials",
        "The client_id and/or client_secret passed are incorrect.",
    ))?;
    let attempt = Attempt {
        client_id: app.client_id,
        code: call.in_form("code"),
        redirect_uri: call.in_form("redirect_uri"),
        code_verifier: call.in_form("code_verifier"),
    };
    let authorization = fake.ledger.redeem(&attempt).map_err(|refusal| match refusal {
        Refusal::RedirectUri => (
            "redirect_uri_mismatch",
            "The redirect_uri MUST match the registered callback URL for this application.",
        ),
        Refusal::Unknown | Refusal::Used | Refusal::Verifier => {
            ("bad_verification_code", "The code passed is incorrect or expired.")
        }
    })?;
    let grant = Grant { client_id: app.client_id, scope: authorization.scope, life: Life::Good };
    let scope = grant.scope_joined(",");
    let access_token = fake.issue(grant);
    Ok(vec![("access_token", access_token), ("token_type", "bearer".to_owned()), ("scope", scope)])
}
