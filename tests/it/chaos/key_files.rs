//! What operators do to the files of the keys by mistake. The last good set stays in use, every
//! replica says so, and nobody else notices.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::replicas::Replica;
use super::tally::Mistake;
use super::world::World;

/// Longer than the service takes to look at its keys again.
const LOOK: Duration = Duration::from_millis(6500);
/// What is wrong with the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoiled {
    /// One ends in the middle.
    Half,
    /// Two hold the same key.
    Doubled,
    /// Anybody can read them.
    Readable,
    /// They are not there, nor is their directory.
    Gone,
}

impl Spoiled {
    /// Returns its name for the table.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Half => "half a key file",
            Self::Doubled => "one key in two files",
            Self::Readable => "key files for everybody to read",
            Self::Gone => "no key directory",
        }
    }

    /// Does it, and mends it.
    pub(super) async fn happen(self, world: &World) {
        match self {
            Self::Half => {
                let half = [(key_file(world, "half.json"), r#"{"kty":"EC","crv":"P-2"#)];
                add(world, &half).await;
            }
            Self::Doubled => {
                let key = include_str!("../../fixtures/keys/ed25519.pem");
                let twice = ["one.pem", "two.pem"].map(|name| (key_file(world, name), key));
                add(world, &twice).await;
            }
            Self::Readable => {
                set_modes(world, 0o644);
                sleep(LOOK).await;
                set_modes(world, 0o600);
            }
            Self::Gone => {
                let (here, away) = (key_file(world, ""), world.base.directory.join("away"));
                std::fs::rename(&here, &away).unwrap();
                let before = complaints(world);
                sleep(LOOK).await;
                check_complaints(world, &before);
                std::fs::rename(&away, &here).unwrap();
                sleep(LOOK).await;
            }
        }
    }
}

fn key_file(world: &World, name: &str) -> PathBuf {
    world.base.directory.join("keys").join(name)
}

fn set_modes(world: &World, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    for entry in std::fs::read_dir(key_file(world, "")).unwrap().flatten() {
        std::fs::set_permissions(entry.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    }
}

/// Puts files among the keys that must not count, sees that every replica says so, and mends it.
async fn add(world: &World, files: &[(PathBuf, &str)]) {
    let before = complaints(world);
    // All at once: a replica that looks in between would see some of them.
    for (file, text) in files {
        std::fs::write(file.with_extension("new"), text).unwrap();
    }
    for (file, _) in files {
        std::fs::rename(file.with_extension("new"), file).unwrap();
    }
    sleep(LOOK).await;
    check_complaints(world, &before);
    for (file, _) in files.iter().rev() {
        std::fs::remove_file(file).unwrap();
    }
    sleep(LOOK).await;
}

/// Returns how often each replica has said that it does not take its keys.
fn complaints(world: &World) -> Vec<usize> {
    let count = |replica: &Arc<Replica>| replica.logged().matches("not reloaded").count();
    world.replicas.iter().map(count).collect()
}

fn check_complaints(world: &World, before: &[usize]) {
    if complaints(world).iter().zip(before).any(|(after, before)| after <= before) {
        let words = "a replica did not say that its keys cannot be read";
        world.base.tally.mistake(Mistake::Process, world.base.uptime(), words);
    }
}
