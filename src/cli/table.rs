//! How are rows shown to a person?
//!
//! In: rows of text. Out: aligned columns (wide characters count as two), times in words, sizes with units. No data leaves
//! a command in this form when `--json` was asked for.

use comfy_table::{ContentArrangement, Table};

use crate::model::Timestamp;

/// Aligned columns under a head, without lines.
pub fn aligned(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if !head.is_empty() {
        table.set_header(head.to_vec());
    }
    table.add_rows(rows);
    let trimmed = table.to_string();
    trimmed.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// "15 Oct 17:52", with the year where it is not this one.
pub fn moment(at: Timestamp, now: Timestamp) -> String {
    let zone = jiff::tz::TimeZone::system();
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone));
    let form = if at.year() == now.year() { "%e %b %H:%M" } else { "%e %b %Y %H:%M" };
    at.strftime(form).to_string().trim_start().to_owned()
}

/// "3 min ago", "in 2 h".
pub fn distance(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.duration_since(now).as_secs();
    let size = match seconds.unsigned_abs() {
        0..60 => format!("{} s", seconds.abs()),
        60..3600 => format!("{} min", seconds.abs() / 60),
        3600..172_800 => format!("{} h", seconds.abs() / 3600),
        _ => format!("{} d", seconds.abs() / 86_400),
    };
    if seconds > 0 { format!("in {size}") } else { format!("{size} ago") }
}

/// "1.4 MB".
pub fn bytes(number: u64) -> String {
    match number {
        0..1_000 => format!("{number} B"),
        1_000..1_000_000 => format!("{:.0} kB", number as f64 / 1e3),
        _ => format!("{:.1} MB", number as f64 / 1e6),
    }
}

/// At most so many characters, cut at a word where possible.
pub fn short(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let cut: String = text.chars().take(characters.saturating_sub(1)).collect();
    let at = cut.rfind(' ').filter(|at| *at > cut.len() / 2).unwrap_or(cut.len());
    format!("{}…", &cut[..at])
}
