//! What do hubs push, and what do we answer them?
//!
//! In: requests of hubs to our callback address; leases. Out: verified leases, and pushed bodies with a proved signature for
//! the poller. Who holds which lease is decided in `schedule`. Nothing that comes in here is believed without the secret of
//! its feed, and whatever is dropped here is polled for.

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use ring::hmac;
use ring::rand::SecureRandom as _;

use crate::config::WebsubSettings;
use crate::fetch::Fetcher;
use crate::model::{Feed, FeedId, FeedState, Lease, Timestamp};
use crate::schedule::websub;

/// Pushed bytes that wait for the poller; what is more is polled for.
const WAITING_BYTES_MAX: usize = 32 * 1024 * 1024;
const WAITING_MAX: usize = 1_000;
const KEY_FILE: &str = "websub.key";
const KEY_BYTES: usize = 32;
const SIGNATURES: [(&str, hmac::Algorithm); 4] = [
    ("sha256", hmac::HMAC_SHA256),
    ("sha512", hmac::HMAC_SHA512),
    ("sha384", hmac::HMAC_SHA384),
    ("sha1", hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
];

/// What a hub pushed for a feed.
pub struct Push {
    pub feed: FeedId,
    pub content_type: Option<String>,
    pub topic: String,
    /// `None`: only that there is something; poll for it.
    pub bytes: Option<Vec<u8>>,
}

/// What a hub asks before it pushes.
#[derive(Debug, Default)]
pub struct Question<'q> {
    pub mode: &'q str,
    pub topic: &'q str,
    pub challenge: &'q str,
    pub lease_s: Option<u32>,
}

/// All leases, and what was pushed and not yet taken over.
pub struct Subscriptions {
    pub settings: WebsubSettings,
    key: hmac::Key,
    desk: Mutex<Desk>,
}

#[derive(Default)]
struct Desk {
    /// The last part of a feed's callback address.
    tokens: BTreeMap<String, FeedId>,
    leases: BTreeMap<FeedId, Lease>,
    waiting: VecDeque<Push>,
}

impl Subscriptions {
    /// With the key in the state folder, made at first.
    pub fn open(settings: WebsubSettings, state: &Path) -> anyhow::Result<Self> {
        let path = state.join(KEY_FILE);
        let key = key(&path).with_context(|| format!("the key `{}` cannot be used", path.display()))?;
        Ok(Self { settings, key: hmac::Key::new(hmac::HMAC_SHA256, &key), desk: Mutex::default() })
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over the configured feeds; leases that are newer here than in the store stay.
    pub fn adopt<'f>(&self, feeds: impl Iterator<Item = &'f (FeedState, Feed)>) {
        let mut desk = self.desk();
        let mut old = std::mem::take(&mut desk.leases);
        desk.tokens.clear();
        for (state, feed) in feeds {
            desk.tokens.insert(self.derived("token", feed.id), feed.id);
            let lease = old.remove(&feed.id).or_else(|| state.lease.clone());
            desk.leases.extend(lease.map(|lease| (feed.id, lease)));
        }
    }

    /// The lease of a feed, to be stored with its next poll.
    pub fn lease(&self, feed: FeedId) -> Option<Lease> {
        self.desk().leases.get(&feed).cloned()
    }

    /// What a stored poll has taught: whether the hub brings all that is new.
    pub fn note(&self, feed: FeedId, stored: Option<&Lease>) {
        if let (Some(lease), Some(stored)) = (self.desk().leases.get_mut(&feed), stored) {
            lease.pushed = stored.pushed;
        }
    }

    /// Asks the feed's hub for a lease where one is owed. It confirms by asking back.
    pub async fn renew(&self, fetcher: &Fetcher, feed: &Feed, state: &FeedState, now: Timestamp) {
        let Some(lease) = websub::to_ask(feed, state, self.lease(feed.id).as_ref(), now) else { return };
        let callback = self.settings.callback.trim_end_matches('/');
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.topic", &lease.topic)
            .append_pair("hub.callback", &format!("{callback}/{}", self.derived("token", feed.id)))
            .append_pair("hub.secret", &self.derived("secret", feed.id))
            .append_pair("hub.lease_seconds", &websub::LEASE_ASKED_S.to_string())
            .finish();
        let hub = lease.hub.clone();
        // Before it is asked: it may ask back before it answers.
        self.desk().leases.insert(feed.id, lease);
        match fetcher.post_form(&hub, form).await {
            Ok(()) => tracing::debug!(feed = feed.name, hub, "asked the hub to push this feed"),
            Err(failure) => tracing::info!(feed = feed.name, hub, reason = failure.reason, "the hub does not push"),
        }
    }

    /// What to answer to a hub that asks whether we asked; `None` is a no.
    pub fn verify(&self, token: &str, question: &Question<'_>, now: Timestamp) -> Option<String> {
        let mut desk = self.desk();
        let id = *desk.tokens.get(token)?;
        let lease = desk.leases.get_mut(&id)?;
        match question.mode {
            "subscribe" if websub::was_asked(lease, question.topic, now) => {
                *lease = websub::confirmed(lease, question.lease_s, now);
                Some(question.challenge.to_owned())
            }
            "denied" if lease.topic == question.topic => {
                *lease = websub::denied(lease, now);
                Some(String::new())
            }
            _ => None,
        }
    }

    /// Takes a push; false where the address is nobody's. What is not signed with the feed's secret is left unread, and the
    /// hub is not told (WebSub, section 7.1).
    pub fn push(&self, token: &str, signature: Option<&str>, content_type: Option<String>, bytes: Vec<u8>) -> bool {
        let mut desk = self.desk();
        let Some(&feed) = desk.tokens.get(token) else { return false };
        if !self.is_signed(feed, signature, &bytes) {
            tracing::warn!(%feed, "a push without the right signature was left unread");
            return true;
        }
        let Some(topic) = desk.leases.get(&feed).map(|lease| lease.topic.clone()) else { return true };
        let waiting: usize = desk.waiting.iter().filter_map(|push| push.bytes.as_ref()).map(Vec::len).sum();
        let fits = !bytes.is_empty() && waiting + bytes.len() <= WAITING_BYTES_MAX && desk.waiting.len() < WAITING_MAX;
        if fits || !desk.waiting.iter().any(|push| push.feed == feed && push.bytes.is_none()) {
            desk.waiting.push_back(Push { feed, content_type, topic, bytes: fits.then_some(bytes) });
        }
        true
    }

    /// The pushes for feeds that are free, oldest first, one a feed.
    pub fn take(&self, is_free: impl Fn(FeedId) -> bool) -> Vec<Push> {
        let mut desk = self.desk();
        let (mut taken, mut kept): (Vec<Push>, VecDeque<Push>) = Default::default();
        for push in std::mem::take(&mut desk.waiting) {
            let is_first = taken.iter().chain(&kept).all(|other| other.feed != push.feed);
            if is_first && is_free(push.feed) { taken.push(push) } else { kept.push_back(push) }
        }
        desk.waiting = kept;
        taken
    }

    fn is_signed(&self, feed: FeedId, signature: Option<&str>, bytes: &[u8]) -> bool {
        let Some((method, hex)) = signature.and_then(|signature| signature.trim().split_once('=')) else {
            return false;
        };
        let algorithm = SIGNATURES.iter().find(|(name, _)| name.eq_ignore_ascii_case(method));
        let (Some((_, algorithm)), Some(tag)) = (algorithm, unhex(hex)) else { return false };
        let key = hmac::Key::new(*algorithm, self.derived("secret", feed).as_bytes());
        hmac::verify(&key, bytes, &tag).is_ok()
    }

    /// A word that only we can make, the same each time.
    fn derived(&self, purpose: &str, feed: FeedId) -> String {
        hmac::sign(&self.key, format!("{purpose} {feed}").as_bytes())
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|sign| sign.to_digit(16).map(|digit| digit as u8)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// The key, made at first; readable for ourselves alone.
fn key(path: &Path) -> anyhow::Result<[u8; KEY_BYTES]> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut key = [0; KEY_BYTES];
    match std::fs::File::open(path) {
        Ok(mut file) => file.read_exact(&mut key).context("it is too short: remove it, and a new one is made")?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let random = ring::rand::SystemRandom::new();
            random.fill(&mut key).map_err(|_| anyhow::anyhow!("the system gives no random numbers"))?;
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(&key)?;
            file.sync_all()?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(key)
}

/// Shared by the poller and the callback server.
pub type Shared = Arc<Subscriptions>;
