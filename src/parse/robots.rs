//! What does a site allow robots to read?
//!
//! In: the bytes of its `robots.txt`. Out: whether an address may be read, and the sitemaps it names (RFC 9309). A file
//! that says nothing allows everything. It fetches nothing.

use url::Url;

/// Sitemaps taken from one file.
const SITEMAPS_MAX: usize = 50;
/// Our name in `robots.txt`.
pub const ROBOT: &str = "newswatch";

/// A site's rules for us.
#[derive(Clone, Debug)]
pub struct Robots {
    rules: robotxt::Robots,
    is_unreachable: bool,
}

impl Robots {
    /// Reads the file; what lies beyond its first 500 kB does not count (RFC 9309, section 2.5).
    pub fn read(bytes: &[u8]) -> Self {
        let rules = robotxt::Robots::parse(&bytes[..bytes.len().min(robotxt::BYTE_LIMIT)], ROBOT);
        Self { rules, is_unreachable: false }
    }

    /// There is no file: everything is allowed.
    pub fn absent() -> Self {
        Self { rules: robotxt::Robots::allow_all(), is_unreachable: false }
    }

    /// The file cannot be had at the moment: nothing is allowed until it can (RFC 9309, section 2.3.1.4).
    pub fn unreachable() -> Self {
        Self { rules: robotxt::Robots::disallow_all(), is_unreachable: true }
    }

    /// Whether the file could not be had.
    pub fn is_unreachable(&self) -> bool {
        self.is_unreachable
    }

    /// Whether we may read this address.
    pub fn allows(&self, url: &Url) -> bool {
        self.rules.is_url_allowed(url)
    }

    /// The sitemaps it names.
    pub fn sitemaps(&self) -> impl Iterator<Item = &Url> {
        self.rules.sitemaps().iter().take(SITEMAPS_MAX)
    }
}

/// Where the rules for an address are.
pub fn robots_address(url: &Url) -> Option<Url> {
    matches!(url.scheme(), "http" | "https").then(|| url.join("/robots.txt").ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rule_for_us_counts() {
        let text = b"User-agent: *\nDisallow: /\n\nUser-agent: NewsWatch\nDisallow: /private\nAllow: /private/press\n\
                     Disallow: /*.pdf$\nSitemap: https://a.example/news.xml\n";
        let robots = Robots::read(text);
        let allows = |path: &str| robots.allows(&Url::parse(&format!("https://a.example{path}")).expect(path));
        assert!(allows("/news/1") && allows("/private/press/2") && !allows("/private/3") && !allows("/a.pdf"));
        assert_eq!(robots.sitemaps().map(Url::as_str).collect::<Vec<_>>(), ["https://a.example/news.xml"]);
        let page = Url::parse("https://a.example:8443/x?y#z").expect("an address");
        assert!(Robots::absent().allows(&page) && !Robots::unreachable().allows(&page));
        assert_eq!(robots_address(&page).map(String::from).as_deref(), Some("https://a.example:8443/robots.txt"));
    }
}
