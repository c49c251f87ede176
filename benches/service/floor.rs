//! The floor: what an exchange of an ID token cannot do without, and nothing else. It reads a form,
//! verifies one RSA signature, reads one JSON object, writes another and signs it; it checks no
//! claim, limits nothing, counts nothing and logs nothing.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use countersign::clock::Clock;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{Method, Request, Response};
use serde::{Deserialize, Serialize};

use crate::http;

/// Seconds that a token is good for.
const LIFETIME: u64 = 900;

/// The key that tokens are signed with.
enum Signer {
    /// ECDSA on P-256.
    Es256(EcdsaKeyPair),
    /// Ed25519.
    EdDsa(Ed25519KeyPair),
    /// RSASSA-PKCS1-v1_5 of 3072 bits, as the service makes them.
    Rs256(RsaKeyPair),
}

impl Signer {
    /// Makes a new key for an algorithm by its name of RFC 7518 or 8037.
    fn generate(algorithm: &str) -> Self {
        match algorithm {
            "EdDSA" => Self::EdDsa(Ed25519KeyPair::generate().unwrap()),
            "RS256" => Self::Rs256(RsaKeyPair::generate(KeySize::Rsa3072).unwrap()),
            _ => Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()),
        }
    }

    /// Signs the input of a JWS, which starts at a place of a text, and appends the signature.
    fn sign(&self, token: &mut String, start: usize) {
        let (random, input) = (SystemRandom::new(), &token.as_bytes()[start..]);
        let mut rsa = [0; 384];
        let signature = match self {
            Self::Es256(key) => &key.sign(&random, input).unwrap(),
            Self::EdDsa(key) => &key.sign(input),
            Self::Rs256(key) => {
                key.sign(&RSA_PKCS1_SHA256, &random, input, &mut rsa).unwrap();
                return append(token, &rsa);
            }
        };
        append(token, signature.as_ref());
    }
}

/// Appends a part to a JWS.
fn append(token: &mut String, part: &[u8]) {
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(part, token);
}

/// What is read of a credential.
#[derive(Deserialize)]
struct Credential<'a> {
    /// The provider's id of the person, a decimal number.
    #[serde(borrow)]
    sub: Cow<'a, str>,
    /// E-mail address.
    #[serde(borrow)]
    email: Cow<'a, str>,
    /// Full name.
    #[serde(borrow)]
    name: Cow<'a, str>,
    /// Address of a picture.
    #[serde(borrow)]
    picture: Cow<'a, str>,
}

/// The claims of a token: those of the service's, as long.
#[derive(Serialize)]
struct Claims<'a> {
    /// Issuer.
    iss: &'static str,
    /// As long as a UUID.
    sub: &'a str,
    /// Audience.
    aud: &'static str,
    /// End, in seconds of Unix time.
    exp: u64,
    /// Beginning, in seconds of Unix time.
    iat: u64,
    /// Random.
    jti: &'a str,
    /// The client's name.
    client_id: &'static str,
    /// The provider's name.
    idp: &'static str,
    /// How the credential was bound.
    idp_binding: &'static str,
    /// When the person signed in, in seconds of Unix time.
    auth_time: u64,
    /// From the credential.
    email: &'a str,
    /// From the credential.
    email_verified: bool,
    /// From the credential.
    name: &'a str,
    /// From the credential.
    picture: &'a str,
}

/// All that is made once.
struct Floor {
    signer: Signer,
    /// Header of a token, encoded.
    header: String,
    /// The provider's key.
    provider: ParsedPublicKey,
    /// What a GET is answered with.
    document: Bytes,
    /// Random numbers that are drawn for many tokens at once.
    random: Mutex<Vec<[u8; 16]>>,
}

impl Floor {
    /// Returns the answer to the form of an exchange, written into one piece of memory.
    fn exchange(&self, form: &[u8]) -> Bytes {
        let mut fields = form.split(|byte| *byte == b'&');
        let jws = fields.find_map(|field| field.strip_prefix(b"subject_token=")).unwrap();
        let jws = decoded(jws);
        let (input, signature) = jws.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        self.provider.verify_sig(input.as_bytes(), &signature).unwrap();
        let payload = URL_SAFE_NO_PAD.decode(input.split_once('.').unwrap().1).unwrap();
        let mut answer = String::with_capacity(2048);
        answer.push_str("{\"access_token\":\"");
        self.issue(&serde_json::from_slice(&payload).unwrap(), &mut answer);
        answer.push_str(concat!(
            "\",\"issued_token_type\":\"urn:ietf:params:oauth:token-type:access_token\",",
            "\"token_type\":\"Bearer\",\"expires_in\":900}"
        ));
        answer.into()
    }

    /// Appends a signed token for whom a credential names.
    fn issue(&self, credential: &Credential<'_>, answer: &mut String) {
        let mut sub = *b"95fd8969-fd12-5b08-bc1e-000000000000";
        let end = sub.len() - credential.sub.len();
        sub[end..].copy_from_slice(credential.sub.as_bytes());
        let (mut jti, now) = ([0; 22], Clock::System.now().0);
        URL_SAFE_NO_PAD.encode_slice(self.random(), &mut jti).unwrap();
        let claims = Claims {
            iss: "https://id.example.com",
            sub: std::str::from_utf8(&sub).unwrap(),
            aud: "https://api.example.com",
            exp: now + LIFETIME,
            iat: now,
            jti: std::str::from_utf8(&jti).unwrap(),
            client_id: "spa",
            idp: "acme",
            idp_binding: "id_token",
            auth_time: now,
            email: &credential.email,
            email_verified: true,
            name: &credential.name,
            picture: &credential.picture,
        };
        let mut payload = Vec::with_capacity(1024);
        serde_json::to_writer(&mut payload, &claims).unwrap();
        let start = answer.len();
        answer.push_str(&self.header);
        append(answer, &payload);
        self.signer.sign(answer, start);
    }

    /// Returns random numbers, once each.
    fn random(&self) -> [u8; 16] {
        let mut drawn = self.random.lock().unwrap();
        if drawn.is_empty() {
            let mut bytes = [0; 1024];
            rand::fill(&mut bytes).unwrap();
            drawn.extend_from_slice(bytes.as_chunks().0);
        }
        drawn.pop().unwrap()
    }
}

/// Undoes the encoding of a form where there is any.
fn decoded(text: &[u8]) -> Cow<'_, str> {
    if !text.contains(&b'%') {
        return std::str::from_utf8(text).unwrap().into();
    }
    let mut pieces = text.split(|byte| *byte == b'%');
    let mut plain = pieces.next().unwrap().to_vec();
    for piece in pieces {
        let (code, rest) = piece.split_at(2);
        plain.push(u8::from_str_radix(std::str::from_utf8(code).unwrap(), 16).unwrap());
        plain.extend_from_slice(rest);
    }
    String::from_utf8(plain).unwrap().into()
}

/// Answers a request.
async fn answer(floor: Arc<Floor>, request: Request<Incoming>) -> http::Answer {
    let body = if request.method() == Method::GET {
        floor.document.clone()
    } else {
        floor.exchange(&request.into_body().collect().await?.to_bytes())
    };
    let response = Response::builder().header("content-type", "application/json");
    Ok(response.body(Full::new(body)).unwrap())
}

/// Serves until it is killed. Its arguments: the algorithm to sign with, the file of the provider's
/// public key (DER of RFC 8017), the file that a GET is answered with. Prints its address.
pub(crate) fn run(arguments: &[String]) -> ! {
    let [algorithm, key, document] = arguments else { panic!("floor ALGORITHM KEY DOCUMENT") };
    let key = std::fs::read(key).unwrap();
    let header = format!(
        r#"{{"alg":"{algorithm}","typ":"at+jwt","kid":"Q2hSg0UqrZ7mYBsN9oJxW3vT1dEfK8uLpAiGc5yHzRk"}}"#
    );
    let floor = Arc::new(Floor {
        signer: Signer::generate(algorithm),
        header: URL_SAFE_NO_PAD.encode(header),
        provider: ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).unwrap(),
        document: std::fs::read(document).unwrap().into(),
        random: Mutex::default(),
    });
    let runtime = http::runtime();
    let listener = runtime.block_on(http::bind());
    println!("{}", listener.local_addr().unwrap());
    match runtime
        .block_on(http::serve(listener, move |request| answer(Arc::clone(&floor), request))) {}
}
