//! Checking `[outbound]`: how providers are reached.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::super::raw::RawOutbound;
use super::{Checked, duration, problem};
use crate::provider::Reach;
use crate::verify::OutboundSettings;

/// Checks how providers are reached. `environment` is the proxy of the environment, `reaches` where
/// the providers' addresses lead.
pub(super) fn outbound(
    raw: RawOutbound,
    environment: Option<&str>,
    reaches: BTreeSet<Reach>,
) -> Checked<OutboundSettings> {
    // Two calls, to redeem a code and to read the profile, fit into a request's deadline.
    let range = Duration::from_millis(100)..=Duration::from_secs(14);
    let proxy = raw.proxy.map(|text| {
        let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        url.ok_or_else(|| problem("outbound.proxy", "expected an http or https address"))
    });
    let proxy = proxy.transpose()?;
    let configured = proxy.as_ref().and_then(Url::host_str).map(str::to_owned);
    Ok(OutboundSettings {
        timeout: duration("outbound.timeout", &raw.timeout, range)?,
        proxy_host: configured.or_else(|| host(environment?)),
        proxy,
        ca_file: raw.ca_file.map(PathBuf::from),
        reaches,
    })
}

/// Returns the host of a proxy as the environment has it: an address, or a host and a port.
fn host(proxy: &str) -> Option<String> {
    let has_scheme = proxy.contains("://");
    let address = if has_scheme { proxy.to_owned() } else { format!("http://{proxy}") };
    Url::parse(&address).ok()?.host_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxys_host_is_known_wherever_it_is_set() {
        let settings = |configured: Option<&str>, environment| {
            let proxy = configured.map(str::to_owned);
            let raw = RawOutbound { timeout: "5s".to_owned(), proxy, ca_file: None };
            outbound(raw, environment, BTreeSet::new()).unwrap().proxy_host
        };
        let own = Some("http://Proxy.acme.test:3128");
        let other = Some("http://user:password@other.test:8080/");
        assert_eq!(settings(own, other).as_deref(), Some("proxy.acme.test"));
        for (environment, expected) in [
            (other, Some("other.test")),
            (Some("other.test:8080"), Some("other.test")),
            (Some("other.test"), Some("other.test")),
            (Some("10.0.0.5:8080"), Some("10.0.0.5")),
            (Some(""), None),
            (None, None),
        ] {
            assert_eq!(settings(None, environment).as_deref(), expected, "{environment:?}");
        }
    }
}
