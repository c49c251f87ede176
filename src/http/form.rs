//! Request bodies: form-encoded or JSON, bounded, and every parameter once.

use memchr::{memchr, memchr2};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use super::body::read;
use super::error::{ApiError, ErrorCode, Reason, quote};
use crate::json::{Json, parse_object};
use crate::secret::Secret;

/// Form encoding (WHATWG URL §5.1).
pub(super) const FORM: &str = "application/x-www-form-urlencoded";
/// JSON.
pub(super) const JSON: &str = "application/json";

/// Most parameters that a request may have; the longest grant has twelve.
const MAX_PARAMETERS: usize = 64;
/// Longest name of a parameter, in bytes.
const MAX_NAME: usize = 64;

/// A request whose parameters are read from a body.
pub(super) trait Parameters: Type + Sized + Send {
    /// Content types that are taken.
    const CONTENT_TYPES: &'static [&'static str];
    /// Parameters that may stand more than once.
    const REPEATABLE: &'static [&'static str] = &[];

    /// Takes what it needs out of the parameters. Unknown ones are left (RFC 6749 §3.2).
    fn take(fields: Fields) -> Result<Self, ApiError>;
}

/// A body that was read. poem-openapi's own form type reports errors as plain text, applies no
/// limits and knows no repeatable parameters, hence this one.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<'a, T: Parameters> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let media =
            |content_type: &&'static str| MetaMediaType { content_type, schema: T::schema_ref() };
        let content = T::CONTENT_TYPES.iter().map(media).collect();
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let content_type = content_type(request, T::CONTENT_TYPES)?;
        let bytes = read(request, body).await?;
        let fields = if content_type == FORM {
            Fields::from_form(bytes.expose(), T::REPEATABLE)
        } else {
            Fields::from_json(bytes.expose(), T::REPEATABLE)
        }?;
        Ok(Self(T::take(fields)?))
    }
}

fn content_type(
    request: &Request,
    taken: &'static [&'static str],
) -> Result<&'static str, ApiError> {
    let sent = request.content_type().unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    taken.iter().find(|known| essence.eq_ignore_ascii_case(known)).copied().ok_or_else(|| {
        let sent = if essence.is_empty() { "missing".to_owned() } else { quote(essence) };
        ApiError::new(
            ErrorCode::InvalidRequest,
            Reason::UnsupportedMediaType,
            format!("the content type is {sent}; expected {}", taken.join(" or ")),
        )
    })
}

/// Named parameters, in the order that they came. Empty ones count as not sent (RFC 6749 §3.2).
pub(super) struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    /// Reads a form: strict percent-encoding, valid UTF-8.
    pub(super) fn from_form(body: &[u8], repeatable: &[&str]) -> Result<Self, ApiError> {
        let body = std::str::from_utf8(body).map_err(|_| invalid("the form is not UTF-8"))?;
        let (mut fields, mut rest) = (Self(Vec::new()), body);
        while !rest.is_empty() {
            let (pair, after) = halves(rest, b'&').unwrap_or((rest, ""));
            rest = after;
            if pair.is_empty() {
                continue;
            }
            let (name, value) = halves(pair, b'=').unwrap_or((pair, ""));
            let decoded = decode(name).zip(decode(value));
            let (name, value) =
                decoded.ok_or_else(|| invalid("the form is not valid percent-encoded UTF-8"))?;
            fields.add(name, value, repeatable)?;
        }
        Ok(fields)
    }

    /// Reads an object of strings; a repeatable member may be an array of them.
    pub(super) fn from_json(body: &[u8], repeatable: &[&str]) -> Result<Self, ApiError> {
        let object = parse_object(body).map_err(|error| invalid(format!("the body: {error}")))?;
        let mut fields = Self(Vec::new());
        for (name, value) in object {
            let name = name.into_owned();
            match value {
                Json::Text(text) => fields.add(name, text.into_owned(), repeatable)?,
                Json::Null => {}
                Json::Array(items) if repeatable.contains(&name.as_str()) => {
                    for item in items {
                        let text = item.as_str().ok_or_else(|| not_text(&name))?;
                        fields.add(name.clone(), text.to_owned(), repeatable)?;
                    }
                }
                Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
                    return Err(not_text(&name));
                }
            }
        }
        Ok(fields)
    }

    fn add(&mut self, name: String, value: String, repeatable: &[&str]) -> Result<(), ApiError> {
        if name.len() > MAX_NAME || self.0.len() >= MAX_PARAMETERS {
            return Err(invalid(format!(
                "more than {MAX_PARAMETERS} parameters, or a name of more than {MAX_NAME} bytes"
            )));
        }
        if !repeatable.contains(&name.as_str()) && self.0.iter().any(|(known, _)| *known == name) {
            return Err(ApiError::new(
                ErrorCode::InvalidRequest,
                Reason::DoubledParameter,
                format!("{} stands twice", quote(&name)),
            ));
        }
        self.0.push((name, value));
        Ok(())
    }

    /// Takes a parameter that may be absent.
    pub(super) fn optional(&mut self, name: &str) -> Option<String> {
        let place = self.0.iter().position(|(known, value)| known == name && !value.is_empty())?;
        Some(self.0.remove(place).1)
    }

    /// Takes a parameter that must be there.
    pub(super) fn required(&mut self, name: &'static str) -> Result<String, ApiError> {
        self.optional(name).ok_or_else(|| missing(name))
    }

    /// Takes a parameter that may stand more than once.
    pub(super) fn all(&mut self, name: &str) -> Vec<String> {
        let (wanted, rest) =
            std::mem::take(&mut self.0).into_iter().partition(|(known, _)| known == name);
        self.0 = rest;
        let wanted: Vec<(String, String)> = wanted;
        wanted.into_iter().map(|(_, value)| value).filter(|value| !value.is_empty()).collect()
    }
}

impl Drop for Fields {
    /// Wipes the values that nobody took: a credential in a parameter that we do not know is one.
    fn drop(&mut self) {
        self.0.drain(..).for_each(|(_, value)| drop(Secret::new(value)));
    }
}

/// Says that a parameter was not sent.
pub(super) fn missing(name: &str) -> ApiError {
    let description = format!("`{name}` is required");
    ApiError::new(ErrorCode::InvalidRequest, Reason::MissingParameter, description)
}

fn not_text(name: &str) -> ApiError {
    invalid(format!("{} is not a string", quote(name)))
}

/// Says that a request cannot be read.
pub(super) fn invalid(description: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::InvalidRequest, Reason::InvalidParameter, description)
}

/// Cuts a text at the first of an ASCII sign.
fn halves(text: &str, sign: u8) -> Option<(&str, &str)> {
    let place = memchr(sign, text.as_bytes())?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

/// Decodes a form-encoded text; `None` when it is not valid percent-encoded UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut rest = text.as_bytes();
    if memchr2(b'+', b'%', rest).is_none() {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    // What stands for itself, which is most of it, is copied as it is.
    while let Some(place) = memchr2(b'+', b'%', rest) {
        let (plain, encoded) = rest.split_at_checked(place)?;
        bytes.extend_from_slice(plain);
        match encoded {
            [b'+', after @ ..] => {
                bytes.push(b' ');
                rest = after;
            }
            [_, high, low, after @ ..] => {
                bytes.push(hex_digit(*high)? << 4 | hex_digit(*low)?);
                rest = after;
            }
            _ => return None,
        }
    }
    bytes.extend_from_slice(rest);
    String::from_utf8(bytes).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(body: &[u8]) -> Result<Fields, Reason> {
        Fields::from_form(body, &["audience"]).map_err(|error| error.reason())
    }

    #[test]
    fn a_form_is_decoded_and_empty_parameters_count_as_absent() {
        let mut fields = form(b"a=1+2%203&b=&c&%61a=%C3%A9&&audience=x&audience=y").unwrap();
        assert_eq!(fields.optional("a").as_deref(), Some("1 2 3"));
        assert_eq!(fields.optional("b"), None);
        assert_eq!(fields.optional("c"), None);
        assert_eq!(fields.optional("aa").as_deref(), Some("é"));
        assert_eq!(fields.all("audience"), ["x", "y"]);
        assert_eq!(fields.all("audience"), Vec::<String>::new());
        assert_eq!(fields.required("b").unwrap_err().reason(), Reason::MissingParameter);
    }

    #[test]
    fn a_form_that_says_something_twice_or_wrongly_is_refused() {
        for (body, reason) in [
            (b"a=1&a=1".as_slice(), Reason::DoubledParameter),
            (b"a=1&%61=2", Reason::DoubledParameter),
            (b"a=&a=2", Reason::DoubledParameter),
            (b"a=%f", Reason::InvalidParameter),
            (b"a=%zz", Reason::InvalidParameter),
            (b"a=%ff", Reason::InvalidParameter),
            (b"a=\xff", Reason::InvalidParameter),
            ([b"x".repeat(65).as_slice(), b"=1"].concat().as_slice(), Reason::InvalidParameter),
        ] {
            assert_eq!(form(body).err(), Some(reason), "{}", String::from_utf8_lossy(body));
        }
        let many: Vec<_> = (0..65).map(|n| format!("p{n}=1")).collect();
        assert_eq!(form(many.join("&").as_bytes()).err(), Some(Reason::InvalidParameter));
        assert!(form(many[..64].join("&").as_bytes()).is_ok());
    }

    #[test]
    fn json_is_an_object_of_strings() {
        let json = |body: &str| {
            Fields::from_json(body.as_bytes(), &["audience"]).map_err(|error| error.reason())
        };
        let mut fields = json(r#"{"a":"1","b":null,"audience":["x","y"]}"#).unwrap();
        assert_eq!(fields.optional("a").as_deref(), Some("1"));
        assert_eq!(fields.all("audience"), ["x", "y"]);
        for wrong in [
            r#"{"a":1}"#,
            r#"{"a":["x"]}"#,
            r#"{"audience":[1]}"#,
            "[]",
            "",
            r#"{"a":"1","a":"2"}"#,
        ] {
            assert_eq!(json(wrong).err(), Some(Reason::InvalidParameter), "{wrong}");
        }
    }
}
