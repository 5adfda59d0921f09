//! Which feeds are polled, and how often?
//!
//! In: the `[[feed]]` tables and the defaults of `[fetch]`. Out: feeds by address, each address once.

use std::collections::BTreeMap;

use url::{Host, Url};

use super::{Raw, Surroundings, Table, auth, place, unique};
use crate::config::problem::{Problem, Problems, quoted};
use crate::config::settings::FetchSettings;
use crate::config::values;
use crate::model::{Feed, FeedId, PageRules};

/// Seconds between polls at the least and at the most, where nobody said otherwise.
const INTERVAL_MIN_S: u32 = 5 * 60;
const INTERVAL_MAX_S: u32 = 6 * 3_600;

pub(super) fn feeds(
    raw: &Raw,
    fetch: &FetchSettings,
    surroundings: &Surroundings<'_>,
    problems: &mut Problems,
) -> Vec<Feed> {
    let folder = &surroundings.config_folder;
    if !raw.any("feed") && !raw.broken && !problems.refuse() {
        let problem = Problem::of_path(
            folder.join("feeds.toml").display().to_string(),
            "no feed is configured: nothing will be polled",
        )
        .as_warning();
        problems.add(problem.hint("add one with `newswatch feed add URL`"));
    }
    unique(raw, "feed", "name", problems);
    let defaults = raw
        .one("fetch")
        .map_or((INTERVAL_MIN_S, INTERVAL_MAX_S), |table| intervals(table, (INTERVAL_MIN_S, INTERVAL_MAX_S), problems));
    let mut seen: BTreeMap<String, (Url, &Table)> = BTreeMap::new();
    let mut feeds = Vec::new();
    for table in raw.all("feed") {
        let (Some(name), Some(url)) = (table.text("name"), table.text("url")) else { continue };
        let Ok(url) = Url::parse(url.trim()) else { continue };
        private(table, &url, fetch, problems);
        credentials(table, &url, problems);
        match seen.get(&same_feed(&url)) {
            Some((first_url, first)) => problems.add(doubled(table, &url, first_url, first)),
            None => _ = seen.insert(same_feed(&url), (url.clone(), table)),
        }
        let (interval_min_s, interval_max_s) = intervals(table, defaults, problems);
        let url_text = String::from(url);
        feeds.push(Feed {
            id: FeedId::of([url_text.as_str()]),
            url: url_text.clone(),
            name: name.to_owned(),
            tags: table.strings("tags"),
            lang: table.text("lang").map(str::to_owned),
            interval_min_s,
            interval_max_s,
            headers: auth::headers(table, &url_text, surroundings, problems),
            proxy: table.text("proxy").map(str::to_owned),
            paused: table.flag("paused"),
            page: page(table, problems),
            full_text: table.flag("full_text"),
        });
    }
    feeds.sort_by(|a, b| a.url.cmp(&b.url));
    feeds
}

/// The selectors of a page; without `item` they select nothing.
fn page(table: &Table, problems: &mut Problems) -> Option<PageRules> {
    let mut parts: BTreeMap<String, String> = table.pairs("page").into_iter().collect();
    if !table.has("page") || table.refused("page") {
        return None;
    }
    let Some(item) = parts.remove("item") else {
        let problem =
            Problem::error(table.spot_of("page"), "`page` has no `item`: what each item of the page stands in");
        problems
            .add(problem.hint("for example `item = \"li.news\"`; `newswatch feed discover URL` makes a first guess"));
        return None;
    };
    let mut part = |name: &str| parts.remove(name);
    Some(PageRules { item, title: part("title"), link: part("link"), date: part("date"), summary: part("summary") })
}

/// Two addresses that only differ in scheme, `www.`, a final slash or a fragment are one feed.
pub fn same_feed(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{host}{port}{}{query}", url.path().trim_end_matches('/'))
}

/// An address that is there already, or nearly so.
fn doubled(table: &Table, url: &Url, first_url: &Url, first: &Table) -> Problem {
    let hint = format!("the first is in {}; remove one", place(first));
    let problem = match url == first_url {
        true => Problem::error(table.spot_of("url"), format!("this feed is there twice: {}", quoted(url.as_str()))),
        false => Problem::warning(
            table.spot_of("url"),
            format!("this feed and {} are probably one", quoted(first_url.as_str())),
        ),
    };
    Problem { concealed: url.password().is_some(), ..problem.hint(hint) }
}

/// Minimum and maximum of a table, in seconds; `interval` alone sets both.
fn intervals(table: &Table, defaults: (u32, u32), problems: &mut Problems) -> (u32, u32) {
    let number = |key| table.number(key).map(|seconds| seconds as u32);
    let (both, min, max) = (number("interval"), number("interval_min"), number("interval_max"));
    if let Some(both) = both {
        if min.is_some() || max.is_some() {
            let problem = Problem::error(table.spot_of("interval"), "`interval` sets both bounds already");
            problems.add(problem.hint("keep `interval`, or `interval_min` and `interval_max`"));
        }
        return (both, both);
    }
    // One bound that passes the other's default moves it along.
    let low = min.unwrap_or(defaults.0.min(max.unwrap_or(u32::MAX)));
    let high = max.unwrap_or(defaults.1.max(low));
    if low > high {
        let message = "`interval_min` is longer than `interval_max`";
        problems.add(Problem::error(table.spot_of("interval_min"), message));
    }
    (low, high)
}

/// A feed on an address of one's own network must be allowed by name; `fetch` would refuse to connect.
fn private(table: &Table, url: &Url, fetch: &FetchSettings, problems: &mut Problems) {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.into(),
        Some(Host::Domain("localhost")) => std::net::Ipv4Addr::LOCALHOST.into(),
        _ => return,
    };
    if values::is_private(address) && !fetch.allow.iter().any(|network| network.contains(address)) {
        let message = format!("`{address}` is an address of a private network");
        let hint = format!("if that is meant, allow it: `[fetch]` `allow = [\"{address}\"]`");
        problems.add(Problem::error(table.spot_of("url"), message).hint(hint));
    }
}

fn credentials(table: &Table, url: &Url, problems: &mut Problems) {
    if url.password().is_some() {
        let problem = Problem::error(table.spot_of("url"), "a password in an address ends up in logs and mails");
        problems.add(problem.hint("use `username` with `password_file` or `credential`").concealed());
    }
}
