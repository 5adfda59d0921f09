//! Which addresses of this name may we connect to?
//!
//! In: a host name. Out: those of its addresses that the policy allows, or why there are none. The client dials only what
//! comes from here, so what is checked is what is connected to, whatever the name says a second later (DNS rebinding).
//! It never sees an address that is written in the URL: `request` checks those.
//!
//! The system's resolver is asked, so that `/etc/hosts` and the machine's own arrangements count, as they do for `curl`.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::policy::Policy;

/// Look-ups at once. The system's resolver blocks a thread each and cannot be interrupted: a dead name server must not
/// use up the threads that others need.
const LOOKUPS_MAX: usize = 16;

/// Why a name led to no address.
#[derive(Debug, thiserror::Error)]
pub enum Unresolved {
    #[error("address {ip} is {class}")]
    Refused { ip: IpAddr, class: &'static str },
    #[error("{0}")]
    Failed(io::Error),
    #[error("it has no address")]
    Empty,
}

/// The client's resolver.
pub struct Resolver {
    policy: Arc<Policy>,
    /// The configured proxy, which is the user's own choice and may well be private.
    proxy_host: Option<String>,
    lookups: Arc<Semaphore>,
}

impl Resolver {
    /// A resolver under `policy`; `proxy_host` is let through.
    pub fn new(policy: Arc<Policy>, proxy_host: Option<String>) -> Self {
        Self { policy, proxy_host, lookups: Arc::new(Semaphore::new(LOOKUPS_MAX)) }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let trusted = self.proxy_host.as_deref() == Some(name.as_str());
        let (policy, lookups) = (Arc::clone(&self.policy), Arc::clone(&self.lookups));
        Box::pin(async move {
            let found = look_up(name, lookups).await.map_err(Unresolved::Failed)?;
            let allowed = if trusted { found } else { allowed(&policy, found)? };
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Asks the system. The permit stays with the thread, even when nobody waits for the answer any more.
async fn look_up(name: String, lookups: Arc<Semaphore>) -> io::Result<Vec<SocketAddr>> {
    let permit = lookups.acquire_owned().await.map_err(io::Error::other)?;
    let asking = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        // Port 0: the client puts the URL's own in its place.
        Ok((name.as_str(), 0).to_socket_addrs()?.collect())
    });
    asking.await.map_err(io::Error::other)?
}

/// Of a mixed answer the allowed addresses are kept; with none left, the first refusal speaks.
fn allowed(policy: &Policy, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Unresolved> {
    let refusal = found.iter().find_map(|at| policy.refuses(at.ip()).map(|class| (at.ip(), class)));
    let kept: Vec<_> = found.into_iter().filter(|at| policy.refuses(at.ip()).is_none()).collect();
    match (kept.is_empty(), refusal) {
        (false, _) => Ok(kept),
        (true, Some((ip, class))) => Err(Unresolved::Refused { ip, class }),
        (true, None) => Err(Unresolved::Empty),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixed_answer_keeps_its_public_part() {
        let at = |ip: &str| SocketAddr::new(ip.parse().expect("an address"), 0);
        let policy = Policy::default();
        let mixed = vec![at("10.0.0.1"), at("1.1.1.1"), at("::1")];
        assert_eq!(allowed(&policy, mixed).expect("one is left"), vec![at("1.1.1.1")]);
        let none = allowed(&policy, vec![at("10.0.0.1"), at("::1")]).expect_err("none is left");
        assert_eq!(none.to_string(), "address 10.0.0.1 is private");
        assert!(matches!(allowed(&policy, Vec::new()), Err(Unresolved::Empty)));
    }
}
