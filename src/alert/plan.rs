//! What becomes of one decision?
//!
//! In: the state, the watch's dials, an item and what `story` decided of it. Out: the plan. The order of questions: may this
//! item alert at all, is there anything new, is it enough for the level, was it just told, is a second source wanted, is there
//! room? Each no ends in a named suppression.

use jiff::SignedDuration;

use super::book::State;
use super::settings::{self, Settings};
use crate::model::{Alert, AlertId, AlertPlan, Item, StoryDecision, Suppression, Timestamp, Verdict};

/// What becomes of a decision; `now` is the item's arrival. Reads only.
pub fn plan(state: &State, settings: &Settings, item: &Item, decision: &StoryDecision, now: Timestamp) -> AlertPlan {
    if let Some(refused) = refusal(settings, item, decision, now) {
        return refused;
    }
    if !settings.tells_articles(decision) {
        if let Some(refused) = too_little(state, settings, decision, now) {
            return refused;
        }
        let bar = settings.bar();
        if decision.families < bar.families && bar.hold_minutes > 0 {
            let until = later(now, SignedDuration::from_mins(bar.hold_minutes));
            let reason = format!("waiting for a second source, at most {} minutes", bar.hold_minutes);
            return AlertPlan::Hold { until, reason };
        }
    }
    match state.full_until(settings, decision, now) {
        Some(until) => {
            let reason =
                format!("more than {} alerts an hour or {} a day", settings.max_per_hour, settings.max_per_day);
            AlertPlan::Digest { until, reason }
        }
        None => AlertPlan::Send(alert(decision, now)),
    }
}

/// Reasons that lie in the item, not in what it says.
fn refusal(settings: &Settings, item: &Item, decision: &StoryDecision, now: Timestamp) -> Option<AlertPlan> {
    if item.backfill {
        return suppress(Suppression::Backfill, "found at the first poll of its feed; it is in the ledger");
    }
    if settings.muted_until.is_some_and(|until| until > now) {
        return suppress(Suppression::Muted, "muted by a person");
    }
    let old = |published: Timestamp| now.duration_since(published).as_secs() > i64::from(settings.look_back_s);
    let every = settings.tells_articles(decision);
    match item.published {
        Some(published) if old(published) && !every => {
            suppress(Suppression::Stale, &format!("published {} by its own date", published.strftime("%-d %B %Y")))
        }
        _ => None,
    }
}

/// Reasons that lie in what is new.
fn too_little(state: &State, settings: &Settings, decision: &StoryDecision, now: Timestamp) -> Option<AlertPlan> {
    let bar = settings.bar();
    let told = matches!(decision.verdict, Verdict::NewStory | Verdict::Development);
    match decision.verdict {
        Verdict::Copy => return suppress(Suppression::Copy, &decision.reason),
        Verdict::Version => return suppress(Suppression::Version, &decision.reason),
        _ if !told && decision.score < bar.score && decision.new.is_empty() => {
            return suppress(Suppression::NothingNew, &decision.reason);
        }
        _ => {}
    }
    if decision.score < bar.score || decision.class < bar.class {
        let level = settings::name(settings.level);
        let detail = if decision.score < bar.score {
            format!("below `{level}`: {:.2} < {:.2}", decision.score, bar.score)
        } else {
            format!("below `{level}`: not of that class")
        };
        return suppress(Suppression::BelowLevel, &detail);
    }
    let sent = state.echo(decision, now)?;
    suppress(Suppression::Echo, &format!("the same was told at {}", sent.strftime("%H:%M")))
}

/// The alert that a decision makes; its identity comes from the thread, the item and the units.
pub fn alert(decision: &StoryDecision, now: Timestamp) -> Alert {
    let names = [decision.thread.to_string(), decision.item.to_string()];
    let units = decision.new.iter().map(|unit| unit.key.clone());
    Alert {
        id: AlertId::of(names.into_iter().chain(units)),
        watch: decision.watch.clone(),
        thread: decision.thread,
        story: decision.story,
        item: decision.item,
        decided: now,
        score: decision.score,
        class: decision.class,
        new: decision.new.clone(),
        folded: Vec::new(),
    }
}

fn suppress(reason: Suppression, detail: &str) -> Option<AlertPlan> {
    Some(AlertPlan::Suppress { reason, detail: detail.to_owned() })
}

pub(super) fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}
