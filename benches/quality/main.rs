//! How well does it do on labelled sets?
//!
//! In: the labelled sets and scorers of the measuring kit beside the repository (`../shared/data`), the program itself.
//! Out: our figure and the simple baselines', one line a set; what is absent is skipped, by name. `cargo bench --bench
//! quality [NAME…]`; `NEWSWATCH_DATA` names another folder. It holds no figure and no threshold: `docs/QUALITY.md` does.

mod articles;
mod facts;
mod polls;

use std::path::{Path, PathBuf};
use std::process::Command;

/// A measurement: its name, and the shell commands whose output is the figure.
struct Measure {
    name: &'static str,
    needs: &'static str,
    commands: &'static [(&'static str, &'static str)],
}

/// `$N` is the program, `$R` the repository, `$D` the data folder, `$S` the scorers, `$T` a scratch folder.
const MEASURES: &[Measure] = &[
    Measure {
        name: "developments",
        needs: "developments",
        commands: &[
            ("ours", "python3 $S/developments.py $D/developments --program $N"),
            ("every match", "python3 $S/developments.py $D/developments --baseline all | tail -1"),
            ("equal titles", "python3 $S/developments.py $D/developments --baseline title | tail -1"),
            ("best cosine", "python3 $S/developments.py $D/developments --baseline cosine:0.15 | tail -1"),
        ],
    },
    Measure {
        name: "own-timelines (tests/data/timelines)",
        needs: "score",
        commands: &[
            ("ours", "python3 $S/developments.py $R/tests/data/timelines --program $N"),
            ("every match", "python3 $S/developments.py $R/tests/data/timelines --baseline all | tail -1"),
            ("equal titles", "python3 $S/developments.py $R/tests/data/timelines --baseline title | tail -1"),
            ("cosine 0.15", "python3 $S/developments.py $R/tests/data/timelines --baseline cosine:0.15 | tail -1"),
        ],
    },
    Measure {
        name: "units (tests/data/timelines/units)",
        needs: "score",
        commands: &[("ours", "python3 $R/benches/quality/units.py $S $R/tests/data/timelines $N")],
    },
    Measure {
        name: "matching (tests/data/matching)",
        needs: "score",
        commands: &[
            ("ours", "python3 $S/matching.py $R/tests/data/matching --program $N | sed -n 1,25p"),
            ("ours, second set", "python3 $S/matching.py $R/tests/data/matching-blind --program $N | sed -n 1,26p"),
            ("ours, third set", "python3 $S/matching.py $R/tests/data/matching-blind2 --program $N | sed -n 1,25p"),
            ("ours, fourth set", "python3 $S/matching.py $R/tests/data/matching-blind3 --program $N | sed -n 1,25p"),
        ],
    },
    Measure {
        name: "headlines-uci",
        needs: "headlines-uci",
        commands: &[(
            "ours",
            "python3 $S/through_replay.py clusters $D/headlines-uci/dev.jsonl.gz --chars 0 --program $N -o $T/uci.jsonl && \
             python3 $S/clusters.py $D/headlines-uci/dev.jsonl.gz $T/uci.jsonl",
        )],
    },
    Measure {
        name: "incidents-gva",
        needs: "incidents-gva",
        commands: &[(
            "ours",
            "python3 $S/through_replay.py clusters $D/incidents-gva/dev.jsonl.gz --chars 1000000 --program $N -o $T/gva.jsonl && \
             python3 $S/clusters.py $D/incidents-gva/dev.jsonl.gz $T/gva.jsonl",
        )],
    },
    Measure {
        name: "events-ecbplus",
        needs: "events-ecbplus",
        commands: &[(
            "ours",
            "python3 $S/through_replay.py clusters $D/events-ecbplus/dev.jsonl.gz --chars 1000000 --program $N -o $T/ecb.jsonl && \
             python3 $S/clusters.py $D/events-ecbplus/dev.jsonl.gz $T/ecb.jsonl",
        )],
    },
    Measure {
        name: "timelines (headline only)",
        needs: "timelines",
        commands: &[(
            "ours",
            "python3 $S/through_replay.py novelty $D/timelines/dev.jsonl.gz --chars 0 --program $N -o $T/tl.jsonl && \
             python3 $S/novelty.py $D/timelines/dev.jsonl.gz $T/tl.jsonl",
        )],
    },
    Measure {
        name: "own-timelines, headline only (tests/data/timelines/headlines)",
        needs: "score",
        commands: &[
            (
                "ours",
                "python3 $S/through_replay.py novelty $R/tests/data/timelines/headlines/own.jsonl --chars 0 --program $N \
                 -o $T/own.jsonl && python3 $S/novelty.py $R/tests/data/timelines/headlines/own.jsonl $T/own.jsonl",
            ),
            (
                "every item",
                "sed 's/.*\"id\": *\"\\([^\"]*\\)\".*/{\"id\":\"\\1\",\"alert\":true}/' \
                 $R/tests/data/timelines/headlines/own.jsonl >$T/own-all.jsonl && \
                 python3 $S/novelty.py $R/tests/data/timelines/headlines/own.jsonl $T/own-all.jsonl | grep -E 'precision|recall|f1'",
            ),
        ],
    },
    Measure {
        name: "neardup",
        needs: "neardup",
        commands: &[(
            "ours",
            "python3 $S/through_replay.py neardup $D/neardup/dev.items.jsonl.gz --pairs $D/neardup/dev.pairs.jsonl.gz \
             --program $N -o $T/nd.jsonl && python3 $S/neardup.py $D/neardup/dev.pairs.jsonl.gz $T/nd.jsonl",
        )],
    },
    Measure {
        name: "pairs-telegram",
        needs: "pairs-telegram",
        commands: &[(
            "ours",
            "python3 $S/through_replay.py pairs $D/pairs-telegram/dev.jsonl.gz --program $N -o $T/tg.jsonl && \
             python3 $S/pairs.py $D/pairs-telegram/dev.jsonl.gz $T/tg.jsonl",
        )],
    },
    Measure {
        name: "feeds (against the feedparser oracle)",
        needs: "feeds",
        commands: &[
            (
                "corpora",
                "cd $D/feeds/corpora && find . -type f | sed 's,^./,,' | sort | tr '\\n' '\\0' | \
                 xargs -0 $N feed test --json --base https://feed.example/dir/feed.xml >$T/feeds.jsonl; \
                 gzip -dc $D/feeds/oracle.jsonl.gz >$T/oracle.jsonl && python3 $S/feeds_oracle.py compare $T/oracle.jsonl $T/feeds.jsonl",
            ),
            (
                "damaged",
                "cd $D/feeds/damaged && find . -type f | sed 's,^./,,' | sort | tr '\\n' '\\0' | \
                 xargs -0 $N feed test --json --base https://feed.example/dir/feed.xml >$T/damaged.jsonl; \
                 python3 $S/feeds_oracle.py compare $D/feeds/damaged_truth.jsonl $T/damaged.jsonl",
            ),
        ],
    },
];

fn main() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let data = std::env::var_os("NEWSWATCH_DATA").map_or(beside, PathBuf::from);
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let scratch = tempfile::tempdir().expect("a scratch folder can be made");
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    if is_wanted("polls") {
        println!("== polls (real feeds, polled again and again)");
        polls::run(&data.join("feeds"));
    }
    if is_wanted("facts") {
        facts::measure();
    }
    if is_wanted("articles") {
        articles::measure(&data.join("feeds"));
    }
    for measure in MEASURES.iter().filter(|measure| is_wanted(measure.name)) {
        if !data.join(measure.needs).is_dir() {
            println!("== {}: skipped, `{}` is not there", measure.name, data.join(measure.needs).display());
            continue;
        }
        println!("== {}", measure.name);
        for (label, command) in measure.commands {
            println!("-- {label}");
            run(command, &data, scratch.path());
        }
    }
}

fn run(command: &str, data: &Path, scratch: &Path) {
    let program: PathBuf = env!("CARGO_BIN_EXE_newswatch").into();
    let status = Command::new("bash")
        .args(["-o", "pipefail", "-c", command])
        .env("N", program)
        .env("R", env!("CARGO_MANIFEST_DIR"))
        .env("D", data)
        .env("S", data.join("score"))
        .env("T", scratch)
        .status();
    if !status.is_ok_and(|status| status.success()) {
        println!("(the command above did not end well)");
    }
}
