mod keys;
mod sources;

use super::*;

const GOOD: &str = r#"
issuer = "https://id.example.com"

[[clients]]
id = "spa"
audience = ["https://api.example.com"]
origins = ["https://app.example.com", "http://localhost:3000", "capacitor://localhost"]

[providers.google]
client_ids = ["web"]

[providers.acme-corp]
kind = "oidc"
issuer = "https://login.acme.test"
client_ids = ["countersign"]
"#;

fn error(text: &str) -> String {
    Config::from_toml(text).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn what_is_left_out_has_its_documented_default() {
    let config = Config::from_toml(GOOD).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!((config.body_bytes, config.requests_per_minute), (65536, 600));
    assert_eq!(config.verify.outbound.timeout.as_secs(), 5);
    let client = config.clients.get("spa").unwrap();
    assert_eq!(client.lifetime.as_secs(), 900);
    assert_eq!(client.providers.len(), 2);
    assert_eq!(client.claims.len(), 4);
}

/// Text of the good configuration, what replaces it, and what the error says.
const WRONG_VALUES: &[(&str, &str, &str)] = &[
    (
        "issuer = \"https://id.example.com\"",
        "issuer = \"http://id.example.com\"",
        "issuer: `http://id.example.com`; expected an https address",
    ),
    ("issuer = \"https://id.example.com\"", "", "missing field `issuer`"),
    ("issuer = \"https://id.example.com\"", "issuer = 7", "invalid type"),
    ("id = \"spa\"", "id = \"\"", "clients.0.id: expected 1 to 255"),
    ("audience = [\"https://api.example.com\"]", "", "clients.0.audience: at least one"),
    (
        "audience = [\"https://api.example.com\"]",
        "audience = [\"a\"]\nprovider = [\"google\"]",
        "unknown field",
    ),
    (
        "audience = [\"https://api.example.com\"]",
        "audience = [\"a\"]\nproviders = [\"github\"]",
        "clients.0.providers: `github`; expected some of acme-corp, google",
    ),
    (
        "audience = [\"https://api.example.com\"]",
        "audience = [\"a\"]\nproviders = []",
        "clients.0.providers: is empty",
    ),
    (
        "audience = [\"https://api.example.com\"]",
        "audience = [\"a\"]\nlifetime = \"25h\"",
        "clients.0.lifetime: `25h`; expected a duration from 1m to 1day",
    ),
    (
        "audience = [\"https://api.example.com\"]",
        "audience = [\"a\"]\nlifetime = 900",
        "invalid type",
    ),
    (
        "audience = [\"https://api.example.com\"]",
        "audience = [\"a\"]\nclaims = [\"shoe_size\"]",
        "shoe_size",
    ),
    (
        "audience = [\"https://api.example.com\"]",
        "audience = [\"a\"]\nredirect_uris = [\"/callback\"]",
        "clients.0.redirect_uris",
    ),
    (
        "audience = [\"https://api.example.com\"]",
        "audience = [\"a\"]\nscopes = [\"a b\"]",
        "clients.0.scopes",
    ),
    (
        "audience = [\"https://api.example.com\"]",
        "audience = [\"a\"]\nexplains = [\"spa\"]",
        "clients.0.explains: only a client with `secret`",
    ),
    (
        "audience = [\"https://api.example.com\"]",
        "audience = [\"a\"]\nsecret = \"s\"\nexplains = [\"nobody\"]",
        "clients.0.explains: `nobody` is the ID of no client",
    ),
    ("https://app.example.com", "https://app.example.com/", "clients.0.origins"),
    ("https://app.example.com", "https://*.example.com", "clients.0.origins"),
    ("https://app.example.com", "https://App.example.com", "clients.0.origins"),
    ("https://app.example.com", "https://app.example.com:443", "clients.0.origins"),
    ("[providers.google]", "[providers.gogle]", "providers.gogle: `gogle` is not in the catalogue"),
    ("[providers.google]", "[providers.\"goo gle\"]", "providers.goo gle: a provider's name is"),
    ("client_ids = [\"web\"]", "", "providers.google.client_ids: at least one client ID"),
    ("client_ids = [\"web\"]", "client_ids = [\"web\"]\nnonce = \"always\"", "always"),
    (
        "client_ids = [\"web\"]",
        "client_ids = [\"web\"]\nissuer = \"https://x.test\"",
        "providers.google.issuer",
    ),
    (
        "client_ids = [\"web\"]",
        "client_ids = [\"web\"]\nallow_unbound_access_tokens = true",
        "providers.google.allow_unbound_access_tokens",
    ),
    (
        "client_ids = [\"web\"]",
        "client_ids = [\"web\"]\nclient_secret = \"s\"\nclient_secret_file = \"f\"",
        "not both",
    ),
    (
        "client_ids = [\"web\"]",
        "client_ids = [\"web\"]\nclient_secret_file = \"/nowhere/x\"",
        "providers.google.client_secret_file: /nowhere/x: cannot be read",
    ),
    (
        "client_ids = [\"web\"]",
        "client_ids = [\"web\"]\nclient_secret = \"\"",
        "providers.google.client_secret: is empty",
    ),
    ("kind = \"oidc\"", "kind = \"saml\"", "saml"),
    (
        "kind = \"oidc\"",
        "kind = \"oidc\"\ncatalogue = \"google\"",
        "providers.acme-corp.kind: expected `kind` or `catalogue`",
    ),
    (
        "https://login.acme.test",
        "https://id.example.com",
        "providers.acme-corp.issuer: is our own issuer",
    ),
    ("https://login.acme.test", "http://login.acme.test", "providers.acme-corp.issuer"),
];

#[test]
fn each_wrong_value_is_refused_by_key_and_with_what_is_allowed() {
    for (from, to, expected) in WRONG_VALUES {
        assert!(GOOD.contains(from), "{from}");
        let error = error(&GOOD.replacen(from, to, 1));
        assert!(error.contains(expected), "{to}\n  {error}\n  {expected}");
    }
}

#[test]
fn wrong_values_of_the_sections_are_refused_too() {
    let table = [
        (
            "[tokens]\nlifetime = \"30s\"",
            "tokens.lifetime: `30s`; expected a duration from 1m to 1day",
        ),
        ("[subject]\nmode = \"pairwise\"", "subject.secret: `pairwise` needs a secret"),
        (
            "[subject]\nmode = \"pairwise\"\nsecret = \"short\"",
            "subject.secret: `pairwise` needs a secret",
        ),
        (
            "[subject]\nsecret = \"0123456789012345678901234567890123456789\"",
            "subject.mode: `uuid5` uses no secret",
        ),
        ("[outbound]\ntimeout = \"5\"", "outbound.timeout: `5`"),
        ("[outbound]\nproxy = \"socks5://x\"", "outbound.proxy"),
        ("[limits]\nbody_bytes = 10", "limits.body_bytes: 10; expected 1024 to 1048576"),
        ("[limits]\nrequests_per_minute = -1", "expected a whole number that is not negative"),
        ("[log]\nformat = \"xml\"", "xml"),
        ("[nonsense]\na = 1", "nonsense"),
        (
            "[[clients]]\nid = \"spa\"\naudience = [\"a\"]",
            "clients.1.id: `spa` is the ID of two clients",
        ),
    ];
    for (section, expected) in table {
        let error = error(&format!("{GOOD}\n{section}\n"));
        assert!(error.contains(expected), "{section}\n  {error}");
    }
    assert!(
        error("issuer = \"https://id.example.com\"").contains("providers: at least one provider")
    );
    let no_clients = "issuer = \"https://i.test\"\n[providers.google]\nclient_ids = [\"a\"]";
    assert!(error(no_clients).contains("clients: at least one client"));
    assert!(error("issuer = ").contains("configuration"));
}
