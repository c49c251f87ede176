//! A provider on loopback: its documents, asked for once, and its ID tokens.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::clock::Clock;
use serde_json::{Value, json};

use super::primitives::Signer;

/// The name of the provider's one key.
const KEY_ID: &str = "c6af7caa0895fd01e778dceaa7a7988347d8f25c";

/// Serves discovery and the key set until the program ends, and returns the issuer.
pub(super) fn serve(key: &Signer) -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let issuer = format!("http://{}", listener.local_addr()?);
    let discovery = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/keys") });
    let (n, e) = (key.modulus()?, "AQAB");
    let key = json!({"kty": "RSA", "alg": "RS256", "use": "sig", "kid": KEY_ID, "n": n, "e": e});
    let keys = json!({ "keys": [key] });
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whoever hangs up has had enough.
            let _ = answer(&stream, &discovery, &keys);
        }
    });
    Ok(issuer)
}

fn answer(mut stream: &TcpStream, discovery: &Value, keys: &Value) -> io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let asked = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let body = if asked.starts_with("GET /keys ") { keys } else { discovery }.to_string();
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: max-age=86400\r\n\
         Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// Signs ID tokens of as many people, about 1.2 kB each.
pub(super) fn id_tokens(key: &Signer, issuer: &str, count: usize) -> anyhow::Result<Vec<String>> {
    let now = Clock::System.now().0;
    (0..count).map(|person| id_token(key, &claims(issuer, now, person))).collect()
}

fn id_token(key: &Signer, claims: &Value) -> anyhow::Result<String> {
    let header = json!({"alg": "RS256", "kid": KEY_ID, "typ": "JWT"});
    let coded = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let covered = format!("{}.{}", coded(&header), coded(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(covered.as_bytes())?);
    Ok(format!("{covered}.{signature}"))
}

fn claims(issuer: &str, now: u64, person: usize) -> Value {
    json!({
        "iss": issuer,
        "azp": "countersign-benchmark",
        "aud": "countersign-benchmark",
        "sub": format!("1101694844743862{person:05}"),
        "hd": "example.com",
        "email": format!("ada.lovelace.{person:05}@example.com"),
        "email_verified": true,
        "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q",
        "name": "Ada King, Countess of Lovelace",
        "picture": format!("https://people.example.com/a/ACg8ocJ0b3Jk{person:05}3NlY3Rpb24tb2Yt=s96-c"),
        "given_name": "Ada",
        "family_name": "King, Countess of Lovelace",
        "preferred_username": format!("ada{person:05}"),
        "locale": "en-GB",
        "auth_time": now - 30,
        "iat": now - 5,
        "exp": now + 86_400,
        "jti": format!("4ad12b1ac2a7bd8e3a2c6f1d9b0e5f77a1c{person:05}"),
    })
}
