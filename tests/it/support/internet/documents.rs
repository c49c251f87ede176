//! What issuers say of themselves: their discovery documents, and the key sets of Apple and
//! Microsoft, who answer nothing else here.

use serde_json::Value;

use super::call::Call;
use super::fake::key_set;
use super::reply::Reply;

/// Microsoft's tenant of all personal accounts.
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// The documents that are the same for everybody, by host and path.
const DOCUMENTS: [(&str, &str, &str); 4] = [
    (
        "accounts.google.com",
        "/.well-known/openid-configuration",
        include_str!("../../../fixtures/discovery/google.json"),
    ),
    (
        "www.linkedin.com",
        "/oauth/.well-known/openid-configuration",
        include_str!("../../../fixtures/discovery/linkedin.json"),
    ),
    (
        "www.facebook.com",
        "/.well-known/openid-configuration/",
        include_str!("../../../fixtures/discovery/facebook.json"),
    ),
    (
        "appleid.apple.com",
        "/.well-known/openid-configuration",
        include_str!("../../../fixtures/discovery/apple.json"),
    ),
];

/// Answers for a discovery document, or for a key set of Apple's or Microsoft's.
pub(super) fn answer(call: &Call) -> Option<Reply> {
    let (method, path) = call.target();
    if method != "GET" {
        return None;
    }
    let answer = match (call.host.as_str(), path) {
        ("appleid.apple.com", "/auth/keys") => key_set(),
        ("login.microsoftonline.com", path) => microsoft(path)?,
        address => parsed(DOCUMENTS.iter().find(|(host, path, _)| (*host, *path) == address)?.2),
    };
    Some(Reply::json(200, answer))
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Every tenant has a document of its own; those of several tenants have a template for issuer.
fn microsoft(path: &str) -> Option<Value> {
    let (tenant, rest) = path.strip_prefix('/')?.split_once('/')?;
    match rest {
        "discovery/v2.0/keys" => Some(key_set()),
        "v2.0/.well-known/openid-configuration" => {
            let text = include_str!("../../../fixtures/discovery/microsoft.json");
            let text = text.replace("{tenant}", tenant);
            Some(parsed(&match tenant {
                "common" | "organizations" => text,
                "consumers" => text.replace("{tenantid}", CONSUMERS),
                one => text.replace("{tenantid}", one),
            }))
        }
        _ => None,
    }
}
