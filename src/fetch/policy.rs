//! May we connect to this address?
//!
//! In: an IP address. Out: yes, or the class of addresses that forbids it. A feed must not make us talk to the machine
//! itself, its neighbours or a cloud's metadata service (SSRF). It resolves no names (`resolve` does) and never connects.
//!
//! The classes are those of the IANA special-purpose registries (RFC 6890). An IPv4 address hidden in an IPv6 one
//! (mapped, NAT64, 6to4) is judged by what is inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use url::{Host, Url};

/// A block of addresses, such as `10.0.0.0/8` or `2001:db8::1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

/// Text that names no network.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a network (write it like `10.0.0.0/8` or `192.168.1.7`)")]
pub struct NetworkError(String);

/// The addresses we refuse, less those that the user allows.
#[derive(Debug, Default)]
pub struct Policy {
    allow: Vec<Network>,
}

const fn v4(a: u8, b: u8, c: u8, prefix: u8, class: &'static str) -> (Network, &'static str) {
    (Network { base: IpAddr::V4(Ipv4Addr::new(a, b, c, 0)), prefix }, class)
}

const fn v6(a: u16, b: u16, prefix: u8, class: &'static str) -> (Network, &'static str) {
    (Network { base: IpAddr::V6(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0)), prefix }, class)
}

/// What is never asked, with the word that completes "the address is …". The first that fits speaks.
const CLOSED: [(Network, &str); 23] = [
    v4(0, 0, 0, 8, "unspecified"),
    v4(10, 0, 0, 8, "private"),
    v4(100, 64, 0, 10, "shared by a carrier"),
    v4(127, 0, 0, 8, "loopback"),
    v4(169, 254, 0, 16, "link-local"),
    v4(172, 16, 0, 12, "private"),
    v4(192, 0, 0, 24, "reserved"),
    v4(192, 0, 2, 24, "for documentation"),
    v4(192, 88, 99, 24, "reserved"),
    v4(192, 168, 0, 16, "private"),
    v4(198, 18, 0, 15, "for benchmarks"),
    v4(198, 51, 100, 24, "for documentation"),
    v4(203, 0, 113, 24, "for documentation"),
    v4(224, 0, 0, 4, "multicast"),
    v4(240, 0, 0, 4, "reserved"),
    (Network { base: IpAddr::V6(Ipv6Addr::LOCALHOST), prefix: 128 }, "loopback"),
    v6(0xfe80, 0, 10, "link-local"),
    v6(0xfc00, 0, 7, "private"),
    v6(0xff00, 0, 8, "multicast"),
    v6(0x2001, 0, 23, "reserved"),
    v6(0x2001, 0xdb8, 32, "for documentation"),
    v6(0x3fff, 0, 20, "for documentation"),
    v6(0x5f00, 0, 16, "reserved"),
];

/// The only block of IPv6 in which public addresses are given out.
const PUBLIC_V6: Network = v6(0x2000, 0, 3, "").0;

impl Policy {
    /// The policy with the user's exceptions.
    pub fn new(allow: Vec<Network>) -> Self {
        Self { allow }
    }

    /// The class that forbids `ip`, if one does.
    pub fn refuses(&self, ip: IpAddr) -> Option<&'static str> {
        let inside = unwrapped(ip);
        let allowed = |network: &Network| network.contains(ip) || network.contains(inside);
        if self.allow.iter().any(allowed) { None } else { closed_class(inside) }
    }

    /// The same for an address written in a URL, in any spelling: `http://2130706433/` is `127.0.0.1` to `Url`.
    /// A name passes here; its addresses are judged when it is resolved, which the client does for names only.
    pub fn refuses_literal(&self, url: &Url) -> Option<(IpAddr, &'static str)> {
        let ip = match url.host()? {
            Host::Domain(_) => return None,
            Host::Ipv4(ip) => IpAddr::V4(ip),
            Host::Ipv6(ip) => IpAddr::V6(ip),
        };
        self.refuses(ip).map(|class| (ip, class))
    }
}

fn closed_class(ip: IpAddr) -> Option<&'static str> {
    if let Some((_, class)) = CLOSED.iter().find(|(network, _)| network.contains(ip)) {
        return Some(class);
    }
    (ip.is_ipv6() && !PUBLIC_V6.contains(ip)).then_some("not public")
}

/// The IPv4 address inside an IPv6 one: mapped (`::ffff:0:0/96`), NAT64 (`64:ff9b::/96`), 6to4 (`2002::/16`).
fn unwrapped(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip else { return ip };
    let pair = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => pair(high, low),
        [0x2002, high, low, ..] => pair(high, low),
        _ => ip,
    }
}

impl Network {
    /// Is `ip` in this block? Never across the two families.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let same = |a: u128, b: u128, width: u8| {
            let rest = u32::from(width.saturating_sub(self.prefix));
            a.checked_shr(rest).unwrap_or(0) == b.checked_shr(rest).unwrap_or(0)
        };
        match (self.base, ip) {
            (IpAddr::V4(a), IpAddr::V4(b)) => same(a.to_bits().into(), b.to_bits().into(), 32),
            (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let wrong = || NetworkError(text.to_owned());
        let (base, prefix) = text.split_once('/').map_or((text, None), |(base, prefix)| (base, Some(prefix)));
        let base: IpAddr = base.trim().parse().map_err(|_| wrong())?;
        let width = if base.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.trim().parse().ok().filter(|prefix| *prefix <= width).ok_or_else(wrong)?,
            None => width,
        };
        Ok(Self { base, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(allow: &[&str], address: &str) -> Option<&'static str> {
        let allow = allow.iter().map(|text| text.parse().expect("a network")).collect();
        Policy::new(allow).refuses(address.parse().expect("an address"))
    }

    #[test]
    fn public_addresses_pass() {
        for ip in
            ["1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1", "198.20.0.0"]
        {
            assert_eq!(refuses(&[], ip), None, "{ip}");
        }
        for ip in ["223.255.255.255", "2606:4700::1111", "2001:200::1", "2a00::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
        {
            assert_eq!(refuses(&[], ip), None, "{ip}");
        }
        assert_eq!(refuses(&[], "2002:808:808::1"), None);
    }

    #[test]
    fn what_is_not_public_is_refused_and_named() {
        let table = [
            ("0.0.0.0", "unspecified"),
            ("0.1.2.3", "unspecified"),
            ("10.255.0.1", "private"),
            ("100.64.0.1", "shared by a carrier"),
            ("100.127.255.255", "shared by a carrier"),
            ("127.8.8.8", "loopback"),
            ("169.254.169.254", "link-local"),
            ("172.31.255.255", "private"),
            ("192.0.0.8", "reserved"),
            ("192.0.2.1", "for documentation"),
            ("192.168.255.1", "private"),
            ("198.19.0.1", "for benchmarks"),
            ("198.51.100.7", "for documentation"),
            ("203.0.113.7", "for documentation"),
            ("239.0.0.1", "multicast"),
            ("255.255.255.255", "reserved"),
            ("::", "not public"),
            ("::1", "loopback"),
            ("::127.0.0.1", "not public"),
            ("::ffff:127.0.0.1", "loopback"),
            ("::ffff:a9fe:a9fe", "link-local"),
            ("64:ff9b::10.0.0.1", "private"),
            ("64:ff9b:1::1", "not public"),
            ("2002:7f00:1::", "loopback"),
            ("2002:c0a8:101::1", "private"),
            ("fe80::1", "link-local"),
            ("fd00:ec2::254", "private"),
            ("ff02::1", "multicast"),
            ("2001::1", "reserved"),
            ("2001:1ff::1", "reserved"),
            ("2001:db8::1", "for documentation"),
            ("3fff:fff::1", "for documentation"),
            ("5f00::1", "reserved"),
            ("4000::1", "not public"),
        ];
        for (ip, class) in table {
            assert_eq!(refuses(&[], ip), Some(class), "{ip}");
        }
    }

    #[test]
    fn an_address_in_a_url_is_judged_in_any_spelling() {
        let policy = Policy::default();
        let refused = |url: &str| policy.refuses_literal(&Url::parse(url).expect(url)).map(|(_, class)| class);
        for host in
            ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1.", "１２７.0.0.1", "%31%32%37.1"]
        {
            assert_eq!(refused(&format!("http://{host}/")), Some("loopback"), "{host}");
        }
        for host in ["[::ffff:127.0.0.1]", "[::FFFF:7f00:1]", "[0:0:0:0:0:0:0:1]", "[2002:7f00:1::]"] {
            assert_eq!(refused(&format!("http://user:secret@{host}:8080/x")), Some("loopback"), "{host}");
        }
        assert_eq!(refused("http://0/"), Some("unspecified"));
        assert_eq!(refused("http://8.8.8.8/"), None);
        assert_eq!(refused("http://localhost/"), None, "a name is judged by the resolver");
    }

    #[test]
    fn the_user_may_allow_networks() {
        assert_eq!(refuses(&["10.0.0.0/8"], "10.9.9.9"), None);
        assert_eq!(refuses(&["10.0.0.0/8"], "::ffff:10.9.9.9"), None);
        assert_eq!(refuses(&["10.0.0.0/8"], "192.168.0.1"), Some("private"));
        assert_eq!(refuses(&["192.168.1.7"], "192.168.1.7"), None);
        assert_eq!(refuses(&["192.168.1.7"], "192.168.1.8"), Some("private"));
        assert_eq!(refuses(&["::1"], "127.0.0.1"), Some("loopback"), "the families are apart");
        assert_eq!(refuses(&["0.0.0.0/0"], "127.0.0.1"), None);
        assert_eq!(refuses(&["::/0"], "fe80::1"), None);
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "example.com", "10.0.0.0/-1", "10.0.0.0/8/8"] {
            assert_eq!(wrong.parse::<Network>(), Err(NetworkError(wrong.to_owned())));
        }
    }
}
