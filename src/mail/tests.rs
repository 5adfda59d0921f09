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

/// The mail of 18 October 2024, when Seoul's intelligence service spoke.
fn sample() -> Sample {
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
        sources,
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
    let found = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
    found
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
