//! Names become addresses, and only those that a call may lead to. What is looked at is what is
//! connected to: a name that resolves to something else a moment later gains nothing.

use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;

use moka::future::Cache;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::provider::{NotPublic, Reach, is_public};

/// Look-ups at a time. Each holds a thread for as long as the name servers take, whoever gave up
/// waiting; far fewer than there are threads (512), so that key files are read meanwhile.
const AT_A_TIME: usize = 128;
/// Look-ups of one name at a time: one whose name servers hang must not be in the way of others.
const OF_ONE_NAME: usize = 32;
/// Largest number of names whose look-ups are counted. All are of configured addresses, and of
/// those that discovery documents name.
const NAMES: u64 = 1024;

/// Resolves names through the system, and drops what is out of reach.
#[derive(Debug, Clone)]
pub(super) struct Resolver {
    reach: Reach,
    /// The proxy's own host, which may be anywhere.
    proxy_host: Option<Arc<str>>,
    turns: Arc<Semaphore>,
    turns_of_names: Cache<String, Arc<Semaphore>>,
}

/// A name that leads elsewhere than it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// To this address, and not to loopback.
    NotLoopback(String, IpAddr),
    /// Not to the public internet.
    NotPublic(NotPublic),
}

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoopback(host, address) => {
                write!(f, "`{host}` resolves to {address}, and http is for loopback only")
            }
            Self::NotPublic(not_public) => not_public.fmt(f),
        }
    }
}

impl std::error::Error for Elsewhere {}

impl Resolver {
    /// Makes a resolver for loopback; `proxy_host` may be anywhere.
    pub(super) fn new(proxy_host: Option<&str>) -> Self {
        let turns = Arc::new(Semaphore::new(AT_A_TIME));
        let turns_of_names = Cache::new(NAMES);
        let proxy_host = proxy_host.map(Arc::from);
        Self { reach: Reach::Loopback, proxy_host, turns, turns_of_names }
    }

    /// Returns one for other calls, which waits for its turn with this one.
    pub(super) fn reaching(&self, reach: Reach) -> Self {
        Self { reach, ..self.clone() }
    }

    /// Returns where a name may lead.
    fn reach_of(&self, host: &str) -> Reach {
        let is_proxy = self.proxy_host.as_ref().is_some_and(|it| it.eq_ignore_ascii_case(host));
        if is_proxy { Reach::Anywhere } else { self.reach }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let (reach, this) = (self.reach_of(&host), self.clone());
        Box::pin(async move {
            // The name's own first: who waits for it takes up nothing that others need.
            let counted = async { Arc::new(Semaphore::new(OF_ONE_NAME)) };
            let of_name = this.turns_of_names.get_with_by_ref(host.as_str(), counted).await;
            let turn = (of_name.acquire_owned().await?, this.turns.acquire_owned().await?);
            let (found, host) = spawn_blocking(move || {
                // The port is the connector's to say.
                let found = (host.as_str(), 0).to_socket_addrs();
                drop(turn);
                (found, host)
            })
            .await?;
            let reached = within(reach, &host, found?.collect())?;
            Ok(Box::new(reached.into_iter()) as Addrs)
        })
    }
}

/// Returns the addresses of a host that are within reach.
///
/// # Errors
///
/// [`Elsewhere`] names the first when none is.
fn within(
    reach: Reach,
    host: &str,
    mut found: Vec<SocketAddr>,
) -> Result<Vec<SocketAddr>, Elsewhere> {
    let first = found.first().map(SocketAddr::ip);
    found.retain(|address| match reach {
        Reach::Loopback => address.ip().is_loopback(),
        Reach::Internet => is_public(address.ip()),
        Reach::Anywhere => true,
    });
    match first {
        Some(address) if found.is_empty() => Err(match reach {
            Reach::Loopback => Elsewhere::NotLoopback(host.to_owned(), address),
            Reach::Internet | Reach::Anywhere => {
                let (host, address) = (host.to_owned(), Some(address));
                Elsewhere::NotPublic(NotPublic { host, address })
            }
        }),
        Some(_) | None => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolve(resolver: &Resolver, name: &str) -> Result<Vec<IpAddr>, String> {
        let found = resolver.resolve(name.parse().unwrap()).await;
        found.map(|it| it.map(|address| address.ip()).collect()).map_err(|error| error.to_string())
    }

    /// `localhost` is the one name that every system resolves, to a private address.
    #[tokio::test]
    async fn a_name_that_resolves_to_a_private_address_is_refused_unless_the_operator_named_it() {
        let loopback = Resolver::new(None);
        let refused = resolve(&loopback.reaching(Reach::Internet), "localhost").await.unwrap_err();
        assert!(refused.starts_with("`localhost` resolves to "), "{refused}");
        assert!(refused.contains("not on the public internet"), "{refused}");
        assert!(refused.contains("`issuer`"), "{refused}");
        for reach in [Reach::Loopback, Reach::Anywhere] {
            let found = resolve(&loopback.reaching(reach), "localhost").await.unwrap();
            assert!(!found.is_empty() && found.iter().all(IpAddr::is_loopback), "{found:?}");
        }
        let behind = Resolver::new(Some("LocalHost")).reaching(Reach::Internet);
        assert!(resolve(&behind, "localhost").await.is_ok(), "it is the proxy's own host");
    }

    #[tokio::test]
    async fn a_name_that_nobody_has_is_an_error_of_the_system() {
        let resolver = Resolver::new(None).reaching(Reach::Internet);
        let error = resolve(&resolver, "nobody.invalid").await.unwrap_err();
        assert!(!error.contains("public internet"), "{error}");
    }

    #[test]
    fn of_several_addresses_those_within_reach_are_tried_and_no_others() {
        let addresses = |texts: &[&str]| -> Vec<SocketAddr> {
            texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect()
        };
        let mixed = addresses(&["10.0.0.5", "8.8.8.8", "fd00::1", "127.0.0.1", "2606:4700::1"]);
        for (reach, expected) in [
            (Reach::Internet, addresses(&["8.8.8.8", "2606:4700::1"])),
            (Reach::Loopback, addresses(&["127.0.0.1"])),
            (Reach::Anywhere, mixed.clone()),
        ] {
            assert_eq!(within(reach, "a.test", mixed.clone()), Ok(expected), "{reach:?}");
        }
        let (host, inside) = ("a.test".to_owned(), addresses(&["10.0.0.5", "169.254.169.254"]));
        let address = inside[0].ip();
        let not_public = NotPublic { host: host.clone(), address: Some(address) };
        let refused = |reach| within(reach, "a.test", inside.clone()).unwrap_err();
        assert_eq!(refused(Reach::Internet), Elsewhere::NotPublic(not_public));
        assert_eq!(refused(Reach::Loopback), Elsewhere::NotLoopback(host, address));
        assert_eq!(within(Reach::Internet, "a.test", Vec::new()), Ok(Vec::new()));
    }

    #[tokio::test]
    async fn look_ups_wait_for_their_turn() {
        let resolver = Resolver::new(None).reaching(Reach::Anywhere);
        let all = u32::try_from(AT_A_TIME).unwrap();
        let taken = resolver.turns.acquire_many(all).await.unwrap();
        let mut waiting = Box::pin(resolve(&resolver, "localhost"));
        assert!(futures_util::poll!(&mut waiting).is_pending());
        tokio::task::yield_now().await;
        assert!(futures_util::poll!(&mut waiting).is_pending());
        drop(taken);
        assert!(waiting.await.is_ok());
    }

    #[tokio::test]
    async fn a_name_whose_servers_hang_is_not_in_the_way_of_others() {
        let resolver = Resolver::new(None).reaching(Reach::Anywhere);
        assert!(resolve(&resolver, "localhost").await.is_ok());
        let of_name = resolver.turns_of_names.get("localhost").await.unwrap();
        let all = u32::try_from(OF_ONE_NAME).unwrap();
        let taken = of_name.acquire_many(all).await.unwrap();
        let mut waiting = Box::pin(resolve(&resolver, "localhost"));
        for _ in 0..3 {
            assert!(futures_util::poll!(&mut waiting).is_pending());
            tokio::task::yield_now().await;
        }
        assert_eq!(resolver.turns.available_permits(), AT_A_TIME, "it takes up no other turn");
        assert!(resolve(&resolver, "127.0.0.1").await.is_ok());
        drop(taken);
        assert!(waiting.await.is_ok());
    }
}
