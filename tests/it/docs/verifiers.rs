//! The verifiers of the pages that need packages, against a service that runs: `tests/snippets/run` installs
//! the packages and runs these tests.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use tempfile::TempDir;

use super::blocks::{blocks_of, root};
use crate::program::{Serving, run};
use crate::support::internet::Internet;

/// What the pages say where the issuer is.
const ISSUER: &str = "https://id.example.com";

/// Returns an ID token of Google's for the app of the pages that ended an hour ago.
pub(super) fn expired_token(internet: &Internet) -> String {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let now = i64::try_from(now).unwrap();
    let mut token = internet.google().id_token("1234567890-abc.apps.googleusercontent.com");
    token.claim("iat", now - 7200).claim("exp", now - 3600);
    token.compact()
}

/// Returns where the packages are; says so when they are nowhere.
#[expect(clippy::print_stderr, reason = "what was not tested is to be seen")]
pub(super) fn packages() -> Option<PathBuf> {
    let directory = std::env::var_os("DOCUMENTATION_PACKAGES").map(PathBuf::from);
    if directory.is_none() {
        eprintln!("not run, since it needs packages: tests/snippets/run installs them");
    }
    directory
}

/// A service of which everything is known, and its tokens in a file beside what judges them.
struct Scene {
    service: Serving,
    directory: TempDir,
}

impl Scene {
    fn start() -> Self {
        // The issuer has to be known before it listens.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let service = Serving::start(&format!(
            r#"
issuer = "http://127.0.0.1:{port}"
listen = "127.0.0.1:{port}"

[[clients]]
id = "spa"
audience = ["https://api.example.com"]

[providers.acme]
kind = "oidc"
issuer = "http://127.0.0.1:9"
client_ids = ["countersign"]
"#
        ));
        let vectors = run(
            service.directory.path(),
            &["vectors", "--config", "countersign.toml", "--format", "json"],
        )
        .good();
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("vectors.json"), vectors).unwrap();
        Self { service, directory }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Puts the blocks of a page that have some text into a file.
    fn put(&self, page: &str, part: &str, name: &str) {
        let blocks = blocks_of(page);
        let block = blocks.iter().find(|block| block.text.contains(part)).unwrap();
        fs::write(self.at(name), block.text.replace(ISSUER, &self.service.url)).unwrap();
    }

    /// Runs what judges the tokens, and checks that it judged all of them rightly.
    fn judge(&self, program: &str, driver: &str, packages: &Path) {
        fs::copy(root().join("tests/it/docs").join(driver), self.at(driver)).unwrap();
        let mut command = Command::new(program);
        command.args([driver, "vectors.json"]).current_dir(self.directory.path());
        command.env("PYTHONPATH", packages.join("python")).env("NO_PROXY", "*");
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(said.starts_with("judged "), "judged otherwise: {said}{complaint}");
    }
}

#[test]
fn the_verifier_with_jose_takes_what_it_must_and_nothing_else() {
    let Some(packages) = packages() else { return };
    let scene = Scene::start();
    scene.put("README.md", "createRemoteJWKSet", "snippet.mjs");
    let modules = packages.join("node_modules");
    std::os::unix::fs::symlink(modules, scene.at("node_modules")).unwrap();
    scene.judge("node", "verify.mjs", &packages);
}

#[test]
fn the_verifier_with_pyjwt_takes_what_it_must_and_nothing_else() {
    let Some(packages) = packages() else { return };
    let scene = Scene::start();
    scene.put("docs/verify.md", "PyJWKClient", "snippet.py");
    scene.judge("python3", "verify.py", &packages);
}

#[test]
fn the_authentication_for_django_takes_what_it_must_and_finds_the_people_there_are() {
    let Some(packages) = packages() else { return };
    let (scene, page) = (Scene::start(), "docs/drf-social-oauth2.md");
    fs::create_dir(scene.at("accounts")).unwrap();
    fs::write(scene.at("accounts/__init__.py"), "").unwrap();
    scene.put(page, "class Person(models.Model)", "accounts/models.py");
    scene.put(page, "class CountersignAuthentication", "accounts/authentication.py");
    scene.put(page, "GMAIL = [", "accounts/matched.py");
    scene.judge("python3", "django_api.py", &packages);
}
