//! What do an alert's recipients get?
//!
//! In: alerts just decided, the batch they came from, memory and archive for what was told before. Out: one delivery a
//! recipient with the message's final bytes, made once and never again. It decides nothing and sends nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::engine::EngineError;
use super::pipeline::{Memory, Outcome};
use super::wiring;
use crate::config::{Config, Watch};
use crate::mail::{self, AlertMail, Line, Source};
use crate::model::{
    Alert, AlertPlan, Delivery, DeliveryState, Evidence, Item, ItemId, Message, Recipient, Timestamp, Verdict,
};
use crate::outbox;
use crate::store::Store;
use crate::story::{self, Told};

/// Sources read for one mail; the mail shows fewer and counts the rest.
const SOURCES_MAX: usize = 40;

/// Deliveries to store, and each alert with its subject, to tell of.
#[derive(Default)]
pub struct Composed {
    pub deliveries: Vec<Delivery>,
    pub subjects: Vec<(Alert, String)>,
}

/// What a batch knows that the archive does not yet.
pub struct Batch<'a> {
    items: BTreeMap<ItemId, &'a Item>,
    judged: &'a [(Item, Vec<Outcome>)],
}

impl<'a> Batch<'a> {
    /// A batch that was judged and is not stored yet.
    pub fn new(judged: &'a [(Item, Vec<Outcome>)]) -> Self {
        Self { items: judged.iter().map(|(item, _)| (item.id, item)).collect(), judged }
    }

    fn evidence(&self, alert: &Alert) -> Option<Vec<Evidence>> {
        let outcomes = self.judged.iter().flat_map(|(_, outcomes)| outcomes);
        let decided = |outcome: &&Outcome| outcome.decision.item == alert.item && outcome.decision.watch == alert.watch;
        outcomes.into_iter().find(decided).map(|outcome| outcome.evidence.clone())
    }
}

/// Makes the deliveries of `alerts`.
pub async fn deliveries(
    config: &Config,
    store: &Store,
    memory: &Memory,
    alerts: &[Alert],
    batch: &Batch<'_>,
    now: Timestamp,
) -> Result<Composed, EngineError> {
    let mut composed = Composed::default();
    for alert in alerts {
        // A watch that was removed while its alert was held: nobody is left to tell, and the decision says so.
        let Some(watch) = config.watches.iter().find(|watch| watch.name == alert.watch) else { continue };
        let facts = Facts::gather(store, memory, alert, batch).await?;
        let mut subject = None;
        for recipient in config.recipients.iter().filter(|recipient| watch.to.contains(&recipient.name)) {
            let message = message(config, watch, alert, recipient, &facts)?;
            subject.get_or_insert_with(|| message.subject.clone());
            composed.deliveries.push(delivery(alert, recipient, message, now));
        }
        composed.subjects.push((alert.clone(), subject.unwrap_or_default()));
    }
    Ok(composed)
}

fn delivery(alert: &Alert, recipient: &Recipient, message: Message, now: Timestamp) -> Delivery {
    Delivery {
        id: outbox::delivery_id(alert.id, &recipient.name),
        alert: alert.id,
        recipient: recipient.name.clone(),
        message,
        created: now,
        state: DeliveryState::Waiting { attempts: 0, next: now, last_error: None },
    }
}

/// What every recipient's mail of one alert says.
struct Facts {
    title: String,
    sources: Vec<Source>,
    so_far: Vec<Line>,
    evidence: Vec<Evidence>,
    copies: u32,
}

impl Facts {
    async fn gather(store: &Store, memory: &Memory, alert: &Alert, batch: &Batch<'_>) -> Result<Self, EngineError> {
        let told = story::timeline(&memory.story, alert.thread);
        let (sources, copies) = sources(store, alert, batch).await?;
        let evidence = match batch.evidence(alert) {
            Some(evidence) => evidence,
            None => stored_evidence(store, alert).await?,
        };
        let first = match told.first() {
            Some(first) if first.item != alert.item => store.item(first.item).await?.map(|item| item.title),
            _ => None,
        };
        let title = first.or_else(|| sources.first().map(|own| own.title.clone()));
        let before = told.iter().filter(|told| told.item != alert.item && told.at < alert.decided);
        Ok(Self { title: title.unwrap_or_default(), so_far: before.map(line).collect(), sources, evidence, copies })
    }
}

fn line(told: &Told) -> Line {
    Line { at: told.at, text: told.text.clone(), outlet: Some(told.outlet.clone()) }
}

async fn stored_evidence(store: &Store, alert: &Alert) -> Result<Vec<Evidence>, EngineError> {
    let decisions = store.decisions_of(alert.item).await?;
    let own = decisions.into_iter().rev().find(|record| record.decision.watch == alert.watch);
    Ok(own.map(|record| record.evidence).unwrap_or_default())
}

/// The item that decided, those folded into the alert, then what else the thread had lately; copies are counted, not shown.
async fn sources(store: &Store, alert: &Alert, batch: &Batch<'_>) -> Result<(Vec<Source>, u32), EngineError> {
    let mut ids = vec![alert.item];
    ids.extend(alert.folded.iter().copied());
    let mut copies = 0;
    for (_, outcomes) in batch.judged {
        for outcome in outcomes.iter().filter(|outcome| outcome.decision.thread == alert.thread) {
            match outcome.decision.verdict {
                Verdict::Copy => copies += 1,
                Verdict::Corroboration if matches!(outcome.plan, AlertPlan::Suppress { .. }) => {
                    ids.push(outcome.decision.item)
                }
                _ => {}
            }
        }
    }
    let mut shown = BTreeSet::new();
    let mut sources = Vec::new();
    for id in ids.into_iter().filter(|id| shown.insert(*id)).take(SOURCES_MAX) {
        let stored;
        let item = match batch.items.get(&id) {
            Some(item) => Some(*item),
            None => {
                stored = store.item(id).await?;
                stored.as_ref()
            }
        };
        sources.extend(item.map(|item| source(item, id == alert.item)));
    }
    Ok((sources, copies))
}

fn source(item: &Item, first: bool) -> Source {
    Source {
        outlet: item.outlet.name.clone(),
        title: item.title.clone(),
        link: item.link.clone(),
        seen: item.seen,
        published: item.published,
        lang: item.lang.clone(),
        note: first.then(|| "first".to_owned()),
    }
}

fn message(
    config: &Config,
    watch: &Watch,
    alert: &Alert,
    recipient: &Recipient,
    facts: &Facts,
) -> Result<Message, EngineError> {
    let domain = &wiring::domain(config);
    let zone = mail::zone_of(recipient);
    let mail = AlertMail {
        alert,
        query: &watch.query_text,
        recipient,
        zone: &zone,
        from: &config.mail.from,
        message_id: &outbox::message_id(outbox::delivery_id(alert.id, &recipient.name), domain),
        thread_root: &outbox::thread_root_id(alert.thread, domain),
        previous: &[],
        story_title: &facts.title,
        sources: &facts.sources,
        so_far: &facts.so_far,
        evidence: &facts.evidence,
        hidden_copies: facts.copies,
    };
    Ok(mail::render(&mail)?)
}
