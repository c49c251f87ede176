//! What a client may ask for, and from where: its pages, redirect URIs, audiences and scopes.

use std::borrow::Cow;

use super::{IssueError, WantedScope};
use crate::client::Client;
use crate::verify::{Content, Credential};

/// The page that a request comes from, as the browser names it (Fetch §3.1). Apps that are no browsers
/// name none.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    /// Its origin.
    pub(crate) origin: Cow<'a, str>,
    /// Our own origin, whose pages may use every client.
    pub(crate) own: Option<&'a str>,
}

/// Checks that a page is of one of the client's origins, or of our own.
///
/// # Errors
///
/// [`IssueError::OriginNotAllowed`].
pub(crate) fn check_origin(client: &Client, page: &Page<'_>) -> Result<(), IssueError> {
    let Page { origin, own } = page;
    if client.origins.contains(&**origin) || own.is_some_and(|own| own == origin) {
        return Ok(());
    }
    let (received, client) = (origin.to_string(), client.id.to_string());
    Err(IssueError::OriginNotAllowed { received, client })
}

/// A code comes back to a redirect URI of the client's own, compared exactly (RFC 9700 §2.1): one
/// that went elsewhere is not the client's to redeem.
pub(super) fn check_redirect_uri(
    client: &Client,
    credential: &Credential,
) -> Result<(), IssueError> {
    let Content::Code(code) = &credential.content else { return Ok(()) };
    if client.redirect_uris.contains(&code.redirect_uri) {
        return Ok(());
    }
    Err(IssueError::RedirectUriNotAllowed {
        received: code.redirect_uri.clone(),
        expected: client.redirect_uris.clone(),
    })
}

/// The audiences that are wanted, each of which must be one of the client's, or all of the
/// client's (RFC 8693 §2.2.2, RFC 8707 §2).
pub(super) fn target<'a>(
    client: &'a Client,
    wanted: &[String],
) -> Result<Cow<'a, [String]>, IssueError> {
    if wanted.is_empty() {
        return Ok(Cow::Borrowed(&client.audience));
    }
    if let Some(other) = wanted.iter().find(|wanted| !client.audience.contains(wanted)) {
        return Err(IssueError::InvalidTarget {
            received: other.clone(),
            expected: client.audience.clone(),
        });
    }
    let mut audience: Vec<String> = Vec::new();
    for one in wanted {
        if !audience.contains(one) {
            audience.push(one.clone());
        }
    }
    Ok(Cow::Owned(audience))
}

/// The scopes that are granted: never one that the client may not have.
pub(super) fn granted_scope(client: &Client, wanted: &WantedScope) -> Result<String, IssueError> {
    let (wanted, exactly) = match wanted {
        WantedScope::All => return Ok(client.scopes.join(" ")),
        WantedScope::AtMost(wanted) => (wanted, false),
        WantedScope::Exactly(wanted) => (wanted, true),
    };
    let mut granted: Vec<&str> = Vec::new();
    for scope in wanted.split(' ').filter(|scope| !scope.is_empty()) {
        let is_known = client.scopes.iter().any(|known| known == scope);
        if !is_known && exactly {
            return Err(IssueError::InvalidScope {
                received: scope.to_owned(),
                expected: client.scopes.clone(),
            });
        }
        if is_known && !granted.contains(&scope) {
            granted.push(scope);
        }
    }
    Ok(granted.join(" "))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::client::ClientId;

    fn client() -> Client {
        Client {
            id: ClientId::parse("spa").unwrap(),
            secret: None,
            audience: vec!["a".to_owned(), "b".to_owned()],
            origins: std::collections::BTreeSet::new(),
            redirect_uris: Vec::new(),
            providers: Vec::new(),
            explains: Vec::new(),
            scopes: vec!["read".to_owned(), "write".to_owned()],
            lifetime: Duration::from_mins(10),
            claims: std::collections::BTreeSet::new(),
        }
    }

    #[test]
    fn a_token_is_for_the_wanted_audiences_or_all_of_the_clients() {
        let target = |wanted: &[&str]| {
            let wanted: Vec<_> = wanted.iter().map(|name| (*name).to_owned()).collect();
            target(&client(), &wanted).map(Cow::into_owned)
        };
        assert_eq!(target(&[]).unwrap(), ["a", "b"]);
        assert_eq!(target(&["b"]).unwrap(), ["b"]);
        assert_eq!(target(&["b", "a", "b"]).unwrap(), ["b", "a"]);
        assert!(
            matches!(target(&["a", "c"]), Err(IssueError::InvalidTarget { received, .. }) if received == "c")
        );
    }

    #[test]
    fn scopes_are_the_wanted_ones_or_all_and_never_more() {
        let granted = |wanted: WantedScope| granted_scope(&client(), &wanted).ok();
        let exactly = |text: &str| granted(WantedScope::Exactly(text.to_owned()));
        let at_most = |text: &str| granted(WantedScope::AtMost(text.to_owned()));
        assert_eq!(granted(WantedScope::All).as_deref(), Some("read write"));
        assert_eq!(exactly("write  write").as_deref(), Some("write"));
        assert_eq!(exactly("write admin"), None);
        assert_eq!(at_most("admin write").as_deref(), Some("write"));
        assert_eq!(at_most("admin").as_deref(), Some(""));
    }
}
