//! The providers' own addresses on loopback: a proxy that answers for Google, LinkedIn, GitHub,
//! Facebook and Instagram as they do, for what Apple and Microsoft publish, and for nobody else; or
//! as a script says, and in no other way. How the service is told to use it is in `social`.

mod authority;
mod call;
mod documents;
pub(crate) mod facebook;
mod fake;
mod fault;
pub(crate) mod github;
pub(crate) mod google;
mod graph;
pub(crate) mod instagram;
mod ledger;
pub(crate) mod linkedin;
pub(crate) mod people;
mod proxy;
mod reply;
mod script;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) use self::authority::Authority;
pub(crate) use self::call::Call;
pub(crate) use self::fake::Fake;
pub(crate) use self::fault::Fault;
use self::fault::Manners;
pub(crate) use self::ledger::{Authorization, Grant, Life};
use self::reply::Reply;
pub(crate) use self::script::{Line, Script};

/// Everything that the service may call. Dropping it ends it and its connections.
#[derive(Debug)]
pub(crate) struct Internet {
    hosts: Arc<Hosts>,
    address: SocketAddr,
    directory: TempDir,
    serving: JoinHandle<()>,
}

impl Internet {
    /// Starts the proxy, with providers that nobody has used.
    pub(crate) async fn start() -> Self {
        Self::of(Hosts::new(None)).await
    }

    /// Starts the proxy, with a script in place of the providers.
    pub(crate) async fn scripted(script: Script) -> Self {
        Self::of(Hosts::new(Some(script))).await
    }

    async fn of(hosts: Hosts) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (authority, hosts) = (Authority::new(), Arc::new(hosts));
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("ca.pem"), authority.pem()).unwrap();
        let serving = tokio::spawn(proxy::serve(listener, authority, Arc::clone(&hosts)));
        Self { hosts, address, directory, serving }
    }

    /// Returns the value for `outbound.proxy`.
    pub(crate) fn proxy(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns where the proxy is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the value for `outbound.ca_file`.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// Returns what the script was asked for in vain.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.hosts.script.as_ref().map(Script::complaints).unwrap_or_default()
    }

    /// Returns Google.
    pub(crate) fn google(&self) -> &Fake {
        &self.hosts.google
    }

    /// Returns LinkedIn.
    pub(crate) fn linkedin(&self) -> &Fake {
        &self.hosts.linkedin
    }

    /// Returns GitHub.
    pub(crate) fn github(&self) -> &Fake {
        &self.hosts.github
    }

    /// Returns Facebook.
    pub(crate) fn facebook(&self) -> &Fake {
        &self.hosts.facebook
    }

    /// Returns Instagram.
    pub(crate) fn instagram(&self) -> &Fake {
        &self.hosts.instagram
    }

    /// Returns the requests to an address, in their order.
    pub(crate) fn calls(&self, host: &str, path: &str) -> Vec<Call> {
        let is_there = |call: &Call| call.host == host && call.path == path;
        self.all_calls().into_iter().filter(is_there).collect()
    }

    /// Returns every request, in their order.
    pub(crate) fn all_calls(&self) -> Vec<Call> {
        self.hosts.calls.lock().unwrap().clone()
    }

    /// Forgets the requests so far.
    pub(crate) fn forget_calls(&self) {
        self.hosts.calls.lock().unwrap().clear();
    }

    /// Breaks an address, or with `None` mends it.
    pub(crate) fn fault(&self, host: &str, path: &str, fault: impl Into<Option<Fault>>) {
        self.hosts.manners.lock().unwrap().set(host, path, fault.into());
    }

    /// Changes the JSON of an address's good answers (status 200) from here on. Several changes
    /// are made in their order.
    pub(crate) fn change(
        &self,
        host: &str,
        path: &str,
        change: impl Fn(&mut Value) + Send + 'static,
    ) {
        self.hosts.manners.lock().unwrap().change(host, path, Box::new(change));
    }
}

impl Drop for Internet {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The providers, what is wrong with them, and what they were asked.
#[derive(Debug)]
struct Hosts {
    script: Option<Script>,
    google: Fake,
    linkedin: Fake,
    github: Fake,
    facebook: Fake,
    instagram: Fake,
    manners: Mutex<Manners>,
    calls: Mutex<Vec<Call>>,
}

impl Hosts {
    fn new(script: Option<Script>) -> Self {
        Self {
            script,
            google: google::fake(),
            linkedin: linkedin::fake(),
            github: github::fake(),
            facebook: facebook::fake(),
            instagram: instagram::fake(),
            manners: Mutex::default(),
            calls: Mutex::default(),
        }
    }

    /// Answers a request.
    ///
    /// # Errors
    ///
    /// When the connection is to be closed instead.
    async fn answer(&self, call: Call) -> io::Result<Reply> {
        self.calls.lock().unwrap().push(call.clone());
        let fault = self.manners.lock().unwrap().fault(&call);
        if let Some(fault) = fault
            && let Some(reply) = fault.instead().await?
        {
            return Ok(reply);
        }
        let mut reply = self.ask(&call).unwrap_or_else(|| Reply::page(404, "Not Found"));
        self.manners.lock().unwrap().finish(&call, &mut reply);
        Ok(reply)
    }

    /// Asks the provider that has the host, which knows its paths and their methods.
    fn ask(&self, call: &Call) -> Option<Reply> {
        if let Some(script) = &self.script {
            return Some(script.answer(call));
        }
        documents::answer(call).or_else(|| self.ask_provider(call))
    }

    fn ask_provider(&self, call: &Call) -> Option<Reply> {
        match call.host.as_str() {
            "oauth2.googleapis.com" | "openidconnect.googleapis.com" | "www.googleapis.com" => {
                google::answer(&self.google, call)
            }
            "www.linkedin.com" | "api.linkedin.com" => linkedin::answer(&self.linkedin, call),
            "github.com" | "api.github.com" => github::answer(&self.github, call),
            "graph.facebook.com" | "www.facebook.com" | "limited.facebook.com" => {
                facebook::answer(&self.facebook, call)
            }
            "api.instagram.com" | "graph.instagram.com" => instagram::answer(&self.instagram, call),
            _ => None,
        }
    }
}
