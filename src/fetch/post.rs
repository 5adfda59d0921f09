//! Does a hub accept our request?
//!
//! In: an address, a form. Out: yes, or one plain sentence. Under the same address policy, queues and time-outs as every
//! request; redirects are not followed, because a form is meant for one address, and the answer's body is not read.

use reqwest::header::CONTENT_TYPE;
use tokio::time::timeout;
use url::Url;

use super::order::clean;
use super::request::allowed_host;
use super::{Fetcher, error};
use crate::model::FetchFailure;

impl Fetcher {
    /// Posts `form` (already encoded) to `address`; any 2xx is a yes.
    pub async fn post_form(&self, address: &str, form: String) -> Result<(), FetchFailure> {
        let shared = &self.0;
        let url = Url::parse(address).map(clean);
        let url = url.map_err(|error| error::broken(format!("the address cannot be read: {error}")))?;
        let host = allowed_host(&shared.policy, &url)?;
        let slot = shared.hosts.enter(host.trim_end_matches('.'), &url.origin()).await?;
        let client = shared.clients.suited(None, slot.is_crowded());
        let client = client.map_err(|error| error::broken(error.to_string()))?;
        let name = error::name(&url);
        let request = client.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        let patience = shared.settings.connect_timeout + shared.settings.read_timeout;
        match timeout(patience, request.send()).await {
            Ok(Ok(response)) if response.status().is_success() => Ok(()),
            Ok(Ok(response)) => Err(error::broken(error::status(&name, response.status(), None))),
            Ok(Err(error)) => Err(error::not_answered(&name, &error, shared.settings.connect_timeout)),
            Err(_) => Err(error::silent(&name, patience)),
        }
    }
}
