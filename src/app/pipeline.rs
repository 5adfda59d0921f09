//! What becomes of an item?
//!
//! In: the rules, what is remembered, one item (its `seen` is the present). Out: for each watch that it matches, the
//! decision, its evidence and the plan. The sequence of the pure stages is written here and nowhere else; the daemon,
//! the demo and `replay` all go through it. It never touches the world.

use super::mutes::Mutes;
use super::rules::Rules;
use crate::lexicon::Document;
use crate::model::{Alert, AlertPlan, Evidence, Item, StateKind, StateRow, StoryDecision, Timestamp};
use crate::{alert, story};

/// Everything the stages remember; a function of the items that went through, and rebuilt from the store's rows.
#[derive(Default)]
pub struct Memory {
    pub story: story::State,
    pub alert: alert::State,
}

/// One watch's outcome for one item.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub evidence: Vec<Evidence>,
    pub decision: StoryDecision,
    pub plan: AlertPlan,
}

/// What an item brought.
pub struct Advanced {
    /// One for each watch that it matches.
    pub outcomes: Vec<Outcome>,
    /// A watch that it does not match is satisfied in part: its article may tell more.
    pub is_near: bool,
    /// Bytes at the ends of its texts that were not read, for their length.
    pub cut_bytes: u32,
    /// Stories found to be one, before the item was looked at.
    pub merges: Vec<story::Merge>,
}

/// Takes one item through matching, story and alert. What is muted is matched and decided all the same.
pub fn advance(rules: &Rules, memory: &mut Memory, mutes: &Mutes, item: &Item) -> Advanced {
    let merges = story::maintain(&mut memory.story, item.seen);
    let document = rules.lexicon.read(item);
    let (outcomes, is_near) = outcomes(rules, memory, mutes, item, &document);
    Advanced { outcomes, is_near, cut_bytes: document.cut_bytes, merges }
}

fn outcomes(
    rules: &Rules,
    memory: &mut Memory,
    mutes: &Mutes,
    item: &Item,
    document: &Document,
) -> (Vec<Outcome>, bool) {
    // What was there before the feed was watched is told to nobody, whatever its article says.
    let (matches, is_near) = match item.backfill {
        true => (rules.watches.matches(document, item), false),
        false => rules.watches.matches_and_nearly(document, item),
    };
    if matches.is_empty() {
        return (Vec::new(), is_near);
    }
    let decided = story::decide(&memory.story, &rules.lexicon, item, document, &matches);
    story::apply(&mut memory.story, &decided);
    let judge = |(matched, decision): (crate::model::Match, &StoryDecision)| {
        let mut settings = rules.settings[&matched.watch].clone();
        settings.muted_until = settings.muted_until.max(mutes.until(decision));
        let plan = alert::plan(&memory.alert, &settings, item, decision, item.seen);
        alert::apply(&mut memory.alert, &settings, decision, &plan, item.seen);
        Outcome { evidence: matched.evidence, decision: decision.clone(), plan }
    };
    (matches.into_iter().zip(&decided.decisions).map(judge).collect(), is_near)
}

/// Releases the held alerts and digests whose time has come up to `now`, each at its own time. Only items move the stories:
/// how often somebody looks at the clock must not change a decision.
pub fn settle(rules: &Rules, memory: &mut Memory, now: Timestamp) -> Vec<Alert> {
    let mut alerts = Vec::new();
    while let Some(at) = memory.next_due().filter(|at| *at <= now) {
        alerts.extend(alert::release(&mut memory.alert, &rules.settings, at));
        if memory.next_due() == Some(at) {
            break;
        }
    }
    alerts
}

impl Memory {
    /// Memory as it was when these rows were taken.
    pub fn restore(rows: Vec<StateRow>) -> Result<Self, String> {
        let rows = rows.into_iter().filter(|row| row.kind != StateKind::Article);
        let (alerts, stories) = rows.partition(|row| row.kind == StateKind::Alert);
        let story = story::State::restore::<Vec<_>>(stories).map_err(|error| error.to_string())?;
        let alert = alert::State::restore::<Vec<_>>(alerts).map_err(|error| error.to_string())?;
        Ok(Self { story, alert })
    }

    /// Rows that changed since the last call.
    pub fn take_changes(&mut self) -> Vec<StateRow> {
        let mut rows = self.story.take_changes();
        rows.extend(self.alert.take_changes());
        rows
    }

    /// When [`settle`] has something to release.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.alert.next_due()
    }
}
