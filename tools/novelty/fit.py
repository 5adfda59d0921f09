#!/usr/bin/env python3
"""Fit the weights of src/story/novelty.rs and say what they are worth.

usage: fit.py --program target/release/newswatch [--data ../shared/data] [--without own]

Runs `newswatch replay --json` over the labelled timelines (the kit's `developments` and `timelines`, ours in
tests/data/timelines), takes the signals of each decision from its lines, and fits a logistic regression on them. Printed: F1,
precision and recall of each kind with one threshold, each story judged by weights fitted without it (and, with `--without own`,
without any of ours: then they are held out); then the table to paste into `MODEL`. Signals depend on what was told before, so
fit, paste, build and fit again: after two rounds nothing moves. It needs nothing but Python.
"""
import argparse, collections, glob, gzip, json, math, os, subprocess, sys, tempfile

TELL = 0.35          # src/story/decide.rs
RIDGE = 4.0          # of each standardised weight
# The chance that becomes TELL: the least at which the program, with the floors of novelty.rs (turns, corrections) that are not
# judged here, has a precision of 0.85 on `developments`.
CUT = 0.45
HEADLINES = 0.6      # what an item of the kit's headline timelines counts: they are many, and of six stories


def replay(program, items, *options):
    keep = ("id", "time", "published", "outlet", "lang", "title", "summary", "url")
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps({k: i[k] for k in keep if i.get(k) is not None}, ensure_ascii=False) + "\n" for i in items)
        file.flush()
        done = subprocess.run([program, "replay", "--json", "--items", file.name, *options], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    rows = (json.loads(line) for line in done.stdout.splitlines())
    return {row["id"]: row["matches"][0] for row in rows if row.get("matches")}


def followed(program, path, kit):
    """One story with texts: (item, decision, is it a development, weight); items that nothing is lost or won with weigh little."""
    head, items = kit.load(path)
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write("[[watch]]\nname = %s\nquery = '''%s'''\nto = [\"desk\"]\n" % (json.dumps(head["watch"]["name"]), kit.query(head["watch"])))
        file.flush()
        matches = replay(program, items, "--watches", file.name)
    seen, others, rows = set(), set(), []
    for item in (item for item in items if item["id"] in matches):
        match, development = matches[item["id"]], item["development"]
        if item["match"] and item["thread"] != "main":
            first = item["thread"] not in others
            others.add(item["thread"])
            opens = bool(match["signals"].get("opens"))
            rows.append((item, match, first and opens, (0.3 if opens else 0.15) if first else 1.0))
        else:
            novel = item["match"] and development is not None and development not in seen
            seen |= {development} if novel else set()
            rows.append((item, match, novel, 1.0))
    return rows


def headlines(program, path, weight):
    stories = collections.OrderedDict()
    for line in gzip.open(path, "rt") if path.endswith("gz") else open(path):
        row = json.loads(line)
        stories.setdefault(row["story"], []).append(row)
    for name, rows in stories.items():
        bare = [{"id": r["id"], "time": r["time"], "lang": "en", "title": r["title"], "summary": ""} for r in rows]
        matches = replay(program, bare, "--all")
        yield name, [(row, matches[row["id"]], row["novel"], weight) for row in rows]


def chance(weights, signals):
    return 1 / (1 + math.exp(-max(-30, min(30, sum(w * s for w, s in zip(weights, signals))))))


def fit(rows):
    """Newton's method; rows of (standardised signals, development, weight)."""
    size = len(rows[0][0])
    weights = [0.0] * size
    for _ in range(9):
        left = [[0.01 if i == j == 0 else RIDGE if i == j else 0.0 for j in range(size)] for i in range(size)]
        right = [-left[i][i] * weights[i] for i in range(size)]
        for x, y, c in rows:
            p = chance(weights, x)
            for i in (i for i in range(size) if x[i]):
                right[i] += c * (y - p) * x[i]
                part = c * max(p * (1 - p), 1e-4) * x[i]
                for j in range(size):
                    left[i][j] += part * x[j]
        for i in range(size):
            for k in range(i + 1, size):
                part = left[k][i] / left[i][i]
                left[k] = [a - part * b for a, b in zip(left[k], left[i])]
                right[k] -= part * right[i]
        for i in reversed(range(size)):
            right[i] = (right[i] - sum(left[i][j] * right[j] for j in range(i + 1, size))) / left[i][i]
        weights = [w + s for w, s in zip(weights, right)]
    return weights


def figures(stories, chances, cut):
    """F1, precision, recall as the scorers count: a development told is told, whichever of its items told it."""
    caught = wrong = wanted = 0
    for key, rows in stories.items():
        told, others = set(), set()
        wanted += len({item["development"] for item, *_ in rows if item["development"] and item.get("thread", "main") == "main"})
        for n, (item, match, _, _) in enumerate(rows):
            alert = chances[key][n] >= cut if match["signals"] else match["verdict"] == "new-story"
            if not alert:
                continue
            development, side = item["development"], item.get("thread", "main") != "main"
            if item.get("match", True) and side and item["thread"] not in others:
                others.add(item["thread"])
            elif development is None or side or not item.get("match", True) or development in told:
                wrong += 1
            elif "novel" in item and not item["novel"]:
                wrong += 1
            else:
                told.add(development)
        caught += len(told)
    precision, recall = caught / max(caught + wrong, 1), caught / max(wanted, 1)
    return 2 * precision * recall / max(precision + recall, 1e-9), precision, recall


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--without", choices=["own"])
    parser.add_argument("--cut", type=float, default=CUT)
    args = parser.parse_args()
    sys.path.insert(0, os.path.join(args.data, "score"))
    import developments as kit
    sets = {"developments": {}, "own-timelines": {}, "timelines": {}, "own headlines": {}}
    for name, folder in (("developments", os.path.join(args.data, "developments")), ("own-timelines", "tests/data/timelines")):
        for path in sorted(glob.glob(folder + "/*.jsonl")):
            sets[name][path] = followed(args.program, path, kit)
    sets["timelines"].update(headlines(args.program, os.path.join(args.data, "timelines/dev.jsonl.gz"), HEADLINES))
    sets["own headlines"].update(headlines(args.program, "tests/data/timelines/headlines/own.jsonl", 1.0))
    stories = {key: (name, rows) for name, own in sets.items() for key, rows in own.items()}
    # In the order of the model: `always` first, which Newton's method leaves free.
    names = sorted({n for _, rows in stories.values() for _, m, *_ in rows for n in m["signals"]}, key=lambda n: (n != "always", n))
    every = [[m["signals"][n] for n in names] for _, rows in stories.values() for _, m, *_ in rows if m["signals"]]
    spread = [math.sqrt(sum((x - sum(c) / len(c)) ** 2 for x in c) / len(c)) or 1.0 for c in zip(*every)]
    scaled = {k: [([m["signals"].get(n, 0.0) / s for n, s in zip(names, spread)], y, c) for _, m, y, c in rows]
              for k, (_, rows) in stories.items()}
    # A watch's first item is always told: nothing is learned from it; nor from a copy, which was not weighed.
    learned = {k: [row for n, (row, (_, m, *_)) in enumerate(zip(scaled[k], stories[k][1])) if n and m["signals"]] for k in stories}
    is_used = {k: not (args.without and name.startswith("own")) for k, (name, _) in stories.items()}
    chances = {}
    for key in stories:
        weights = fit([row for other in stories if other != key and is_used[other] for row in learned[other]])
        chances[key] = [chance(weights, x) for x, *_ in scaled[key]]
        chances[key][0] = 1.0
    print("each story judged by weights fitted without it, threshold %.2f: F1, precision, recall" % args.cut)
    for name, own in sets.items():
        print("  %-15s %.3f %.3f %.3f" % ((name,) + figures(own, chances, args.cut)))
    weights = [w / s for w, s in zip(fit([row for k in stories if is_used[k] for row in learned[k]]), spread)]
    odds = lambda p: math.log(p / (1 - p))
    weights[0] += odds(TELL) - odds(args.cut)
    print("\n".join('    ("%s", %.2f),' % pair for pair in zip(names, weights)))


if __name__ == "__main__":
    main()
