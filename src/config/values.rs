//! Is this text a duration, a size, an address, a zone, a network?
//!
//! In: one string as written in the configuration. Out: the value, or what is wrong with it and what would be right.
//! It knows no key and no file.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Url;

use super::problem::quoted;
use super::suggest;
use crate::model::Level;
use crate::parse;

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub message: String,
    pub hint: Option<String>,
}

impl Wrong {
    fn new(message: String) -> Self {
        Self { message, hint: None }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// Names of feeds, watches, recipients and tags, in characters.
const MAX_NAME_CHARS: usize = 120;
/// A query, in bytes.
const MAX_QUERY_BYTES: usize = 20_000;
/// A file path or an address, in bytes.
const MAX_LINE_BYTES: usize = 4_000;

/// The levels of a watch as they are written.
pub const LEVELS: [(&str, Level); 6] = [
    ("every article", Level::EveryArticle),
    ("distinct articles", Level::DistinctArticles),
    ("updates", Level::Updates),
    ("developments", Level::Developments),
    ("important", Level::Important),
    ("major", Level::Major),
];
/// A level as it is written.
pub fn level_name(level: Level) -> &'static str {
    LEVELS.iter().find(|(_, known)| *known == level).map_or("", |(name, _)| name)
}

/// How the connection to the mail server is protected.
pub const SECURITY: [&str; 3] = ["starttls", "tls", "none"];

/// A name: one line, not empty, no spaces at the ends.
pub fn name(text: &str) -> Result<(), Wrong> {
    line(text)?;
    if text.trim() != text {
        return Err(Wrong::new(format!("{} begins or ends with a space", quoted(text))));
    }
    match text.chars().count() > MAX_NAME_CHARS {
        true => Err(Wrong::new(format!("longer than {MAX_NAME_CHARS} characters"))),
        false => Ok(()),
    }
}

/// Any text of one line.
pub fn line(text: &str) -> Result<(), Wrong> {
    if text.trim().is_empty() {
        return Err(Wrong::new("empty".into()));
    }
    if text.chars().any(char::is_control) {
        return Err(Wrong::new("it must be one line without control characters".into()));
    }
    match text.len() > MAX_LINE_BYTES {
        true => Err(Wrong::new(format!("longer than {MAX_LINE_BYTES} bytes"))),
        false => Ok(()),
    }
}

/// A path of a file or folder. No shell reads it, so that `~` and `$HOME` would become names of folders.
pub fn path(text: &str) -> Result<(), Wrong> {
    line(text)?;
    match text.starts_with(['~', '$']) {
        true => {
            Err(Wrong::new(format!("{} is not a path", quoted(text))).hint("write the whole path, without `~` or `$`"))
        }
        false => Ok(()),
    }
}

/// A query, as far as this module can tell: not empty and not endless. `matching` reads the rest.
pub fn query(text: &str) -> Result<(), Wrong> {
    if text.trim().is_empty() {
        return Err(Wrong::new("empty".into()));
    }
    match text.len() > MAX_QUERY_BYTES {
        true => Err(Wrong::new(format!("longer than {MAX_QUERY_BYTES} bytes"))),
        false => Ok(()),
    }
}

/// One of [`LEVELS`].
pub fn level(text: &str) -> Result<(), Wrong> {
    one_of(text, "a level", LEVELS.iter().map(|(name, _)| *name))
}

/// One of [`SECURITY`].
pub fn security(text: &str) -> Result<(), Wrong> {
    one_of(text, "a kind of protection", SECURITY)
}

/// What selectors of a page select.
pub const PAGE_PARTS: [&str; 5] = ["item", "title", "link", "date", "summary"];

/// One of [`PAGE_PARTS`].
pub fn page_part(text: &str) -> Result<(), Wrong> {
    one_of(text, "a part of a page", PAGE_PARTS)
}

/// A CSS selector.
pub fn selector(text: &str) -> Result<(), Wrong> {
    line(text)?;
    parse::check_selector(text).map_err(|problem| {
        let at = text[..problem.at].chars().count() + 1;
        let message = format!("{} {} (character {at})", quoted(text), problem.reason);
        Wrong { message, hint: problem.hint }
    })
}

fn one_of<'a>(text: &str, what: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Result<(), Wrong> {
    if known.clone().into_iter().any(|known| known == text) {
        return Ok(());
    }
    let all: Vec<String> = known.clone().into_iter().map(|known| format!("`{known}`")).collect();
    let near = suggest::nearest(text, known).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    Err(Wrong::new(format!("{} is not {what}", quoted(text))).hint(format!("{near}known: {}", all.join(", "))))
}

/// Seconds of "15m", "6h", "90d", "1h 30m", "2 weeks".
pub fn duration(text: &str) -> Result<u64, Wrong> {
    const UNITS: [(&[&str], u64); 5] = [
        (&["s", "sec", "second", "seconds"], 1),
        (&["m", "min", "minute", "minutes"], 60),
        (&["h", "hour", "hours"], 3_600),
        (&["d", "day", "days"], 86_400),
        (&["w", "week", "weeks"], 604_800),
    ];
    let wrong = |message| Wrong::new(message).hint("write a number and a unit: `30s`, `15m`, `6h`, `90d`, `1h 30m`");
    let parts = quantities(text).ok_or_else(|| wrong(format!("{} is not a duration", quoted(text))))?;
    let mut sum = 0u64;
    for (number, unit) in parts {
        if unit.is_empty() {
            return Err(wrong(format!("{} has no unit", quoted(text))));
        }
        let Some((_, seconds)) = UNITS.iter().find(|(names, _)| names.contains(&unit)) else {
            return Err(wrong(format!("{} is not a unit of time", quoted(unit))));
        };
        let part = number.checked_mul(*seconds).and_then(|part| sum.checked_add(part));
        sum = part.ok_or_else(|| wrong(format!("{} is too long", quoted(text))))?;
    }
    Ok(sum)
}

/// Bytes of "8 MB", "500 kB", "1 GiB".
pub fn size(text: &str) -> Result<u64, Wrong> {
    const UNITS: [(&str, u64); 7] = [
        ("b", 1),
        ("kb", 1_000),
        ("mb", 1_000_000),
        ("gb", 1_000_000_000),
        ("kib", 1 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
    ];
    let wrong = |message| Wrong::new(message).hint("write a number and a unit: `500 kB`, `8 MB`");
    let parts = quantities(text).filter(|parts| parts.len() == 1);
    let Some(&[(number, unit)]) = parts.as_deref() else {
        return Err(wrong(format!("{} is not a size", quoted(text))));
    };
    if unit.is_empty() {
        return Err(wrong(format!("{} has no unit", quoted(text))));
    }
    let Some((_, bytes)) = UNITS.iter().find(|(name, _)| unit.eq_ignore_ascii_case(name)) else {
        return Err(wrong(format!("{} is not a unit of size", quoted(unit))));
    };
    number.checked_mul(*bytes).ok_or_else(|| wrong(format!("{} is too much", quoted(text))))
}

/// "1h 30m" as (1, "h"), (30, "m"); nothing where the text is not made like that.
fn quantities(text: &str) -> Option<Vec<(u64, &str)>> {
    let mut rest = text.trim();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|char: char| char.is_ascii_digit()).len();
        let number = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest.len() - rest.trim_start_matches(char::is_alphabetic).len();
        found.push((number, &rest[..letters]));
        rest = rest[letters..].trim_start();
    }
    (!found.is_empty()).then_some(found)
}

/// An address that mail can be sent to: "desk@example.org". Before the `@` only ASCII (RFC 5321 without quotes), since
/// many servers refuse more; the domain may be international.
pub fn mailbox(text: &str) -> Result<(), Wrong> {
    let wrong = || Wrong::new(format!("{} is not a mail address", quoted(text)));
    let example = "write it like `desk@example.org`, without a name around it";
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Err(wrong().hint(example));
    };
    if !local.is_ascii() {
        return Err(wrong().hint("before the `@` only ASCII letters can be used"));
    }
    let atom = |char: char| char.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(char);
    let local_fits = !local.is_empty() && local.len() <= 64 && local.chars().all(atom);
    let dots = |part: &str| part.starts_with('.') || part.ends_with('.') || part.contains("..");
    let domain_fits = match url::Host::parse(domain) {
        Ok(url::Host::Domain(ascii)) => is_host(&ascii),
        _ => false,
    };
    match local_fits && !dots(local) && domain_fits && text.len() <= 254 {
        true => Ok(()),
        false => Err(wrong().hint(example)),
    }
}

/// The sender: an address alone, or "Newswatch <newswatch@example.org>".
pub fn sender(text: &str) -> Result<(), Wrong> {
    line(text)?;
    match text.split_once('<') {
        None => mailbox(text),
        Some((name, rest)) => {
            let address = rest.strip_suffix('>').filter(|_| !name.contains(['"', '@', ',', ';', '(', ')']));
            let wrong = || Wrong::new(format!("{} is not a sender", quoted(text)));
            address.ok_or_else(|| wrong().hint("write it like `newswatch <newswatch@example.org>`")).and_then(mailbox)
        }
    }
}

/// The name or address of a machine, without a scheme or a port.
pub fn host(text: &str) -> Result<(), Wrong> {
    if is_host(text) || text.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    Err(Wrong::new(format!("{} is not a host name", quoted(text)))
        .hint("write the name alone, like `mail.example.org`; the port has a key of its own"))
}

fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        let fits = !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-');
        fits && label.chars().all(|char| char.is_ascii_alphanumeric() || char == '-' || char == '_')
    };
    text.len() <= 253 && text.split('.').all(label)
}

/// A time zone of the IANA database.
pub fn zone(text: &str) -> Result<(), Wrong> {
    if jiff::tz::TimeZone::get(text).is_ok() {
        return Ok(());
    }
    let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let near = suggest::nearest(text, known.iter().map(String::as_str));
    let hint = near.map_or_else(|| "write it like `Europe/Berlin`".into(), |near| format!("did you mean `{near}`?"));
    Err(Wrong::new(format!("{} is not a time zone", quoted(text))).hint(hint))
}

/// The primary subtag of a language, ISO 639: "en", "uk", "ko".
pub fn language(text: &str) -> Result<(), Wrong> {
    let code = |part: &str| (2..=3).contains(&part.len()) && part.chars().all(|char| char.is_ascii_lowercase());
    if code(text) {
        return Ok(());
    }
    let wrong = Wrong::new(format!("{} is not a language code", quoted(text)));
    let primary = text.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    Err(match code(&primary) {
        true => wrong.hint(format!("write `{primary}`")),
        false => wrong.hint("write the two letters of ISO 639, like `en`, `uk` or `ko`"),
    })
}

/// The address of a feed: absolute, http or https.
pub fn feed_url(text: &str) -> Result<(), Wrong> {
    absolute_url(text, &["http", "https"], "https://example.org/feed.xml")
}

/// The address of a proxy.
pub fn proxy_url(text: &str) -> Result<(), Wrong> {
    absolute_url(text, &["http", "https", "socks5", "socks5h"], "http://proxy.example.org:3128")
}

/// The proxy of one feed; "direct" is none.
pub fn feed_proxy(text: &str) -> Result<(), Wrong> {
    if text == "direct" { Ok(()) } else { proxy_url(text) }
}

fn absolute_url(text: &str, schemes: &[&str], example: &str) -> Result<(), Wrong> {
    line(text)?;
    let wrong = |what: &str| Wrong::new(format!("{} {what}", quoted(text))).hint(format!("write it like `{example}`"));
    let url = match Url::parse(text.trim()) {
        // "proxy.example.org:3128" has a scheme only by the letter.
        Ok(url) if url.scheme().contains('.') || url.cannot_be_a_base() => return Err(wrong("is not a full address")),
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => return Err(wrong("is not a full address")),
        Err(error) => return Err(wrong(&format!("is not an address: {error}"))),
    };
    if !schemes.contains(&url.scheme()) {
        return Err(wrong(&format!("does not begin with `{}://`", schemes.join("://` or `"))));
    }
    match url.host_str().is_none_or(str::is_empty) {
        true => Err(wrong("names no host")),
        false => Ok(()),
    }
}

/// A block of addresses: "10.0.0.0/8", or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    pub address: IpAddr,
    /// Leading bits that count: 0 to 32, or to 128.
    pub prefix: u8,
}

impl std::fmt::Display for Network {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", self.address, self.prefix)
    }
}

impl Network {
    /// Whether an address lies in the block. An IPv4 address inside IPv6 counts as itself.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => mask_v4(own, self.prefix) == mask_v4(other, self.prefix),
            (IpAddr::V6(own), IpAddr::V6(other)) => mask_v6(own, self.prefix) == mask_v6(other, self.prefix),
            _ => false,
        }
    }
}

fn mask_v4(address: Ipv4Addr, prefix: u8) -> Ipv4Addr {
    Ipv4Addr::from_bits(address.to_bits() & u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0))
}

fn mask_v6(address: Ipv6Addr, prefix: u8) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0))
}

/// Reads a [`Network`].
pub fn network(text: &str) -> Result<Network, Wrong> {
    let wrong = || {
        Wrong::new(format!("{} is not a network", quoted(text))).hint("write it like `10.0.0.0/8` or `192.168.1.20`")
    };
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let widest = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.map_or(Ok(widest), str::parse).map_err(|_| wrong())?;
    if prefix > widest {
        return Err(wrong());
    }
    let base = match address {
        IpAddr::V4(address) => IpAddr::V4(mask_v4(address, prefix)),
        IpAddr::V6(address) => IpAddr::V6(mask_v6(address, prefix)),
    };
    match base == address {
        true => Ok(Network { address, prefix }),
        false => Err(Wrong::new(format!("{} is an address inside a network", quoted(text)))
            .hint(format!("the network is `{base}/{prefix}`"))),
    }
}

/// Whether an address belongs to a machine or network of one's own, so that a feed there must be allowed by name.
/// `fetch` has the full policy and applies it when it connects; this is for telling early.
pub fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.octets()[0] == 0 || shared
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// The name of a request header that a feed may set.
pub fn header_name(text: &str) -> Result<(), Wrong> {
    /// The client writes these itself.
    const OWN: [&str; 8] = [
        "accept-encoding",
        "connection",
        "content-length",
        "host",
        "if-modified-since",
        "if-none-match",
        "te",
        "transfer-encoding",
    ];
    let token = |char: char| char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char);
    if text.is_empty() || !text.chars().all(token) {
        return Err(Wrong::new(format!("{} is not the name of a header", quoted(text))));
    }
    match OWN.contains(&text.to_ascii_lowercase().as_str()) {
        true => Err(Wrong::new(format!("{} is set by newswatch itself", quoted(text)))),
        false => Ok(()),
    }
}

/// The value of a request header (RFC 9110, visible ASCII and inner spaces).
pub fn header_value(text: &str) -> Result<(), Wrong> {
    let fits = text.trim() == text && text.len() <= MAX_LINE_BYTES;
    match fits && text.chars().all(|char| char == '\t' || (' '..='~').contains(&char)) {
        true => Ok(()),
        false => Err(Wrong::new("a header's value is ASCII on one line, without spaces at the ends".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_read_as_people_write_them() {
        assert_eq!(duration("15m"), Ok(900));
        assert_eq!(duration(" 1h 30m "), Ok(5_400));
        assert_eq!(duration("2 weeks"), Ok(1_209_600));
        assert_eq!(size("8 MB"), Ok(8_000_000));
        assert_eq!(size("1GiB"), Ok(1 << 30));
        let message = |wrong: Result<u64, Wrong>| wrong.unwrap_err().message;
        assert_eq!(message(duration("15")), "`15` has no unit");
        assert_eq!(message(duration("15 moons")), "`moons` is not a unit of time");
        assert_eq!(message(duration("1.5h")), "`1.5h` is not a duration");
        assert_eq!(message(duration("99999999999999999999h")), "`99999999999999999999h` is not a duration");
        assert_eq!(message(size("8 MB 2 kB")), "`8 MB 2 kB` is not a size");
    }

    #[test]
    fn addresses_are_checked_without_being_fussy() {
        for good in ["desk@example.org", "a.b+c@x-y.example", "desk@localhost"] {
            assert_eq!(mailbox(good), Ok(()), "{good}");
        }
        for bad in ["desk", "@x", "a@", "a b@x.org", "Desk <a@x.org>", "a@x..org", "ü@x.org", "a@x.org\r\nBcc: b@x"] {
            assert!(mailbox(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn networks_hold_their_addresses() {
        let own = network("10.0.0.0/8").unwrap();
        assert!(own.contains("10.1.2.3".parse().unwrap()) && own.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!own.contains("11.0.0.1".parse().unwrap()) && !own.contains("::1".parse().unwrap()));
        assert!(network("0.0.0.0/0").unwrap().contains("1.2.3.4".parse().unwrap()));
        assert_eq!(network("10.1.0.0/8").unwrap_err().hint.as_deref(), Some("the network is `10.0.0.0/8`"));
        assert!(network("10.0.0.0/33").is_err() && network("intranet").is_err());
    }

    #[test]
    fn zones_are_suggested() {
        assert_eq!(zone("Europe/Kyiv"), Ok(()));
        assert_eq!(zone("Europe/Berlim").unwrap_err().hint.as_deref(), Some("did you mean `Europe/Berlin`?"));
    }
}
