//! Does the service keep its word to the service manager?
//!
//! In: the real program, a socket that plays systemd's (`sd_notify(3)`), signals, edits of its configuration. Out: readiness,
//! reloads, refusals and a clean stop, in that order.

use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Feeds, mails, serve, write_config};

/// The daemon says what it does within this time, or the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running daemon and what it tells its manager.
struct Service {
    child: Child,
    socket: UnixDatagram,
}

impl Service {
    fn start(folder: &Path, config: &Path) -> Self {
        let path = folder.join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_newswatch"))
            .args(["--config", config.to_str().unwrap(), "run"])
            .env("NOTIFY_SOCKET", &path)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, socket }
    }

    /// Waits until the daemon says `word`, and returns the whole message.
    fn hears(&self, word: &str) -> String {
        let mut buffer = [0; 4096];
        loop {
            match self.socket.recv(&mut buffer) {
                Ok(length) => {
                    let said = String::from_utf8_lossy(&buffer[..length]).into_owned();
                    if said.contains(word) {
                        return said;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("the daemon never said `{word}`: {error}"),
            }
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn stop(mut self) {
        self.signal(Signal::TERM);
        self.hears("STOPPING=1");
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn status(config: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_newswatch"))
        .args(["--config", config.to_str().unwrap(), "status"])
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn configured() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let feeds = Feeds::default();
    feeds.empty("wire");
    let config = write_config(folder.path(), serve(feeds).await, &["wire"], &[("quakes", "earthquake")]);
    (folder, config)
}

const SECOND: &str = "[[watch]]\nname = \"second\"\nquery = \"flood\"\nto = [\"desk\"]\n";

fn append(file: PathBuf, text: &str) {
    let old = std::fs::read_to_string(&file).unwrap();
    std::fs::write(file, old + text).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_edit_changes_nothing_and_the_administrator_hears_of_it() {
    let (folder, config) = configured().await;
    append(config.join("newswatch.toml"), "[admin]\nto = \"desk\"\n");
    tokio::task::spawn_blocking(move || {
        let service = Service::start(folder.path(), &config);
        assert!(service.hears("READY=1").contains("1 watches"));
        assert!(status(&config).contains("1 configured"));

        let good = std::fs::read_to_string(config.join("watches.toml")).unwrap();
        append(config.join("watches.toml"), "[[watch]]\nname = \"broken\"\nquery = \"(\"\nto = [\"desk\"]\n");
        service.signal(Signal::HUP);
        service.hears("RELOADING=1");
        assert!(service.hears("READY=1").contains("1 watches"), "the old configuration stays in force");
        let told = status(&config);
        assert!(told.contains("refused") && told.contains("watches.toml"), "{told}");
        std::fs::write(config.join("watches.toml"), good + SECOND).unwrap();
        service.signal(Signal::HUP);
        service.hears("2 watches");
        service.stop();

        let mails = mails(folder.path());
        assert_eq!(mails.len(), 1, "one edit was refused, one mail: {mails:#?}");
        assert!(mails[0].text.contains("refused an edit"), "{}", mails[0].text);
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_is_noticed_without_being_told() {
    let (folder, config) = configured().await;
    tokio::task::spawn_blocking(move || {
        let service = Service::start(folder.path(), &config);
        service.hears("READY=1");
        append(config.join("watches.toml"), SECOND);
        service.hears("2 watches");
        service.stop();
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_daemon_on_the_same_state_is_refused() {
    let (folder, config) = configured().await;
    tokio::task::spawn_blocking(move || {
        let service = Service::start(folder.path(), &config);
        service.hears("READY=1");
        let second = Command::new(env!("CARGO_BIN_EXE_newswatch"))
            .args(["--config", config.to_str().unwrap(), "run", "--once"])
            .output()
            .unwrap();
        assert_eq!(second.status.code(), Some(2), "{}", String::from_utf8_lossy(&second.stderr));
        service.stop();
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_round_ends_by_itself_on_the_machines_own_clock() {
    let (_folder, config) = configured().await;
    let once = move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_newswatch"));
        command.args(["--config", config.to_str().unwrap(), "run", "--once"]).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let done = (0..200).find_map(|_| {
            std::thread::sleep(PATIENCE / 200);
            child.try_wait().unwrap()
        });
        let _ = child.kill();
        let _ = child.wait();
        assert!(done.expect("a round ends").success());
        assert!(status(&config).contains("1 read so far"));
    };
    tokio::task::spawn_blocking(once).await.unwrap();
}
