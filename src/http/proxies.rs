//! Whose word about a caller counts: that of the proxies which the operator trusts.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use poem::http::HeaderMap;
use poem::{Addr, Request};

/// The proxies in front of us.
#[derive(Debug)]
pub(crate) struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Makes them of their networks.
    pub(crate) fn new(trusted: Vec<IpNet>) -> Self {
        Self(trusted)
    }

    /// Whether one of them sent a request, which then says what it lets through.
    pub(super) fn sent(&self, request: &Request) -> bool {
        peer(request).is_some_and(|peer| self.are(peer.to_canonical()))
    }

    /// Returns the address of whoever made a request, if it came over a network.
    pub(super) fn client(&self, request: &Request) -> Option<IpAddr> {
        Some(self.client_of(peer(request)?, request.headers()))
    }

    fn are(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }

    /// The nearest address that is not a trusted proxy: each proxy appends whom it heard from,
    /// so what stands left of an untrusted address is hearsay.
    fn client_of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let forwarded: Vec<_> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        let mut address = peer.to_canonical();
        for hop in forwarded.iter().rev() {
            let Some(hop) = parse_hop(hop.trim()).filter(|_| self.are(address)) else { break };
            address = hop.to_canonical();
        }
        address
    }
}

fn peer(request: &Request) -> Option<IpAddr> {
    let Addr::SocketAddr(peer) = &request.remote_addr().0 else { return None };
    Some(peer.ip())
}

/// Reads an address as proxies write it: some add the port, and brackets around IPv6.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies() -> Proxies {
        Proxies::new(vec!["10.0.0.0/8".parse().unwrap()])
    }

    #[test]
    fn forwarded_addresses_count_only_from_trusted_proxies() {
        let client = |peer: &str, forwarded: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            proxies().client_of(peer.parse().unwrap(), &headers).to_string()
        };
        assert_eq!(client("192.0.2.1", "198.51.100.7"), "192.0.2.1", "forged");
        assert_eq!(client("10.0.0.1", "198.51.100.7"), "198.51.100.7");
        assert_eq!(client("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.2.3.4"), "198.51.100.7");
        assert_eq!(client("10.0.0.1", "198.51.100.7, nonsense"), "10.0.0.1");
        assert_eq!(client("10.0.0.1", "198.51.100.7:5678"), "198.51.100.7");
        assert_eq!(client("10.0.0.1", "[2001:db8::7]:5678"), "2001:db8::7");
        assert_eq!(client("10.0.0.1", "[2001:db8::7]"), "2001:db8::7");
        assert_eq!(client("::ffff:10.0.0.1", "198.51.100.7"), "198.51.100.7");
    }

    #[test]
    fn what_came_over_no_network_is_nobodys() {
        assert!(!proxies().sent(&Request::default()));
        assert_eq!(proxies().client(&Request::default()), None);
    }
}
