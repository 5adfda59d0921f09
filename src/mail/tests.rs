//! Does a mail say what it should, and nothing that a feed could make it say?

use jiff::tz::TimeZone;

use super::*;
use crate::model::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

struct Sample {
    alert: Alert,
    recipient: Recipient,
    zone: TimeZone,
    previous: Vec<String>,
    sources: Vec<Source>,
    so_far: Vec<Line>,
    evidence: Vec<Evidence>,
    title: String,
}

impl Sample {
    fn mail(&self) -> AlertMail<'_> {
        AlertMail {
            alert: &self.alert,
            query: "DPRK and (Ukraine or Russia) and troops",
            recipient: &self.recipient,
            zone: &self.zone,
            from: "newswatch <newswatch@example.org>",
            message_id: "a-1.d-1@example.org",
            thread_root: "t-1@example.org",
            previous: &self.previous,
            story_title: &self.title,
            sources: &self.sources,
            so_far: &self.so_far,
            evidence: &self.evidence,
            hidden_copies: 21,
        }
    }
}

fn unit(text: &str) -> Unit {
    Unit { kind: UnitKind::Status, key: text.to_owned(), text: text.to_owned(), weight: 0.5 }
}

fn source(outlet: &str, lang: &str, title: &str, published: &str, seen: &str) -> Source {
    Source {
        outlet: outlet.to_owned(),
        title: title.to_owned(),
        link: Some(format!("https://{}.example/2024/10/18/{}", outlet.to_lowercase().replace(' ', ""), title.len())),
        seen: at(seen),
        published: Some(at(published)),
        lang: Some(lang.to_owned()),
        note: None,
    }
}

fn found(term: &str, text: &str) -> Evidence {
    Evidence { term: term.to_owned(), concept: None, text: text.to_owned(), field: Field::Title, start: 0, end: 0 }
}

fn line(when: &str, text: &str, outlet: &str) -> Line {
    Line { at: at(when), text: text.to_owned(), outlet: Some(outlet.to_owned()) }
}

fn told_by() -> Vec<Source> {
    let mut sources = vec![
        source(
            "Yonhap",
            "ko",
            "국정원 \"북한, 특수부대 등 4개 여단 총 1만2천명 러 파병 결정\"",
            "2024-10-18T08:02:00Z",
            "2024-10-18T08:04:10Z",
        ),
        source(
            "Reuters",
            "en",
            "North Korea sends 1,500 special forces troops to Russia's far east, South Korea says, in first batch of a deployment of up to 12,000",
            "2024-10-18T08:14:00Z",
            "2024-10-18T08:15:00Z",
        ),
        source(
            "Українська правда",
            "uk",
            "Розвідка Південної Кореї підтвердила, що КНДР вирішила відправити війська до Росії",
            "2024-10-18T06:40:00Z",
            "2024-10-18T08:20:00Z",
        ),
        source(
            "الجزيرة",
            "ar",
            "كوريا الجنوبية: بيونغ يانغ أرسلت 1500 جندي إلى روسيا",
            "2024-10-18T08:22:00Z",
            "2024-10-18T08:23:00Z",
        ),
    ];
    sources[0].note = Some("first".to_owned());
    sources
}

/// The mail of 18 October 2024, when Seoul's intelligence service spoke.
fn sample() -> Sample {
    Sample {
        alert: Alert {
            id: AlertId(7),
            watch: "DPRK troops in Ukraine".to_owned(),
            thread: ThreadId(8),
            story: StoryId(9),
            item: ItemId(10),
            decided: at("2024-10-18T08:24:00Z"),
            score: 0.9,
            class: Class::Major,
            new: vec![
                unit("South Korea (NIS) confirms: North Korea has decided to send 12,000 troops"),
                unit("first figure: 1,500 special forces already in Vladivostok"),
                unit("Pentagon: cannot confirm (was: “concerned”, 15 Oct)"),
            ],
            folded: vec![],
        },
        recipient: Recipient {
            name: "desk".to_owned(),
            address: "Desk <desk@bücher.example>".to_owned(),
            zone: Some("Europe/Kyiv".to_owned()),
        },
        zone: TimeZone::get("Europe/Kyiv").unwrap(),
        previous: vec!["a-0.d-0@example.org".to_owned()],
        sources: told_by(),
        so_far: vec![
            line("2024-10-10T09:00:00Z", "Kremlin: “another fake news story”", "TASS"),
            line(
                "2024-10-15T14:52:00Z",
                "US officials “concerned” by reports of North Koreans fighting for Russia",
                "AP",
            ),
            line("2024-10-16T11:30:00Z", "Zelensky: 10,000 soldiers are being prepared", "Kyiv Independent"),
        ],
        evidence: vec![
            found("DPRK", "북한"),
            found("Russia", "러"),
            found("troops", "특수부대"),
            found("troops", "파병"),
        ],
        title: "North Korean soldiers reported on Russia's side".to_owned(),
    }
}

/// A header's lines, unfolded.
fn header(message: &Message, name: &str) -> Option<String> {
    let text = String::from_utf8(message.bytes.clone()).unwrap();
    let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
    head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
}

#[test]
fn headers_thread_and_identify() {
    let message = render(&sample().mail()).unwrap();
    let is = |name, value: &str| assert_eq!(header(&message, name).as_deref(), Some(value), "{name}");
    is("Message-ID", "<a-1.d-1@example.org>");
    is("In-Reply-To", "<a-0.d-0@example.org>");
    is("References", "<t-1@example.org> <a-0.d-0@example.org>");
    is("Date", "Fri, 18 Oct 2024 08:24:00 +0000");
    is("To", "Desk <desk@xn--bcher-kva.example>");
    is("Auto-Submitted", "auto-generated");
    is("List-Id", "<dprk-troops-in-ukraine.newswatch.example.org>");
    is("X-Newswatch-Thread", &ThreadId(8).to_string());
    assert_eq!(message.envelope_to, "desk@xn--bcher-kva.example");
    assert_eq!(message.envelope_from, "newswatch@example.org");
    dump(&message);
}

/// Leaves a mail where a person can look at it: `NEWSWATCH_TEST_MAILS=folder cargo test --lib mail::`.
fn dump(message: &Message) {
    if let Some(folder) = std::env::var_os("NEWSWATCH_TEST_MAILS") {
        let file = format!("{:x}.eml", content_hash([&message.bytes]));
        std::fs::write(std::path::Path::new(&folder).join(file), &message.bytes).unwrap();
    }
}

/// The decoded parts: text, HTML.
fn parts(message: &Message) -> (String, String) {
    let text = String::from_utf8(message.bytes.clone()).unwrap();
    let mut parts = text.split("\r\n--=_").skip(1).map(|part| {
        let (head, body) = part.split_once("\r\n\r\n").unwrap_or_default();
        if head.contains("base64") { from_base64(body) } else { from_quoted_printable(body) }
    });
    (parts.next().unwrap(), parts.next().unwrap())
}

fn from_quoted_printable(body: &str) -> String {
    let body = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = body.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || char::from(rest.next().unwrap()).to_digit(16).unwrap() as u8;
        bytes.push(if byte == b'=' { digit() << 4 | digit() } else { byte });
    }
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}

fn from_base64(body: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0u32, 0);
    for digit in body.chars().filter_map(|c| ALPHABET.find(c)) {
        held = held << 6 | digit as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}

/// What every server and mail program may rely on (RFC 5321, 5322, 2045).
fn assert_sound(message: &Message) {
    assert!(message.bytes.len() <= MESSAGE_BYTES_MAX, "{} bytes", message.bytes.len());
    assert!(message.bytes.is_ascii());
    let text = String::from_utf8(message.bytes.clone()).unwrap();
    assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n', '\0']), "only CRLF ends a line");
    assert!(text.lines().all(|line| line.len() <= 998), "no line is longer than 998 bytes");
    assert!(message.subject.chars().count() <= 110, "{}", message.subject);
    dump(message);
}

#[test]
fn the_text_part_says_it_all() {
    let message = render(&sample().mail()).unwrap();
    assert_sound(&message);
    assert_eq!(message.bytes, render(&sample().mail()).unwrap().bytes, "same input, same bytes");
    let (text, html) = parts(&message);
    let expected = "\
South Korea (NIS) confirms: North Korea has decided to send 12,000 troops

* first figure: 1,500 special forces already in Vladivostok
* Pentagon: cannot confirm (was: “concerned”, 15 Oct)

DPRK troops in Ukraine · major development · Fri 18 Oct 2024, 11:24 EEST


HOW IT IS KNOWN

  Yonhap, 11:02, Korean (first)
";
    assert!(text.starts_with(expected), "{text}");
    for said in [
        "Українська правда, 09:40, seen 11:20, Ukrainian",
        "  4 outlets · 21 copies not shown",
        "  16 Oct 14:30  Zelensky: 10,000 soldiers are being prepared (Kyiv\n                Independent)\n  15 Oct 17:52",
        "  troops → 특수부대, 파병",
        "newswatch mute t-0000000000008",
        "Times are those of Europe/Kyiv.",
    ] {
        assert!(text.contains(said), "no {said:?} in:\n{text}");
    }
    for said in ["lang=\"ko\"", "<bdi class=\"ink\" style=\"color:#1c1b1a;\">북한</bdi>", "15 Oct 17:52"] {
        assert!(html.contains(said), "no {said:?} in:\n{html}");
    }
}

#[test]
fn a_subject_begins_with_what_is_new() {
    let mut sample = sample();
    let subject = |sample: &Sample| render(&sample.mail()).unwrap().subject;
    sample.alert.new = vec![unit("dead: 61 → 187 (civil protection)"), unit("state of emergency")];
    assert_eq!(subject(&sample), "dead: 61 → 187 (civil protection); +1 more [DPRK troops in Ukraine]");
    sample.alert.new = vec![unit(&"very long words in a row ".repeat(9))];
    assert_eq!(
        subject(&sample),
        "very long words in a row very long words in a row very long words in a row very long… [DPRK troops in Ukraine]"
    );
    sample.alert.new.clear();
    assert!(subject(&sample).starts_with("국정원 \"북한, 특수부대"));
    sample.sources[0].title = " \u{202e} ".to_owned();
    assert_eq!(subject(&sample), "North Korean soldiers reported on Russia's side [DPRK troops in Ukraine]");
}

#[test]
fn an_article_is_told_by_its_headline() {
    let mut sample = sample();
    sample.alert.new.clear();
    sample.so_far.clear();
    sample.previous.clear();
    sample.sources.truncate(1);
    let message = render(&sample.mail()).unwrap();
    assert_sound(&message);
    let (text, html) = parts(&message);
    assert!(text.starts_with("국정원") && text.contains("DPRK troops in Ukraine · article ·"), "{text}");
    assert!(!text.contains("SO FAR"), "{text}");
    assert!(html.contains("<a class=\"ink\" href=\"https:"), "{html}");
    assert_eq!(header(&message, "In-Reply-To").as_deref(), Some("<t-1@example.org>"));
}

const HOSTILE: &str = "</a><script>alert(1)</script>\r\nBcc: all@example.org\r\n\r\n.\r\n{{ 7 * 7 }} \u{202e}\u{0}\"'&";

#[test]
fn a_hostile_feed_writes_no_header_and_no_markup() {
    let mut sample = sample();
    sample.alert.watch = HOSTILE.to_owned();
    sample.alert.new = vec![unit(HOSTILE), unit(HOSTILE)];
    sample.title = HOSTILE.to_owned();
    sample.previous = vec!["x>\r\nBcc: <y".to_owned()];
    sample.sources = vec![Source {
        outlet: HOSTILE.to_owned(),
        title: HOSTILE.to_owned(),
        link: Some("javascript:alert(1)".to_owned()),
        lang: Some("en\" onload=\"x".to_owned()),
        note: Some(HOSTILE.to_owned()),
        ..sample.sources[0].clone()
    }];
    sample.so_far = vec![line("2024-10-10T09:00:00Z", HOSTILE, HOSTILE)];
    sample.evidence = vec![found(HOSTILE, HOSTILE)];
    let message = render(&sample.mail()).unwrap();
    assert_sound(&message);
    assert_eq!(header(&message, "Bcc"), None);
    let (text, html) = parts(&message);
    assert!(!html.contains("<script") && !html.contains("javascript:") && !html.contains("onload=\"x"), "{html}");
    assert!(text.contains("{{ 7 * 7 }}"), "{text}");
    assert!(!(text + &html).contains(['\u{202e}', '\0']));
}

#[test]
fn what_is_too_much_is_folded_and_counted() {
    let mut sample = sample();
    for texts in ["\u{10ffff}", "&", "한", "\u{e9} "] {
        let long = texts.repeat(5_000);
        sample.alert.new = vec![unit(&long); 200];
        sample.title = long.clone();
        sample.sources = vec![Source { title: long.clone(), outlet: long.clone(), ..sample.sources[0].clone() }; 300];
        for source in &mut sample.sources {
            source.link = Some(format!("https://a.example/{}", "&".repeat(900)));
        }
        sample.so_far = vec![Line { outlet: Some(long.clone()), ..line("2023-10-10T09:00:00Z", &long, "") }; 500];
        sample.evidence = (0..90).map(|n| found(&format!("{n}{long}"), &long)).collect();
        sample.previous = vec!["m@example.org".to_owned(); 400];
        let message = render(&sample.mail()).unwrap();
        assert_sound(&message);
        let (text, html) = parts(&message);
        for part in [&text, &html] {
            assert!(part.contains("earlier") && part.contains("more sources"), "{part}");
        }
    }
}

#[test]
fn a_list_has_one_name() {
    let mut sample = sample();
    let mut list = |watch: &str| {
        sample.alert.watch = watch.to_owned();
        header(&render(&sample.mail()).unwrap(), "List-Id").unwrap()
    };
    assert_eq!(list("DPRK  troops"), "<dprk-troops.newswatch.example.org>");
    assert_ne!(list("Київ"), list("Харків"));
    assert_ne!(list("C++"), list("C"));
}

#[test]
fn a_test_mail_is_a_mail() {
    let sample = sample();
    let paragraphs = ["Sent by SMTP through `mail.example.org:587`".to_owned(), "<b>& more</b>".to_owned()];
    let mail = Notice {
        recipient: &sample.recipient,
        zone: &sample.zone,
        from: "newswatch@example.org",
        message_id: "test-1@example.org",
        at: at("2024-10-18T08:24:00Z"),
        subject: "newswatch can reach you",
        paragraphs: &paragraphs,
    };
    let message = render_notice(&mail).unwrap();
    assert_sound(&message);
    let (text, html) = parts(&message);
    assert!(text.contains("18 Oct 2024, 11:24:00 EEST") && text.contains("by SMTP through"), "{text}");
    assert!(html.contains("&lt;b&gt;"), "{html}");
    let refused = render_notice(&Notice { from: "nobody", ..mail }).unwrap_err();
    assert!(matches!(refused, RenderError::From(AddressError::Syntax(_))));
}
