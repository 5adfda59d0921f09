//! How often does a feed want to be asked?
//!
//! In: `ttl`, `skipHours`, `skipDays`, `sy:updatePeriod` and `sy:updateFrequency`. Out: the hints in seconds, UTC hours and
//! ISO weekdays. It decides nothing: `schedule` weighs the hints.

use super::draft::{Draft, Slot};
use super::leaf::Entities;
use super::notes::Notes;
use crate::model::Pace;

/// Longer waits are mistakes.
const WAIT_SECONDS_MAX: u64 = 366 * 86_400;

/// Takes an `hour` or `day` that the feed asks to be left alone in.
pub fn skip(pace: &mut Pace, slot: Slot, text: &str) {
    let text = text.trim();
    if slot == Slot::SkipHour {
        // RSS 0.91 counts from 1 to 24, RSS 2.0 from 0 to 23.
        let hour = text.parse::<u8>().ok().filter(|hour| *hour <= 24).map(|hour| hour % 24);
        pace.skip_hours.extend(hour.filter(|hour| !pace.skip_hours.contains(hour)));
        return;
    }
    let start = text.get(..2).unwrap_or_default().to_ascii_lowercase();
    let day = ["mo", "tu", "we", "th", "fr", "sa", "su"].iter().position(|known| *known == start);
    let day = day.map(|day| day as u8 + 1).filter(|day| !pace.skip_days.contains(day));
    pace.skip_days.extend(day);
}

/// Reads what the feed's own elements say.
pub fn read(pace: &mut Pace, feed: &Draft<'_>, entities: &Entities, notes: &mut Notes) {
    let mut first = |slot: Slot| feed.first(&[slot], entities, notes).map(|text| text.trim().to_owned());
    let ttl_minutes = first(Slot::Ttl).and_then(|text| text.parse::<u64>().ok()).filter(|minutes| *minutes > 0);
    pace.ttl_s = ttl_minutes.map(|minutes| minutes.saturating_mul(60).min(WAIT_SECONDS_MAX) as u32);
    let period = first(Slot::UpdatePeriod).and_then(|text| {
        Some(match text.to_ascii_lowercase().as_str() {
            "hourly" => 3_600,
            "daily" => 86_400,
            "weekly" => 7 * 86_400,
            "monthly" => 30 * 86_400,
            "yearly" => 365 * 86_400,
            _ => return None,
        })
    });
    let frequency = first(Slot::UpdateFrequency).and_then(|text| text.parse::<u32>().ok()).unwrap_or(1);
    pace.update_period_s = period.map(|seconds: u32| (seconds / frequency.max(1)).max(1));
}
