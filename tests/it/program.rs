//! The built program as a child process, and its answers over HTTP. Every child is ended by the
//! guard that holds it.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Method};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::answer::Answer;
use crate::support::app::{FORM, JSON};
use crate::support::secrecy;

/// The program that Cargo built for these tests.
const PROGRAM: &str = env!("CARGO_BIN_EXE_countersign");
/// The pause between two looks at something that another process does.
const PAUSE: Duration = Duration::from_millis(50);
/// How long an answer over HTTP may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Exit codes, as they are published.
pub(crate) const DONE: i32 = 0;
pub(crate) const FAILED: i32 = 1;
pub(crate) const USAGE: i32 = 64;

/// Returns the program, to be run in a directory without any setting of the caller's.
pub(crate) fn program(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).current_dir(directory).stdin(Stdio::null());
    let ours = |name: &str| name.starts_with("COUNTERSIGN_") || name == "RUST_LOG";
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(ours)) {
        command.env_remove(name);
    }
    command
}

/// What a command that ends by itself said and returned.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Runs a command until it ends.
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        secrecy::search("what a command printed", &stdout);
        secrecy::search("what a command complained of", &stderr);
        Self { code: output.status.code().unwrap(), stdout, stderr }
    }

    /// Returns what was printed, after checking that all went well and nothing was complained of.
    pub(crate) fn good(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (DONE, ""), "{}", self.stdout);
        self.stdout
    }

    /// Returns the complaint, after checking the exit code and that nothing was printed.
    pub(crate) fn refused_with(self, code: i32) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{}", self.stderr);
        self.stderr
    }
}

/// Runs the program in a directory.
pub(crate) fn run(directory: &Path, arguments: &[&str]) -> Outcome {
    Outcome::of(&mut program(directory, arguments))
}

/// Looks again and again until there is something to see, for at most `patience`.
pub(crate) fn wait_for<T>(
    what: &str,
    patience: Duration,
    mut look: impl FnMut() -> Option<T>,
) -> T {
    let mut left = patience.as_millis() / PAUSE.as_millis();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(left > 0, "{what}: not within {patience:?}");
        left -= 1;
        thread::sleep(PAUSE);
    }
}

/// A running program, killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    printed: Arc<Mutex<String>>,
    logged: Arc<Mutex<String>>,
}

impl Running {
    /// Starts a program and collects what it says.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let printed = collect(child.stdout.take().unwrap());
        let logged = collect(child.stderr.take().unwrap());
        Self { child, printed, logged }
    }

    /// Returns what it has printed.
    pub(crate) fn printed(&self) -> String {
        self.printed.lock().unwrap().clone()
    }

    /// Returns what it has logged.
    pub(crate) fn logged(&self) -> String {
        self.logged.lock().unwrap().clone()
    }

    /// Returns its process ID.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, `TERM` for instance, to this process alone.
    pub(crate) fn signal(&self, name: &str) {
        let line = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
    }

    /// Waits until it has printed something.
    pub(crate) fn until_printed(&mut self, text: &str) {
        self.wait_for(text, |process| process.printed().contains(text).then_some(()));
    }

    /// Waits until it has ended and returns its exit code; `None` when a signal ended it.
    pub(crate) fn exit_code(&mut self, patience: Duration) -> Option<i32> {
        wait_for("the end", patience, || self.child.try_wait().unwrap()).code()
    }

    /// Waits for something in what it says; fails at once when it ends before.
    fn wait_for<T>(&mut self, what: &str, look: impl Fn(&Self) -> Option<T>) -> T {
        wait_for(what, PATIENCE, || {
            let seen = look(self);
            let ended = self.child.try_wait().unwrap();
            assert!(seen.is_some() || ended.is_none(), "{what}: ended: {}", self.logged());
            seen
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        secrecy::search("the log of a program", &self.logged());
    }
}

fn collect(pipe: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    let collected = Arc::clone(&text);
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            // Writing to a string does not fail.
            let _ = writeln!(collected.lock().unwrap(), "{line}");
        }
    });
    text
}

/// `countersign serve` with a configuration and one key of its own.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) process: Running,
    /// Where it was started: `countersign.toml` and `keys/`.
    pub(crate) directory: TempDir,
    /// Where the public is served.
    pub(crate) url: String,
    /// Where operators are served, if not with the public.
    pub(crate) admin_url: Option<String>,
}

/// A configuration that starts anywhere: its one provider is on loopback and never called.
pub(crate) const CONFIGURATION: &str = r#"
issuer = "https://id.example.test"
listen = "127.0.0.1:0"

[[clients]]
id = "spa"
audience = ["https://api.example.test"]
origins = ["https://app.example.test"]

[providers.acme]
kind = "oidc"
issuer = "http://127.0.0.1:9"
client_ids = ["countersign"]
"#;

/// Writes a file that its owner alone may read, which nobody is warned of.
pub(crate) fn write_secret(file: &Path, text: impl AsRef<[u8]>) {
    std::fs::write(file, text).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// Returns a directory that holds a configuration and no key.
pub(crate) fn configured(configuration: &str) -> TempDir {
    let directory = TempDir::new().unwrap();
    secrecy::keep_configuration(configuration);
    write_secret(&directory.path().join("countersign.toml"), configuration);
    directory
}

impl Serving {
    /// Starts it with a configuration whose addresses end in port 0, and waits until it serves.
    pub(crate) fn start(configuration: &str) -> Self {
        Self::start_with(configuration, |_| ())
    }

    /// The same, with a change to how it is started.
    pub(crate) fn start_with(configuration: &str, change: impl FnOnce(&mut Command)) -> Self {
        let directory = configured(configuration);
        run(directory.path(), &["keys", "generate"]).good();
        secrecy::keep_keys(&directory.path().join("keys"));
        let mut command = program(directory.path(), &["serve"]);
        change(&mut command);
        let mut process = Running::start(command.env("COUNTERSIGN_LOG__FORMAT", "json"));
        let started = process.wait_for("the log line of the start", |process| {
            let log = process.logged();
            let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let mut fields = lines.map(|line| line["fields"].clone());
            fields.find(|fields| fields["message"] == "serving")
        });
        let url = |name: &str| started[name].as_str().map(|address| format!("http://{address}"));
        Self { process, directory, url: url("address").unwrap(), admin_url: url("admin") }
    }
}

/// `countersign demo`.
#[derive(Debug)]
pub(crate) struct Demo {
    pub(crate) process: Running,
    /// Where it was started: empty.
    pub(crate) directory: TempDir,
    /// Where it says the page is, without the slash at the end.
    pub(crate) url: String,
}

impl Demo {
    /// Starts it on a free port and waits until it has said all.
    pub(crate) fn start() -> Self {
        Self::start_on("127.0.0.1:0")
    }

    /// Starts it on an address.
    pub(crate) fn start_on(address: &str) -> Self {
        Self::start_with(&["--listen", address])
    }

    /// Starts it with options.
    pub(crate) fn start_with(options: &[&str]) -> Self {
        let directory = TempDir::new().unwrap();
        let mut command = program(directory.path(), &["demo"]);
        command.args(options);
        // Nothing of the demo is elsewhere, so a proxy that does not answer is no obstacle.
        let proxies = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"];
        command.envs(proxies.map(|name| (name, "http://127.0.0.1:9")));
        let mut process = Running::start(&mut command);
        let url = process.wait_for("the welcome", |process| {
            let printed = process.printed();
            let page = printed.lines().find_map(|line| line.strip_prefix("page"));
            page.filter(|_| printed.contains("Ctrl-C")).map(|page| page.trim().to_owned())
        });
        Self { process, directory, url: url.strip_suffix('/').unwrap().to_owned() }
    }

    /// Returns the address of a path.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

/// Fetches an address.
pub(crate) fn get(url: &str) -> Answer {
    request(url, None, &[])
}

/// Fetches an address with a bearer token (RFC 6750 §2.1).
pub(crate) fn get_with_token(url: &str, token: &str) -> Answer {
    request(url, None, &[("Authorization", &format!("Bearer {token}"))])
}

/// Posts a form.
pub(crate) fn post_form(url: &str, fields: &[(&str, &str)]) -> Answer {
    post_form_as(url, fields, None)
}

/// Posts a form, with an `Authorization` header if there is one.
pub(crate) fn post_form_as(
    url: &str,
    fields: &[(&str, &str)],
    authorization: Option<&str>,
) -> Answer {
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let authorization = authorization.map(|value| ("Authorization", value));
    let headers: Vec<_> =
        [(CONTENT_TYPE.as_str(), FORM)].into_iter().chain(authorization).collect();
    request(url, Some(form), &headers)
}

/// Posts JSON.
pub(crate) fn post_json(url: &str, value: &Value) -> Answer {
    request(url, Some(value.to_string()), &[(CONTENT_TYPE.as_str(), JSON)])
}

fn request(url: &str, body: Option<String>, headers: &[(&str, &str)]) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = ClientBuilder::new().no_proxy().tls_certs_only([]).timeout(PATIENCE);
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let client = client.redirect(Policy::none()).build().unwrap();
        let mut request = client.request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.unwrap_or_default()).build().unwrap();
        let sent = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
        secrecy::keep_request(request.headers(), "", sent);
        let answer = Answer::read(client.execute(request).await.unwrap()).await;
        // The demo's provider gives out secrets when all is well.
        if answer.status >= 400 {
            secrecy::search_answer(url, &answer);
        }
        answer
    })
}
