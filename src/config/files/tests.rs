use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;
use crate::config::{Config, Sources};

/// A directory with a configuration of a client with a secret in a file; both of them may be read
/// by their owner alone.
fn directory(mode: u32) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, "secret", "from-a-file\n", mode);
    let file = directory.path().join("secret");
    let text = format!(
        "issuer = \"https://id.example.com\"\n\
         [[clients]]\nid = \"api\"\naudience = [\"https://api.example.com\"]\nsecret_file = {file:?}\n\
         [providers.google]\nclient_ids = [\"web\"]\n"
    );
    write(&directory, "countersign.toml", &text, 0o600);
    directory
}

fn write(directory: &TempDir, name: &str, text: impl AsRef<[u8]>, mode: u32) {
    let path = directory.path().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Loads it: what is warned of, or why it is refused.
fn load(directory: &TempDir) -> Result<Vec<String>, String> {
    let file = directory.path().join("countersign.toml");
    let sources = Sources::of_process(Some(file)).with_variables([]);
    Config::load(&sources).map(|config| config.warnings).map_err(|error| error.to_string())
}

#[test]
fn a_secret_that_others_may_change_is_refused_and_one_they_may_read_is_warned_of() {
    for mode in [0o600, 0o400, 0o440, 0o640] {
        assert_eq!(load(&directory(mode)), Ok(Vec::new()), "{mode:o}");
    }
    for mode in [0o666, 0o622, 0o602] {
        let refused = load(&directory(mode)).unwrap_err();
        assert!(refused.contains("clients.0.secret_file: "), "{refused}");
        assert!(refused.contains(&format!("(mode {mode:04o}): chmod go-w ")), "{refused}");
    }
    for mode in [0o644, 0o444, 0o620] {
        let warnings = load(&directory(mode)).unwrap();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].starts_with("clients.0.secret_file: "), "{warnings:?}");
        assert!(
            warnings[0].contains(&format!("(mode {mode:04o}): chmod g-w,o-r ")),
            "{warnings:?}"
        );
    }
}

#[test]
fn a_configuration_is_as_secret_as_what_stands_in_it() {
    let change = |text: &str, mode: u32| {
        let directory = directory(0o600);
        let file = directory.path().join("countersign.toml");
        let text = fs::read_to_string(file).unwrap() + text;
        write(&directory, "countersign.toml", text, mode);
        load(&directory)
    };
    assert_eq!(change("", 0o666), Ok(Vec::new()));
    let secret = "client_secret = \"hunter2-hunter2\"\n";
    assert_eq!(change(secret, 0o640), Ok(Vec::new()));
    let warnings = change(secret, 0o644).unwrap();
    assert!(
        warnings[0].contains("countersign.toml holds secrets, and the group may"),
        "{warnings:?}"
    );
    let refused = change(secret, 0o666).unwrap_err();
    assert!(refused.contains("countersign.toml holds secrets, and others may write"), "{refused}");
    assert!(!refused.contains("hunter2"), "{refused}");
}

#[test]
fn a_file_that_cannot_be_a_secret_is_refused_by_name() {
    let directory = directory(0o600);
    let secret = directory.path().join("secret");
    let refused = |expected: &str| {
        let refused = load(&directory).unwrap_err();
        assert!(refused.contains("clients.0.secret_file: "), "{refused}");
        assert!(refused.contains(&format!("{}: {expected}", secret.display())), "{refused}");
    };
    write(&directory, "secret", "x".repeat(64 * 1024 + 1), 0o600);
    refused("longer than 65536 bytes");
    write(&directory, "secret", b"\xff\xfe", 0o600);
    refused("not UTF-8");
    fs::remove_file(&secret).unwrap();
    refused("cannot be read: No such file");
    fs::create_dir(&secret).unwrap();
    refused("cannot be read: Is a directory");
}

#[test]
fn a_secret_in_the_place_of_its_file_is_not_quoted() {
    let text = "issuer = \"https://id.example.com\"\n\
                [[clients]]\nid = \"api\"\naudience = [\"https://api.example.com\"]\n\
                secret_file = \"hunter2-hunter2\"\n\
                [providers.google]\nclient_ids = [\"web\"]\n";
    let refused = Config::from_toml(text).unwrap_err().to_string();
    assert!(refused.contains("clients.0.secret_file: no such file"), "{refused}");
    assert!(!refused.contains("hunter2"), "{refused}");
}

#[test]
fn a_mounted_secret_is_a_symbolic_link_and_counts_by_what_it_leads_to() {
    let directory = directory(0o600);
    let secret = directory.path().join("secret");
    fs::rename(&secret, directory.path().join("..data")).unwrap();
    symlink("..data", &secret).unwrap();
    assert_eq!(load(&directory), Ok(Vec::new()));
    write(&directory, "..data", "from-a-file", 0o644);
    assert_eq!(load(&directory).unwrap().len(), 1);
}
