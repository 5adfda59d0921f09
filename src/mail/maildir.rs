//! How does a message come to lie in a Maildir?
//!
//! In: a folder and a message. Out: the message in `new/`, on disk for good, exactly once. The file's name comes from the
//! Message-ID, so that a retry after a crash finds what the first attempt left, in `new/` or, when a mail program
//! has moved it, in `cur/`. It never changes or removes a file that is not its own.
//! Source: <https://cr.yp.to/proto/maildir.html>, whose unique names serve the same end.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::model::{Message, SendOutcome, content_hash};

/// File systems allow 255 bytes; mail programs add `:2,` and flags.
const NAME_BYTES_MAX: usize = 200;

/// Delivers once. Every failure is of the disk or of its permissions, which a person can mend: all are transient.
pub fn deliver(maildir: &Path, message: &Message) -> SendOutcome {
    match try_deliver(maildir, message) {
        Ok(true) => SendOutcome::Accepted(format!("written to `{}`", maildir.display())),
        Ok(false) => SendOutcome::Accepted(format!("already in `{}`", maildir.display())),
        Err(error) => SendOutcome::Transient(explain(maildir, &error)),
    }
}

/// Makes the Maildir, or says why it cannot be written to.
pub fn probe(maildir: &Path) -> Result<String, String> {
    let tried = create(maildir).and_then(|()| {
        let path = maildir.join("tmp").join("newswatch.probe");
        File::create(&path)?.sync_all()?;
        fs::remove_file(&path)
    });
    match tried {
        Ok(()) => Ok(format!("the Maildir `{}` can be written to", maildir.display())),
        Err(error) => Err(explain(maildir, &error)),
    }
}

fn explain(maildir: &Path, error: &io::Error) -> String {
    let place = maildir.display();
    match error.kind() {
        ErrorKind::StorageFull => format!("the disk that holds the Maildir `{place}` is full"),
        ErrorKind::QuotaExceeded => format!("the quota for the Maildir `{place}` is used up"),
        ErrorKind::PermissionDenied => format!("the Maildir `{place}` may not be written to: permission denied"),
        _ => format!("cannot write to the Maildir `{place}`: {error}"),
    }
}

/// `false` when the message was there already.
fn try_deliver(maildir: &Path, message: &Message) -> io::Result<bool> {
    create(maildir)?;
    let name = file_name(&message.message_id);
    let new = maildir.join("new");
    let delivered = is_delivered(maildir, &name)?;
    if !delivered {
        let draft = maildir.join("tmp").join(&name);
        let written = write(&draft, &message.bytes).and_then(|()| fs::rename(&draft, new.join(&name)));
        if let Err(error) = written {
            // What cannot be removed now is overwritten by the next attempt.
            let _ = fs::remove_file(&draft);
            return Err(error);
        }
    }
    // Also where it was there already: the crash may have come between the renaming and this.
    File::open(&new)?.sync_all()?;
    Ok(!delivered)
}

fn create(maildir: &Path) -> io::Result<()> {
    if maildir.join("new").is_dir() && maildir.join("cur").is_dir() && maildir.join("tmp").is_dir() {
        return Ok(());
    }
    for folder in ["tmp", "cur", "new"] {
        DirBuilder::new().recursive(true).mode(0o700).create(maildir.join(folder))?;
    }
    File::open(maildir)?.sync_all()?;
    match maildir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

fn is_delivered(maildir: &Path, name: &str) -> io::Result<bool> {
    if maildir.join("new").join(name).try_exists()? {
        return Ok(true);
    }
    for entry in fs::read_dir(maildir.join("cur"))? {
        let file = entry?.file_name();
        let unflagged = file.to_str().and_then(|file| file.split(':').next());
        if unflagged == Some(name) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The Message-ID with everything but letters, digits, `.`, `-`, `_` and `@` written as `=HH`, which keeps different
/// ids apart; the hash of one that is too long.
fn file_name(message_id: &str) -> String {
    let mut name = String::new();
    for (at, byte) in message_id.bytes().enumerate() {
        match byte {
            b'.' if at == 0 => name.push_str("=2E"),
            b'.' | b'-' | b'_' | b'@' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => name.push(char::from(byte)),
            _ => name.push_str(&format!("={byte:02X}")),
        }
    }
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        name = format!("{:016x}.newswatch", content_hash([message_id]));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str) -> Message {
        Message {
            message_id: id.to_owned(),
            envelope_from: "newswatch@example.org".to_owned(),
            envelope_to: "desk@example.org".to_owned(),
            subject: "dead: 61 → 187".to_owned(),
            bytes: b"Subject: x\r\n\r\nbody\r\n".to_vec(),
        }
    }

    fn files(folder: &Path) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        fs::read_dir(folder).unwrap().map(name).collect()
    }

    #[test]
    fn a_message_is_delivered_once_whatever_became_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let maildir = folder.path().join("alerts");
        let sent = message("a-1.d-2@example.org");
        assert!(matches!(deliver(&maildir, &sent), SendOutcome::Accepted(line) if line.starts_with("written")));
        assert_eq!(fs::read(maildir.join("new/a-1.d-2@example.org")).unwrap(), sent.bytes);
        assert!(matches!(deliver(&maildir, &sent), SendOutcome::Accepted(line) if line.starts_with("already")));
        fs::rename(maildir.join("new/a-1.d-2@example.org"), maildir.join("cur/a-1.d-2@example.org:2,S")).unwrap();
        assert!(matches!(deliver(&maildir, &sent), SendOutcome::Accepted(line) if line.starts_with("already")));
        assert_eq!(files(&maildir.join("new")), Vec::<String>::new());
        assert_eq!(files(&maildir.join("tmp")), Vec::<String>::new());
    }

    #[test]
    fn a_draft_left_by_a_crash_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        deliver(folder.path(), &message("first@x"));
        fs::write(folder.path().join("tmp/second@x"), "Subject: ha").unwrap();
        deliver(folder.path(), &message("second@x"));
        assert_eq!(fs::read(folder.path().join("new/second@x")).unwrap(), message("second@x").bytes);
    }

    #[test]
    fn names_are_safe_and_distinct() {
        assert_eq!(file_name("../etc@x"), "=2E.=2Fetc@x");
        assert_ne!(file_name("a:2,S"), file_name("a=3A2,S"));
        assert_eq!(file_name(&"x".repeat(300)).len(), 26);
    }

    #[test]
    fn a_disk_that_refuses_is_transient_and_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let SendOutcome::Transient(reason) = deliver(&folder.path().join("file/mail"), &message("a@x")) else {
            panic!("a Maildir below a file was accepted");
        };
        assert!(reason.contains("file/mail"), "{reason}");
        // Writing to /dev/full fails as a full disk does.
        let full = write(Path::new("/dev/full"), b"x").expect_err("nothing fits there");
        assert!(explain(Path::new("m"), &full).contains("full"));
    }
}
