#!/usr/bin/env python3
"""Does an alert say what an editor would?

usage: units.py SCORERS TIMELINES PROGRAM   (SCORERS: the kit's folder of scorers; TIMELINES: tests/data/timelines)

Compares what `newswatch replay` says is new with `units/expected.jsonl`. Wording is not judged:
  silent      items that should raise no alert, and raise none;
  told        items that should be told, and are;
  stated      expected facts of told items whose newest figure, or most of whose words of four letters or more (by their first
              five), are in `new`;
  right       typed units that lead ("dead: 2 → 19", not the headline) whose last figure is an expected one.
"""
import json, os, re, subprocess, sys, tempfile

sys.path.insert(0, sys.argv[1])
import developments as kit


def replay(program, path):
    head, items = kit.load(path)
    with tempfile.TemporaryDirectory() as folder:
        stream, watches = os.path.join(folder, "items.jsonl"), os.path.join(folder, "watches.toml")
        keep = ("id", "time", "published", "outlet", "lang", "title", "summary", "url")
        with open(stream, "w") as out:
            out.writelines(json.dumps({k: i.get(k) for k in keep}, ensure_ascii=False) + "\n" for i in items)
        with open(watches, "w") as out:
            out.write("[[watch]]\nname = %s\nquery = '''%s'''\nto = [\"desk\"]\n" % (json.dumps(head["watch"]["name"]), kit.query(head["watch"])))
        done = subprocess.run([program, "replay", "--json", "--items", stream, "--watches", watches], capture_output=True, text=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {i["id"]: i for i in items}, {row["id"]: row["matches"][0] for row in rows if row.get("matches")}


def numbers(text):
    return [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def is_stated(fact, said):
    figures = numbers(fact)
    if figures:
        return figures[-1] in numbers(said)
    words = {w[:5] for w in re.findall(r"\w{4,}", fact.lower())}
    return bool(words) and 2 * len(words & {w[:5] for w in re.findall(r"\w{4,}", said.lower())}) >= len(words)


def main():
    folder, program = sys.argv[2:4]
    expected = [json.loads(line) for line in open(os.path.join(folder, "units/expected.jsonl")) if line.strip()]
    items, matches = {}, {}
    for path in sorted(p for p in os.listdir(folder) if p.endswith(".jsonl")):
        own, found = replay(program, os.path.join(folder, path))
        items.update(own), matches.update(found)
    silent, told, stated, right = [], [], [], []
    for row in expected:
        match = matches.get(row["id"], {})
        is_told = match.get("verdict") in ("new-story", "development")
        if row["kind"] == "silent":
            silent.append(not is_told)
            continue
        told.append(is_told)
        new = match.get("new", []) if is_told else []
        said = " ".join(new)
        stated += [is_stated(fact, said) for fact in row["facts"]] if is_told else []
        lead = new[0] if new else ""
        headline = items[row["id"]]["title"][:60]
        if lead and numbers(lead) and headline not in lead:
            right.append(numbers(lead)[-1] in [n for fact in row["facts"] for n in numbers(fact)])
        if os.environ.get("VERBOSE"):
            print(row["id"], "told" if is_told else "-", row["facts"], new, match.get("reason"), sep=" | ")
    for name, own in (("silent", silent), ("told", told), ("stated", stated), ("right", right)):
        print("%-8s %.3f  %d of %d" % (name, sum(own) / max(len(own), 1), sum(own), len(own)))


if __name__ == "__main__":
    main()
