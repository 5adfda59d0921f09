//! What is the password?
//!
//! In: the place where it is kept: a file, or a systemd credential. Out: the secret, which `Debug` does not show, and
//! a warning where others could read it too. Never a password in a message.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::load::cause;

/// No password is longer; a longer file is not a password.
const MAX_SECRET_BYTES: u64 = 4_096;

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    File(PathBuf),
    /// A name in `$CREDENTIALS_DIRECTORY` (systemd's `LoadCredential=`).
    Credential(String),
}

/// A secret as read.
#[derive(Debug)]
pub struct Secret {
    pub value: SecretString,
    /// It could be kept better.
    pub warning: Option<String>,
}

/// Reads a secret; the last line end does not belong to it.
pub fn read_secret(place: &SecretPlace) -> Result<Secret, String> {
    match place {
        SecretPlace::File(path) => {
            let warning = others_may_read(path).then(|| format!("`{}` can be read by everyone", path.display()));
            Ok(Secret { value: read(path)?, warning })
        }
        SecretPlace::Credential(name) if name.contains('/') || name.starts_with('.') => {
            Err(format!("`{name}` is not the name of a credential"))
        }
        SecretPlace::Credential(name) => {
            let folder = std::env::var_os("CREDENTIALS_DIRECTORY").ok_or_else(|| {
                format!("the credential `{name}` exists only under systemd (`LoadCredential={name}:FILE`)")
            })?;
            Ok(Secret { value: read(&Path::new(&folder).join(name))?, warning: None })
        }
    }
}

fn read(path: &Path) -> Result<SecretString, String> {
    let wrong = |cause: &str| format!("no password in `{}`: {cause}", path.display());
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(MAX_SECRET_BYTES + 1).read_to_string(&mut text));
    read.map_err(|error| wrong(&cause(&error)))?;
    if text.len() as u64 > MAX_SECRET_BYTES {
        return Err(wrong(&format!("longer than {MAX_SECRET_BYTES} bytes")));
    }
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(wrong("the file is empty")),
        password => Ok(SecretString::from(password)),
    }
}

#[cfg(unix)]
fn others_may_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn others_may_read(_path: &Path) -> bool {
    false
}
