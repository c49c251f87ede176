//! The scripts of the pages, in a page of their own: the service redeems and exchanges what they send.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use url::Url;

use super::blocks::{blocks_of, root};
use crate::support::app::App;
use crate::support::internet::{Authorization, Internet, github};
use crate::support::verify::verify;

/// The client ID of the pages at Google.
const GOOGLE: &str = "1234567890-abc.apps.googleusercontent.com";
/// Where the pages are called back.
const CALLBACK: &str = "https://app.example.com/callback";

/// A page with a script of the documentation. What it wants is heard, what it gets is said.
struct Page {
    child: Child,
    said: BufReader<ChildStdout>,
    input: ChildStdin,
    _script: tempfile::NamedTempFile,
}

impl Page {
    /// Opens it, if this machine has Node; says so if not.
    #[expect(clippy::print_stderr, reason = "what was not tested is to be seen")]
    fn open(page: &str, part: &str, run: &str, app: &App) -> Option<Self> {
        let version = Command::new("node").arg("--version").output();
        if !version.is_ok_and(|output| output.status.success()) {
            eprintln!("not run, since node is not on the PATH: the scripts of {page}");
            return None;
        }
        let blocks = blocks_of(page);
        let block = blocks.iter().find(|block| block.text.contains(part)).unwrap();
        let script = tempfile::NamedTempFile::new().unwrap();
        fs::write(script.path(), &block.text).unwrap();
        let mut child = Command::new("node")
            .arg(root().join("tests/it/docs/page.mjs"))
            .arg(script.path())
            .args([run, &format!("http://{}", app.address())])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let input = child.stdin.take().unwrap();
        Some(Self { child, said, input, _script: script })
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    fn say(&mut self, value: &Value) {
        writeln!(self.input, "{value}").unwrap();
    }

    /// Returns a parameter of the address that the page went to.
    fn asked(address: &Url, name: &str) -> Option<String> {
        address.query_pairs().find(|(it, _)| it == name).map(|(_, value)| value.into_owned())
    }

    /// Waits until the page goes to GitHub, and returns how.
    fn goes_to_github(&mut self) -> Url {
        let address = Url::parse(self.hear()["assigned"].as_str().unwrap()).unwrap();
        assert!(address.as_str().starts_with("https://github.com/login/oauth/authorize?"));
        let asked = |name| Self::asked(&address, name);
        assert_eq!(asked("client_id").as_deref(), Some(github::CLIENT_ID));
        assert_eq!(asked("redirect_uri").as_deref(), Some(CALLBACK));
        assert_eq!(asked("code_challenge_method").as_deref(), Some("S256"));
        assert_eq!(asked("scope").as_deref(), Some("read:user user:email"));
        address
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns a code of GitHub's for what the page asked.
fn code(internet: &Internet, asked: &Url) -> String {
    internet.github().authorize(Authorization {
        redirect_uri: CALLBACK,
        code_challenge: Page::asked(asked, "code_challenge"),
        ..github::authorization()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_without_a_library_signs_in_with_github() {
    let internet = Internet::start().await;
    let app = App::on(&internet, str::to_owned).await;
    let Some(mut page) = Page::open("docs/app.md", "async function finish", "redirect", &app)
    else {
        return;
    };
    // An answer to somebody else's question.
    let asked = page.goes_to_github();
    page.say(&json!({ "code": code(&internet, &asked), "state": "another" }));
    let refused = page.hear();
    assert_eq!(refused["error"], "not the answer to our question", "{refused}");
    assert_eq!((&refused["left"], &refused["stored"]), (&json!(""), &json!(0)));

    // The person said no.
    let asked = page.goes_to_github();
    let state = Page::asked(&asked, "state").unwrap();
    page.say(&json!({ "error": "access_denied", "error_description": "denied", "state": state }));
    assert_eq!(page.hear()["error"], "denied");

    let asked = page.goes_to_github();
    let other = Page::asked(&asked, "state").unwrap();
    assert_ne!(other, state);
    page.say(&json!({ "code": code(&internet, &asked), "state": other }));
    let done = page.hear();
    let token = done["token"].as_str().unwrap_or_else(|| panic!("{done}"));
    assert_eq!((&done["left"], &done["stored"]), (&json!(""), &json!(0)));
    let (_, claims) = verify(&app, token, "https://api.example.com").await;
    assert_eq!((&claims["idp"], &claims["idp_binding"]), (&json!("github"), &json!("code")));

    // A code that is no longer good is refused in the service's words.
    let asked = page.goes_to_github();
    let state = Page::asked(&asked, "state").unwrap();
    page.say(&json!({ "code": "made-up", "state": state }));
    assert!(page.hear()["error"].as_str().is_some_and(|error| !error.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_with_googles_button_calls_the_api_with_our_token() {
    let internet = Internet::start().await;
    let ours = |text: &str| text.replace("web.apps.googleusercontent.com", GOOGLE);
    let app = App::on(&internet, ours).await;
    let open = || Page::open("docs/google.md", "google.accounts.id.initialize", "button", &app);
    let Some(mut page) = open() else { return };
    let rendered = page.hear();
    assert_eq!((&rendered["rendered"], &rendered["client"]), (&json!("sign-in"), &json!(GOOGLE)));
    let nonce = rendered["nonce"].as_str().unwrap();
    let mut credential = internet.google().id_token(GOOGLE);
    credential.claim("nonce", nonce);
    page.say(&json!({ "credential": credential.compact() }));
    let called = page.hear();
    assert_eq!(called["api"], "https://api.example.com/me");
    let token = called["authorization"].as_str().and_then(|it| it.strip_prefix("Bearer "));
    let (_, claims) = verify(&app, token.unwrap(), "https://api.example.com").await;
    assert_eq!((&claims["idp"], &claims["idp_binding"]), (&json!("google"), &json!("id_token")));

    // Another page's credential.
    let mut page = open().unwrap();
    assert_ne!(page.hear()["nonce"], nonce);
    page.say(&json!({ "credential": credential.compact() }));
    assert!(page.hear()["error"].as_str().unwrap().contains("nonce"));
}
