//! One writer at a time: what changes a key directory holds its lock.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::file::{KeyFileError, file_name, file_text, refuse_writable};
use super::{KeyDirectory, StoredKey};
use crate::crypto::random_id;
use crate::secret::Secret;

/// The file that is locked. Its name has a dot, so it is no key.
const LOCK: &str = ".lock";
/// The end of the name of a file that is not finished.
const UNFINISHED: &str = ".tmp";
/// How often a lock that somebody else holds is tried, and the pause between two attempts.
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// A key directory that nobody else writes to while this lives. The system takes the lock back from
/// a process that dies.
#[derive(Debug)]
pub(crate) struct LockedDirectory {
    path: PathBuf,
    _lock: File,
}

impl LockedDirectory {
    /// Waits for the lock, 10 seconds at most, and removes what a writer that was killed has left.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] when another process holds the lock for too long, the file system has no
    /// locks, or others may write to the directory.
    pub(crate) fn lock(path: &Path) -> Result<Self, KeyFileError> {
        let wrong =
            |error: &io::Error| KeyFileError::new(path, format!("cannot be written to: {error}"));
        let metadata = fs::metadata(path).map_err(|error| wrong(&error))?;
        refuse_writable(path, metadata.permissions().mode(), "700")?;
        let mut options = File::options();
        options.write(true).create(true).truncate(false).mode(0o600);
        let lock = options.open(path.join(LOCK)).map_err(|error| wrong(&error))?;
        wait_for(&lock).map_err(|error| match error {
            TryLockError::WouldBlock => KeyFileError::new(
                path,
                "another `countersign keys` command is at work here; wait for it to end, and try \
                 again",
            ),
            TryLockError::Error(error) => {
                KeyFileError::new(path, format!("cannot be locked: {error}"))
            }
        })?;
        let locked = Self { path: path.to_owned(), _lock: lock };
        locked.remove_unfinished().map_err(|error| wrong(&error))?;
        Ok(locked)
    }

    /// Returns the directory, to be read.
    pub(super) fn keys(&self) -> Result<Vec<StoredKey>, KeyFileError> {
        KeyDirectory::new(self.path.clone()).keys()
    }

    /// Returns where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a key to `<kid>.json`, mode 0600: into a new file first, synced, then renamed, so
    /// that no reader ever sees half of it.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] when the key ID makes no file name or the file system refuses.
    pub(crate) fn write(&self, stored: &StoredKey) -> Result<PathBuf, KeyFileError> {
        let name = file_name(stored).ok_or_else(|| {
            let problem = format!("the key ID `{}` makes no file name", stored.key_id());
            KeyFileError::new(&self.path, problem)
        })?;
        let file = self.path.join(&name);
        let written = self.write_atomically(&name, &file_text(stored));
        written.map_err(|error| KeyFileError::new(&file, format!("cannot be written: {error}")))?;
        Ok(file)
    }

    /// Removes a file.
    pub(super) fn remove(&self, file: &Path) -> Result<(), KeyFileError> {
        let removed = fs::remove_file(file).and_then(|()| self.sync());
        removed.map_err(|error| KeyFileError::new(file, format!("cannot be removed: {error}")))
    }

    fn write_atomically(&self, name: &str, text: &Secret) -> io::Result<()> {
        // Not the process ID: in a container it is always the same.
        let unique = random_id().map_err(io::Error::other)?;
        let unfinished = self.path.join(format!(".{name}.{unique}{UNFINISHED}"));
        let mut options = File::options();
        options.write(true).create_new(true).mode(0o600);
        let result = options.open(&unfinished).and_then(|mut handle| {
            handle.write_all(text.expose().as_bytes())?;
            handle.write_all(b"\n")?;
            handle.sync_all()?;
            fs::rename(&unfinished, self.path.join(name))?;
            self.sync()
        });
        if result.is_err() {
            // The error that counts is the first one.
            let _ = fs::remove_file(&unfinished);
        }
        result
    }

    /// Makes renames and removals last.
    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    /// Whoever holds the lock is the one writer, so what is not finished never will be.
    fn remove_unfinished(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') && name.contains(".json.") && name.ends_with(UNFINISHED) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

fn wait_for(lock: &File) -> Result<(), TryLockError> {
    for _ in 1..ATTEMPTS {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            taken => return taken,
        }
    }
    lock.try_lock()
}
