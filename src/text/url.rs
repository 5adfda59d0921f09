//! Do two addresses lead to the same page, and whose page is it?
//!
//! In: links as feeds and people write them. Out: a canonical form to compare (never to open), and the registered domain.
//! It resolves no redirect and asks no network.

use url::Url;

/// Query parameters that say where a reader came from, not what the page is. Lower case, sorted.
const TRACKING: &[&str] = &[
    "__twitter_impression",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "_openstat",
    "at_campaign",
    "at_custom1",
    "at_custom2",
    "at_custom3",
    "at_custom4",
    "at_medium",
    "campaign_id",
    "cmpid",
    "cmpid2",
    "cvid",
    "dclid",
    "dicbo",
    "ecid",
    "ef_id",
    "emc",
    "epik",
    "fb_action_ids",
    "fb_action_types",
    "fb_ref",
    "fb_source",
    "fbclid",
    "feature",
    "ftag",
    "gad_source",
    "gbraid",
    "gclid",
    "gclsrc",
    "guccounter",
    "hsctatracking",
    "ic_source",
    "icid",
    "igsh",
    "igshid",
    "intcmp",
    "itid",
    "mbid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "mod",
    "msclkid",
    "ncid",
    "ns_campaign",
    "ns_mchannel",
    "ns_source",
    "ocid",
    "oly_anon_id",
    "oly_enc_id",
    "partner",
    "rb_clickid",
    "ref_src",
    "ref_url",
    "referer",
    "referrer",
    "rss",
    "s_cid",
    "sc_cid",
    "scid",
    "sfnsn",
    "smid",
    "smtyp",
    "spm",
    "sr_share",
    "srnd",
    "taid",
    "tblci",
    "traffic_source",
    "twclid",
    "ved",
    "vero_conv",
    "vero_id",
    "wbraid",
    "wickedid",
    "wt.mc_id",
    "wt.rss_f",
    "wt_mc",
    "xtor",
    "yclid",
    "ysclid",
];

/// Beginnings of such parameters: whole families.
const TRACKING_FAMILIES: &[&str] = &["utm_", "pk_", "mtm_", "matomo_", "piwik_", "hsa_", "ga_", "stm_", "trk_"];

/// The form of a link under which two addresses of one page are equal: scheme and host in lower case, `http` as `https`
/// (a site that moves must not make all its items new), no default port, no fragment, no tracking parameters. Text that is
/// no address comes back trimmed.
pub fn canonical_link(link: &str) -> String {
    let link = link.trim();
    let Ok(mut url) = Url::parse(link) else { return link.to_owned() };
    if !matches!(url.scheme(), "http" | "https") {
        return url.into();
    }
    if url.scheme() == "http" {
        // Between two schemes of the web this cannot fail.
        let _ = url.set_scheme("https");
    }
    // A fragment that is a route ("#!/story/1", "#/story/1") is the page itself.
    if url.fragment().is_some_and(|fragment| !fragment.starts_with(['!', '/'])) {
        url.set_fragment(None);
    }
    if let Some(query) = url.query() {
        let kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_tracking(pair)).collect();
        let kept = kept.join("&");
        if kept.len() != query.len() {
            url.set_query(Some(kept.as_str()).filter(|kept| !kept.is_empty()));
        }
    }
    url.into()
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or(pair);
    // No name in the tables is longer; most parameters need no lower-casing.
    if name.len() > 24 && !name.contains('_') {
        return false;
    }
    let name = name.to_ascii_lowercase();
    TRACKING_FAMILIES.iter().any(|family| name.starts_with(family)) || TRACKING.binary_search(&name.as_str()).is_ok()
}

/// Whether a link leads to a site's front page: it then identifies no article.
pub fn is_front_page(link: &str) -> bool {
    Url::parse(link).is_ok_and(|url| url.path().len() <= 1 && url.query().is_none() && url.fragment().is_none())
}

/// The domain somebody registered ("news.bbc.co.uk" → "bbc.co.uk"); sites under a shared suffix such as github.io count
/// as their own. `None` for addresses without a domain name.
pub fn registered_domain(link: &str) -> Option<String> {
    let url = Url::parse(link.trim()).ok()?;
    let host = url.domain()?.trim_end_matches('.');
    let domain = psl::domain_str(host).unwrap_or(host);
    (!domain.is_empty()).then(|| domain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(TRACKING.is_sorted());
    }

    #[test]
    fn the_same_page_has_one_form() {
        for other in [
            "HTTPS://News.Example:443/a/B?id=7&utm_source=rss&fbclid=x#top",
            "http://news.example:80/a/B?id=7",
            " https://news.example/a/B?UTM_Medium=feed&id=7&at_campaign=rss ",
            "https://news.example/a/B?id=7",
        ] {
            assert_eq!(canonical_link(other), "https://news.example/a/B?id=7");
        }
        assert_eq!(canonical_link("https://news.example?utm_source=rss"), "https://news.example/");
    }

    #[test]
    fn what_may_name_the_page_stays() {
        for kept in ["https://a.example/#!/story/1", "https://a.example/?p=1&q=ref", "urn:uuid:1", "no address"] {
            assert_eq!(canonical_link(kept), kept);
        }
    }

    #[test]
    fn who_registered_it() {
        assert_eq!(registered_domain("https://www.bbc.co.uk/news/1").as_deref(), Some("bbc.co.uk"));
        assert_eq!(registered_domain("https://me.github.io/").as_deref(), Some("me.github.io"));
        assert_eq!(registered_domain("http://localhost:8080/x").as_deref(), Some("localhost"));
        assert_eq!(registered_domain("http://127.0.0.1/x"), None);
        assert_eq!(registered_domain("tag:x,2020:1"), None);
    }

    #[test]
    fn front_pages() {
        assert!(is_front_page("https://a.example/") && is_front_page("https://a.example"));
        assert!(!is_front_page("https://a.example/?p=1") && !is_front_page("https://a.example/x"));
    }
}
