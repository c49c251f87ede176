//! Quoting what was received and what was expected, without quoting a credential.

/// Longest text that is shown whole, in characters.
const SHOWN: usize = 120;
/// Shortest run of letters and digits that could be a credential.
const MIN_CREDENTIAL: usize = 20;

/// Quotes a parameter for a description: shortened, and left out altogether when it could hold a
/// credential that was put into the wrong field.
pub(crate) fn quote(received: &str) -> String {
    hidden(received).unwrap_or_else(|| show(received))
}

/// Returns what is said in place of a parameter that could hold a credential.
pub(crate) fn hidden(received: &str) -> Option<String> {
    let could_be = received.split(|c: char| !is_of_token(c)).any(could_be_credential);
    could_be.then(|| format!("a text of {} characters that is not shown", received.chars().count()))
}

/// Quotes what is public by its nature, a claim such as `aud` or a configured name: shortened.
pub(crate) fn show(public: &str) -> String {
    match public.char_indices().nth(SHOWN).and_then(|(end, _)| public.get(..end)) {
        Some(start) => format!("'{start}...'"),
        None => format!("'{public}'"),
    }
}

/// Characters of base64url, of which tokens and generated secrets are made.
fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Whether a run of such characters looks drawn at random: names of that length have no digits
/// among their letters, and letters of one case.
fn could_be_credential(run: &str) -> bool {
    let has = |kind: fn(&char) -> bool| run.chars().any(|c| kind(&c));
    let kinds = [char::is_ascii_digit, char::is_ascii_lowercase, char::is_ascii_uppercase];
    run.len() >= MIN_CREDENTIAL && kinds.into_iter().filter(|kind| has(*kind)).count() > 1
}

/// Lists what would have been accepted.
pub(crate) fn one_of<T: AsRef<str>>(expected: &[T]) -> String {
    match expected {
        [] => "nothing: none is configured".to_owned(),
        [one] => show(one.as_ref()),
        several => {
            let shown: Vec<_> = several.iter().take(10).map(|it| show(it.as_ref())).collect();
            format!("one of {}", shown.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_credential_is_never_quoted() {
        for name in ["acme", "google-identity", "https://api.example.com/v1", "token-exchange"] {
            assert_eq!(quote(name), format!("'{name}'"));
        }
        for credential in [
            "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln",
            "Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9",
            "ya29.a0AfB_byC8zXw-5qP3RkT1mN7vE",
            "gho_16C7e42F292c6912E7710c838347Ae178B4a",
            "0f3c9a52e1b74d68a0c1",
        ] {
            let length = credential.len();
            assert_eq!(
                quote(credential),
                format!("a text of {length} characters that is not shown")
            );
        }
        assert_eq!(quote(&"z".repeat(121)), format!("'{}...'", "z".repeat(120)));
    }
}
