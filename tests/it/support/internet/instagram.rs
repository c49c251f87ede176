//! Instagram with its own login, for professional accounts: the token endpoint and the person.
//! There is no way to ask whose an access token is.

use serde_json::{Value, json};

use super::call::Call;
use super::fake::{Fake, Traits};
use super::graph::{self, VERSION};
use super::ledger::{Attempt, Authorization, Grant, Life, Refusal, Registered};
use super::reply::Reply;

/// Our app.
pub(crate) const CLIENT_ID: &str = "990602627938098";
/// Its secret.
pub(crate) const CLIENT_SECRET: &str = "instagram-secret";
/// Somebody else's app.
pub(crate) const FOREIGN_CLIENT_ID: &str = "889900112233445";

const APPS: &[Registered] = &[
    Registered { client_id: CLIENT_ID, secret: Some(CLIENT_SECRET) },
    Registered { client_id: FOREIGN_CLIENT_ID, secret: Some("foreign-secret") },
];
/// The scope that shows the person.
const BASIC: &str = "instagram_business_basic";

/// Returns what our app is usually granted.
pub(crate) fn grant() -> Grant {
    Grant { client_id: CLIENT_ID, scope: BASIC, life: Life::Good }
}

/// Returns what our app usually asks for. The code is as the service must send it: the browser's
/// has `#_` behind it.
pub(crate) fn authorization() -> Authorization {
    Authorization {
        client_id: CLIENT_ID,
        redirect_uri: "https://app.example.com/callback",
        scope: BASIC,
        code_challenge: None,
        nonce: None,
        life: Life::Good,
    }
}

/// `id` is for our app alone, `user_id` for everybody.
pub(super) fn fake() -> Fake {
    let profile = json!({
        "id": "24563000000000001",
        "user_id": "17841400000000000",
        "username": "ada",
        "name": "Ada",
        "account_type": "BUSINESS",
        "profile_picture_url": "https://scontent.cdninstagram.com/ada.jpg",
    });
    let claims = |_: &Value| json!({});
    Fake::new(Traits { apps: APPS, token_prefix: "IGAA", code_prefix: "AQD", claims }, profile)
}

pub(super) fn answer(fake: &Fake, call: &Call) -> Option<Reply> {
    let answer = match (call.host.as_str(), call.target()) {
        ("api.instagram.com", ("POST", "/oauth/access_token")) => token(fake, call),
        ("graph.instagram.com", ("GET", path)) if path.strip_prefix(VERSION) == Some("/me") => {
            me(fake, call)
        }
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refused| refused))
}

/// Shows the person to any app that has a token for them.
fn me(fake: &Fake, call: &Call) -> Result<Reply, Reply> {
    let (_, grant) = graph::granted(&fake.ledger, call)?;
    if !grant.allows(BASIC) {
        let message = "(#10) Application does not have permission for this action";
        return Err(graph::error(10, None, message));
    }
    graph::select(call, &fake.profile(), "id").map(|person| Reply::json(200, person))
}

fn error(message: &str) -> Reply {
    let body = json!({ "error_type": "OAuthException", "code": 400, "error_message": message });
    Reply::json(400, body)
}

fn token(fake: &Fake, call: &Call) -> Result<Reply, Reply> {
    let app = fake.ledger.app(&call.in_form("client_id").unwrap_or_default());
    let app = app.ok_or_else(|| error("Invalid platform app"))?;
    if app.secret != call.in_form("client_secret").as_deref() {
        return Err(error("Error validating client secret."));
    }
    if call.in_form("grant_type").as_deref() != Some("authorization_code") {
        return Err(error("Invalid grant_type"));
    }
    let attempt = Attempt {
        client_id: app.client_id,
        code: call.in_form("code"),
        redirect_uri: call.in_form("redirect_uri"),
        code_verifier: None,
    };
    let authorization = fake.ledger.redeem(&attempt).map_err(|refusal| match refusal {
        Refusal::RedirectUri => error(graph::OTHER_REDIRECT_URI),
        Refusal::Unknown | Refusal::Used | Refusal::Verifier => {
            error("Matching code was not found or was already used")
        }
    })?;
    Ok(tokens(fake, &authorization))
}

/// The documented shape; the ID is a number, as it really is.
fn tokens(fake: &Fake, authorization: &Authorization) -> Reply {
    let &Authorization { client_id, scope, .. } = authorization;
    let grant = Grant { client_id, scope, life: Life::Good };
    let id = fake.profile()["id"].clone();
    let number = id.as_str().and_then(|digits| digits.parse::<u64>().ok());
    let permissions = grant.scope_joined(",");
    let data = json!({
        "access_token": fake.issue(grant),
        "user_id": number.map_or(id, Value::from),
        "permissions": permissions,
    });
    Reply::json(200, json!({ "data": [data] }))
}
