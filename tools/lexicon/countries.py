#!/usr/bin/env python3
"""Writes config/lexicon/countries.toml from open data and two hand-written files beside this one.

    npm pack cldr-localenames-full cldr-dates-full     (Unicode CLDR, licence Unicode-3.0; unpack both)
    countries.py LOCALENAMES/package/main DATES/package/main >config/lexicon/countries.toml

Names of countries and territories with their short and variant forms come from CLDR's localenames, names of capitals in other
languages from the exemplar cities of its time zones; adjectives.txt and adjectives-more.txt have nationality adjectives and short
forms, overlay.toml what must be added, dropped or gated, capitals.txt the capitals. All of it is reviewed data: read the
difference before you commit a new run."""
import json
import os
import re
import sys
import tomllib
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
LANGS = {"en": "en", "ru": "ru", "uk": "uk", "ko": "ko", "ja": "ja", "zh": "zh-Hans zh-Hant", "ar": "ar", "fa": "fa", "he": "he",
         "tr": "tr", "es": "es", "pt": "pt pt-PT", "fr": "fr", "de": "de", "it": "it", "pl": "pl", "id": "id", "nl": "nl",
         "cs": "cs", "el": "el", "hi": "hi", "vi": "vi", "sv": "sv", "ro": "ro", "th": "th"}
ADJECTIVES = {"adjectives.txt": "en ru uk de fr es it pt pl tr nl ar he".split(),
              "adjectives-more.txt": "cs el sv ro hi id vi th fa".split()}
SKIP = {"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB", "AC", "CP", "CQ", "DG", "EA", "IC", "TA", "AQ", "BV", "HM", "UM", "IO", "TF", "CC",
        "CX", "SJ", "NF", "PN", "WF", "AX", "XK"} - {"XK"}
# Parts of a country's realm that a reader would not look for under the country.
TERRITORIES = {"HK", "MO", "PS", "GL", "FO", "GI", "BM", "KY", "FK", "GG", "JE", "IM", "PR", "GU", "AS", "MP", "VI", "VG", "AI", "MS", "TC",
               "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "AW", "CW", "SX", "BQ", "CK", "NU", "TK", "SH", "GS", "EH"}


def territories(main, locale):
    with open(os.path.join(main, locale, "territories.json"), encoding="utf-8") as file:
        return json.load(file)["main"][locale]["localeDisplayNames"]["territories"]


def zones(main, locale):
    path = os.path.join(main, locale, "timeZoneNames.json")
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        tree = json.load(file)["main"][locale]["dates"]["timeZoneNames"].get("zone", {})
    found = {}

    def walk(node, name):
        for key, value in node.items():
            if key == "exemplarCity" and isinstance(value, str):
                found[name] = value
            elif isinstance(value, dict):
                walk(value, key)
    walk(tree, "")
    return found


def kebab(name):
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("&", "and").replace("’", "").replace("'", "")).strip("-")


def written(name):
    if isinstance(name, str):
        return json.dumps(name, ensure_ascii=False)
    return "{ " + ", ".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in name.items()) + " }"


def text_of(name):
    return name if isinstance(name, str) else name["text"]


def show(concept):
    lines = ["[[concept]]", f'id = "{concept["id"]}"', f'kind = "{concept["kind"]}"']
    for key in ("parents", "related", "context", "against"):
        if concept.get(key):
            lines.append(f"{key} = {json.dumps(concept[key], ensure_ascii=False)}")
    lines.append("[concept.names]")
    for lang, names in concept["names"].items():
        if names:
            lines.append(f"{lang} = [{', '.join(written(name) for name in names)}]")
    print("\n".join(lines) + "\n")


def ruled(name):
    """`^UAE` only in capitals, `=NK` as written, `?=Chad` as written and in the concept's context."""
    if not isinstance(name, str) or name[0] not in "^=?":
        return name
    bare, rule = name.lstrip("^=?"), {}
    if name.lstrip("?")[0] in "^=":
        rule["case"] = "upper" if "^" in name else "exact"
    if name[0] == "?":
        rule["context"] = "required"
    return {"text": bare, **rule}


def rules_first(names):
    """A rule written by hand holds for the same name from CLDR, too: the stem of "Дания" is that of "дан"."""
    with_rule = {text_of(n) for n in names if not isinstance(n, str)}
    return [n for n in names if not isinstance(n, str) or n not in with_rule]


# The last consonant of these changes with the case: "polsk*" does not cover "Polsce", and "Polska" as a name does.
CHANGING = {"pl": ("ka", "ga", "ra", "ta", "da", "ła"), "cs": ("ka", "ha", "ga", "ko"), "uk": ("ка", "га", "ха")}


def unique(lang, names):
    """Without repeats, and without names that a prefix of the list covers in all their cases."""
    starred = [n for n in names if text_of(n).endswith("*") and " " not in text_of(n)]
    prefixes = [text_of(n)[:-1].lower() for n in starred]
    kept, seen = [], set()
    for name in names:
        text = text_of(name)
        whole = isinstance(name, str) and not text.endswith(("*", *CHANGING.get(lang, ())))
        covered = whole and any(text.lower().startswith(p) for p in prefixes)
        key = text.lower() if isinstance(name, str) else text
        if key not in seen and not covered:
            seen.add(key)
            kept.append(name)
    return kept


def country_names(code, tables, adjectives, overlay):
    own = overlay.get(code, {})
    names = {}
    for lang, locales in LANGS.items():
        found = list(own.get("add", {}).get(lang, []))
        for locale in locales.split():
            table = tables[locale]
            found += [table[key] for key in (code, code + "-alt-short", code + "-alt-variant") if key in table]
        found += adjectives.get(code, {}).get(lang, [])
        # "Macao SAR China" and "Congo (DRC)" are how lists write, not how news does; initials are too short to be safe.
        found = [n for n in found if not isinstance(n, str) or not re.search(r"[()（）]| SAR |特别行政区|特別行政區", n)]
        found = [n for n in found if not isinstance(n, str) or len(n.strip("^=?")) > 2 or not n.isascii()]
        drop = {d.lower() for d in own.get("drop", {}).get(lang, [])}
        added = {text_of(n).lower() for n in own.get("add", {}).get(lang, [])}
        found = [n for n in found if text_of(n).lower() not in drop or (not isinstance(n, str)) or text_of(n).lower() in added]
        found = [ruled(n) for n in found]
        found = rules_first(found)
        rules = own.get("rule", {})
        found = [{"text": n, **rules[f"{lang}:{n}"]} if isinstance(n, str) and f"{lang}:{n}" in rules else n for n in found]
        if lang in own.get("gate", []):
            found = [{**(n if isinstance(n, dict) else {"text": n}), "context": "required"} for n in found]
        names[lang] = unique(lang, [n.replace("’", "'") if isinstance(n, str) else n for n in found])
    return names


def read_adjectives():
    found = {}
    for name, langs in ADJECTIVES.items():
        with open(os.path.join(HERE, name), encoding="utf-8") as file:
            for line in file:
                if line.strip() and not line.startswith("#"):
                    code, *columns = line.rstrip("\n").split("|")
                    assert len(columns) == len(langs), f"{name}: {code} has {len(columns)} columns"
                    rows = {lang: [n.strip() for n in column.split(";") if n.strip()] for lang, column in zip(langs, columns)}
                    found.setdefault(code, {}).update(rows)
    return found


def main():
    localenames, dates = sys.argv[1:3]
    tables = {locale: territories(localenames, locale) for locales in LANGS.values() for locale in locales.split()}
    cities = {locale: zones(dates, locale) for locales in LANGS.values() for locale in locales.split()}
    with open(os.path.join(HERE, "overlay.toml"), "rb") as file:
        overlay = tomllib.load(file)
    adjectives = read_adjectives()
    print("# Countries, territories and capitals. Generated by tools/lexicon/countries.py from Unicode CLDR (licence Unicode-3.0),\n"
          "# adjectives.txt, capitals.txt and overlay.toml: edit those, not this file.\n")
    ids = {}
    for code in sorted(code for code in tables["en"] if re.fullmatch("[A-Z]{2}", code) and code not in SKIP):
        own = overlay.get(code, {})
        ids[code] = own.get("id") or kebab(tables["en"][code])
        kind = "territory" if code in TERRITORIES else "country"
        show({"id": ids[code], "kind": kind, "parents": own.get("parents"), "context": own.get("context"), "against": own.get("against"),
              "names": country_names(code, tables, adjectives, overlay)})
    with open(os.path.join(HERE, "capitals.txt"), encoding="utf-8") as file:
        for line in file:
            if not line.strip() or line.startswith("#"):
                continue
            code, english, zone, *more = [part.strip() for part in (line.rstrip("\n") + "|").split("|")]
            extra = dict(part.split("=", 1) for part in more if "=" in part)
            names = {}
            for lang, locales in LANGS.items():
                found = [n.strip() for n in extra.get(lang, "").split(";") if n.strip()]
                if lang == "en":
                    found = [n.strip() for n in english.split(";")] + found
                elif zone:
                    found += [cities[locale][zone] for locale in locales.split() if zone in cities[locale]]
                if lang == "tr":
                    # What follows an apostrophe is an ending there: "N'Djamena" would be the letter N.
                    found = [n.replace("'", "").replace("’", "") for n in found]
                names[lang] = unique(lang, rules_first([ruled(n) for n in found]))
            show({"id": kebab(english.split(";")[0].lstrip("=")), "kind": "capital", "parents": [ids[code]],
                  "against": extra["against"].split(";") if "against" in extra else None, "names": names})


main()
