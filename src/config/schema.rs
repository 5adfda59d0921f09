//! Which sections and keys are there, and what may stand in them?
//!
//! In: nothing. Out: one table of data, from which files are read, unknown keys refused and wrong types reported.
//! Adding a key means adding a line here, one where it is resolved, and one in the commented default file.

use super::values::{self, Wrong};

/// One kind of table: `[mail]`, or one of many `[[feed]]`.
#[derive(Debug)]
pub struct Section {
    pub name: &'static str,
    /// Written with double brackets, any number of times.
    pub list: bool,
    pub keys: &'static [Key],
}

/// One key of a section.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
    /// A value as it would be written, for messages.
    pub example: &'static str,
}

/// What may stand behind a key. Bounds are inclusive.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Text(Check),
    /// A list of texts; one text alone counts as a list of one.
    Texts(Check),
    Flag,
    Number(u64, u64),
    /// Text such as "15m", in seconds.
    Duration(u64, u64),
    /// Text such as "8 MB", in bytes.
    Size(u64, u64),
    /// A table of texts: checks of the keys and of the values.
    Pairs(Check, Check),
}

type Check = fn(&str) -> Result<(), Wrong>;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

const fn key(name: &'static str, kind: Kind, example: &'static str) -> Key {
    Key { name, kind, required: false, example }
}

const fn required(name: &'static str, kind: Kind, example: &'static str) -> Key {
    Key { name, kind, required: true, example }
}

/// Polling faster than once a minute is rude; slower than once a week is a feed forgotten.
const INTERVAL: Kind = Kind::Duration(MINUTE, 7 * DAY);
const PER_HOUR: Kind = Kind::Number(1, 1_000);

/// Every section of every file but the lexicon's.
pub const SECTIONS: &[Section] = &[
    Section { name: "state", list: false, keys: &[key("folder", Kind::Text(values::path), r#""/var/lib/newswatch""#)] },
    Section {
        name: "mail",
        list: false,
        keys: &[
            key("from", Kind::Text(values::sender), r#""newswatch <newswatch@example.org>""#),
            key("host", Kind::Text(values::host), r#""mail.example.org""#),
            key("port", Kind::Number(1, 65_535), "587"),
            key("security", Kind::Text(values::security), r#""starttls""#),
            key("username", Kind::Text(values::line), r#""newswatch""#),
            key("password_file", Kind::Text(values::path), r#""/etc/newswatch/mail.password""#),
            key("credential", Kind::Text(values::name), r#""mail-password""#),
            key("ehlo_name", Kind::Text(values::host), r#""news.example.org""#),
        ],
    },
    Section {
        name: "recipient",
        list: true,
        keys: &[
            required("name", Kind::Text(values::name), r#""desk""#),
            required("address", Kind::Text(values::mailbox), r#""desk@example.org""#),
            key("zone", Kind::Text(values::zone), r#""Europe/Berlin""#),
        ],
    },
    Section { name: "admin", list: false, keys: &[key("to", Kind::Text(values::name), r#""desk""#)] },
    Section {
        name: "alerts",
        list: false,
        keys: &[key("look_back", Kind::Duration(HOUR, 30 * DAY), r#""14d""#), key("max_per_hour", PER_HOUR, "12")],
    },
    Section {
        name: "fetch",
        list: false,
        keys: &[
            key("contact", Kind::Text(values::line), r#""mailto:admin@example.org""#),
            key("user_agent", Kind::Text(values::header_value), r#""newswatch (+https://example.org)""#),
            key("interval", INTERVAL, r#""15m""#),
            key("interval_min", INTERVAL, r#""5m""#),
            key("interval_max", INTERVAL, r#""2h""#),
            key("timeout", Kind::Duration(1, 5 * MINUTE), r#""60s""#),
            key("max_body", Kind::Size(10_000, 200_000_000), r#""16 MB""#),
            key("in_flight", Kind::Number(1, 1_000), "64"),
            key("allow", Kind::Texts(|text| values::network(text).map(|_| ())), r#"["10.0.0.0/8"]"#),
            key("articles", Kind::Flag, "false"),
            key("proxy", Kind::Text(values::proxy_url), r#""http://proxy.example.org:3128""#),
        ],
    },
    Section {
        name: "websub",
        list: false,
        keys: &[
            key("callback", Kind::Text(values::feed_url), r#""https://news.example.org/push""#),
            key("listen", Kind::Text(values::socket), r#""127.0.0.1:8290""#),
        ],
    },
    Section { name: "keep", list: false, keys: &[key("items", Kind::Duration(7 * DAY, 3_650 * DAY), r#""90d""#)] },
    Section {
        name: "feed",
        list: true,
        keys: &[
            required("name", Kind::Text(values::name), r#""BBC World""#),
            required("url", Kind::Text(values::feed_url), r#""https://example.org/feed.xml""#),
            key("tags", Kind::Texts(values::name), r#"["world"]"#),
            key("lang", Kind::Text(values::language), r#""en""#),
            key("interval", INTERVAL, r#""15m""#),
            key("interval_min", INTERVAL, r#""5m""#),
            key("interval_max", INTERVAL, r#""2h""#),
            key("headers", Kind::Pairs(values::header_name, values::header_value), r#"{ "X-Key" = "abc" }"#),
            key("proxy", Kind::Text(values::feed_proxy), r#""socks5://proxy.example.org:1080""#),
            key("username", Kind::Text(values::line), r#""reader""#),
            key("password_file", Kind::Text(values::path), r#""/etc/newswatch/feed.password""#),
            key("credential", Kind::Text(values::name), r#""feed-password""#),
            key("token_file", Kind::Text(values::path), r#""/etc/newswatch/feed.token""#),
            key("token_credential", Kind::Text(values::name), r#""feed-token""#),
            key("paused", Kind::Flag, "true"),
            key("page", Kind::Pairs(values::page_part, values::selector), r#"{ item = "li.news", title = "h3" }"#),
            key("full_text", Kind::Flag, "true"),
        ],
    },
    Section {
        name: "watch",
        list: true,
        keys: &[
            required("name", Kind::Text(values::name), r#""DPRK troops in Ukraine""#),
            key("query", Kind::Text(values::query), r#""DPRK and Ukraine and troops""#),
            key("all", Kind::Texts(values::query), r#"["DPRK", "troops"]"#),
            key("any", Kind::Texts(values::query), r#"["Ukraine", "Russia"]"#),
            key("none", Kind::Texts(values::query), r#"["football"]"#),
            key("alert", Kind::Text(values::level), r#""developments""#),
            key("to", Kind::Texts(values::name), r#"["desk"]"#),
            key("max_per_hour", PER_HOUR, "12"),
            key("muted", Kind::Flag, "true"),
        ],
    },
];

const PASSWORD: &str = "a password does not belong in this file";
const PASSWORD_HINT: &str = "put it in a file of its own that only newswatch can read and name that: `password_file = \"…\"`, \
                             or use a systemd credential: `credential = \"…\"`";

/// Keys that people write from habit: section, key, what is wrong, what to do.
pub const REFUSED: &[(&str, &str, &str, &str)] = &[
    ("mail", "password", PASSWORD, PASSWORD_HINT),
    (
        "mail",
        "to",
        "`[mail]` has no recipients",
        "write a `[[recipient]]` table and name it in the watch: `to = [\"desk\"]`",
    ),
    ("feed", "password", PASSWORD, PASSWORD_HINT),
    (
        "feed",
        "token",
        "a token does not belong in this file",
        "put it in a file of its own that only newswatch can read and name that: `token_file = \"…\"`, \
         or use a systemd credential: `token_credential = \"…\"`",
    ),
    ("watch", "level", "unknown key `level` in `[[watch]]`", "did you mean `alert`?"),
    ("watch", "keywords", "unknown key `keywords` in `[[watch]]`", "did you mean `any`? or write a `query`"),
    ("recipient", "email", "unknown key `email` in `[[recipient]]`", "did you mean `address`?"),
    ("feed", "link", "unknown key `link` in `[[feed]]`", "did you mean `url`?"),
];

impl Section {
    /// As it is written: `[mail]`, `[[feed]]`.
    pub fn written(&self) -> String {
        match self.list {
            true => format!("[[{}]]", self.name),
            false => format!("[{}]", self.name),
        }
    }

    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl Kind {
    /// What belongs there, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Text(_) => "a text in quotes",
            Self::Texts(_) => "a list of texts",
            Self::Flag => "`true` or `false`",
            Self::Number(..) => "a whole number",
            Self::Duration(..) => "a duration in quotes",
            Self::Size(..) => "a size in quotes",
            Self::Pairs(..) => "a table of texts",
        }
    }
}
