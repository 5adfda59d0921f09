//! How do lexicon files become one lexicon?
//!
//! In: the concepts of all files, in order; a later file adds to an earlier one or replaces its names. Out: concepts
//! with closures, names, and the trie over their words; or all problems at once. It reads no text.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;

use super::begins::Memories;
use super::concept::{Concept, Cue, Kind, Name, Texts};
use super::cues::CueWords;
use super::source::{self, Case, LexiconProblem, RawConcept, RawName};
use super::tongue::{self, Tongue};
use super::trie::{self, CHARACTERS, End, PREFIX_LETTERS_MIN, WORDS};
use super::{ConceptIx, Inner};
use crate::text::fold::hash;
use crate::text::form::{Form, forms, stem_language};
use crate::text::inflect;
use crate::text::lang::{self, Lang};
use crate::text::stem;
use crate::text::token::{Shape, is_hangul, is_unspaced};

/// Longer names are sentences.
pub(super) const NAME_WORDS_MAX: usize = 48;
const NAME_BYTES_MAX: usize = 400;
/// Words of a name, from the first, of which all forms are listed; of later ones the stem must do.
const INFLECTED_WORDS_MAX: usize = 2;
/// A small word of a name has so many letters at most.
const SMALL_WORD_LETTERS_MAX: usize = 3;
/// A word is found by its stem where that is all of it, or has so many letters: the Hindi लू (hot wind) is cut as लिए (for) is.
const STEM_LETTERS_MIN: usize = 2;
/// Problems beyond this are counted in the last one.
const PROBLEMS_MAX: usize = 200;

/// Compiles `sources`, each a name and a TOML text.
pub(super) fn compile(sources: &[(&str, &str)]) -> Result<Inner, Vec<LexiconProblem>> {
    let mut builder = Builder::default();
    let mut files = Vec::new();
    for (file, text) in sources {
        match source::read(file, text) {
            Ok(read) => files.push((*file, read)),
            Err(problem) => builder.problems.push(problem),
        }
    }
    for (at, (file, read)) in files.iter().enumerate() {
        builder.declare(file, &read.concepts, at);
    }
    for (file, read) in &files {
        for raw in &read.concepts {
            builder.connect(file, raw.get_ref());
        }
    }
    builder.trie.reserve(files.iter().map(|(_, read)| read.names()).sum());
    for narrow in [false, true] {
        for (at, (file, read)) in files.iter().enumerate() {
            read.concepts.iter().for_each(|raw| builder.add_names((at, file), raw.get_ref(), narrow));
        }
    }
    builder.finish()
}

#[derive(Default)]
struct Builder {
    ids: BTreeMap<String, ConceptIx>,
    concepts: Vec<Concept>,
    /// By concept, the last file whose names replace those before.
    replaced_in: Vec<usize>,
    names: Vec<Name>,
    texts: Texts,
    languages: Vec<Lang>,
    cue_words: BTreeMap<String, u32>,
    trie: trie::Builder,
    problems: Vec<LexiconProblem>,
}

impl Builder {
    fn problem(&mut self, file: &str, span: Range<usize>, message: String, hint: Option<String>) {
        self.problems.push(LexiconProblem { file: file.to_owned(), span, message, hint });
    }

    fn declare(&mut self, file: &str, raws: &[Spanned<RawConcept>], at: usize) {
        let mut here: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        for raw in raws.iter().map(Spanned::get_ref) {
            let id = raw.id.get_ref();
            if !is_kebab(id) {
                let hint = Some("small letters and digits, parted by single hyphens: `north-korea`".to_owned());
                self.problem(file, raw.id.span(), format!("`{id}` is no concept id"), hint);
            }
            if here.insert(id, raw.id.span()).is_some() {
                self.problem(file, raw.id.span(), format!("concept `{id}` is in this file twice"), None);
            }
            let Some(kind) = Kind::of(raw.kind.get_ref()) else {
                let hint = nearest(raw.kind.get_ref(), Kind::ALL.iter().map(|(_, word)| *word));
                self.problem(file, raw.kind.span(), format!("unknown kind `{}`", raw.kind.get_ref()), hint);
                continue;
            };
            match self.ids.get(id) {
                Some(&known) => self.concepts[known.0 as usize].kind = kind,
                None => self.add_concept(id, kind),
            }
            if raw.replaces {
                let ix = self.ids[id];
                self.replaced_in[ix.0 as usize] = at;
            }
        }
    }

    fn add_concept(&mut self, id: &str, kind: Kind) {
        self.ids.insert(id.to_owned(), ConceptIx(self.concepts.len() as u32));
        self.replaced_in.push(0);
        self.concepts.push(Concept {
            id: id.to_owned(),
            kind,
            parents: Vec::new(),
            related: Vec::new(),
            wide: false,
            names: Vec::new(),
            ancestors: Vec::new(),
            narrower: Arc::default(),
            context: Vec::new(),
            against: Vec::new(),
            languages: 0,
        });
    }

    fn connect(&mut self, file: &str, raw: &RawConcept) {
        let Some(&ix) = self.ids.get(raw.id.get_ref()) else { return };
        let parents = self.resolve_all(file, &raw.parents);
        let related = self.resolve_all(file, &raw.related);
        let context = self.cues(file, &raw.context);
        let against = self.cues(file, &raw.against);
        let concept = &mut self.concepts[ix.0 as usize];
        concept.wide |= raw.wide;
        concept.parents.extend(parents);
        concept.related.extend(related);
        concept.context.extend(context);
        concept.against.extend(against);
    }

    fn resolve_all(&mut self, file: &str, ids: &[Spanned<String>]) -> Vec<ConceptIx> {
        ids.iter().filter_map(|id| self.resolve(file, id.get_ref(), id.span())).collect()
    }

    fn resolve(&mut self, file: &str, id: &str, span: Range<usize>) -> Option<ConceptIx> {
        let found = self.ids.get(id).copied();
        if found.is_none() {
            let hint = nearest(id, self.ids.keys().map(String::as_str));
            self.problem(file, span, format!("there is no concept `{id}`"), hint);
        }
        found
    }

    fn cues(&mut self, file: &str, texts: &[Spanned<String>]) -> Vec<Cue> {
        let cue = |text: &Spanned<String>| {
            if let Some(id) = text.get_ref().strip_prefix('@') {
                return self.resolve(file, id, text.span()).map(Cue::Concept);
            }
            let words: Vec<String> = forms(text.get_ref(), Lang::UNKNOWN).into_iter().map(|form| form.folded).collect();
            if words.is_empty() {
                self.problem(file, text.span(), "a context word without a letter".to_owned(), None);
                return None;
            }
            let unspaced = text.get_ref().chars().any(|char| is_unspaced(char) || is_hangul(char));
            Some(if unspaced { Cue::Text(words.concat()) } else { Cue::Words(self.cue_words(words)) })
        };
        texts.iter().filter_map(cue).collect()
    }

    fn cue_words(&mut self, words: Vec<String>) -> Vec<u32> {
        let known = &mut self.cue_words;
        let number = |word: String| {
            let next = known.len() as u32;
            *known.entry(word).or_insert(next)
        };
        words.into_iter().map(number).collect()
    }

    /// Adds the names of one concept, or those that are narrower, which come after the names of all files.
    fn add_names(&mut self, (at, file): (usize, &str), raw: &RawConcept, narrow: bool) {
        let Some(&concept) = self.ids.get(raw.id.get_ref()) else { return };
        if !narrow && at < self.replaced_in[concept.0 as usize] {
            return;
        }
        for (tag, names) in if narrow { &raw.also } else { &raw.names } {
            let lang = Lang::of(tag);
            if lang.is_unknown() && tag != "und" {
                let span = names.first().map_or(raw.id.span(), Spanned::span);
                let hint = Some("two letters as in `en`, `uk`, `zh`; `und` for every language".to_owned());
                self.problem(file, span, format!("`{tag}` is no language"), hint);
                continue;
            }
            for name in names {
                self.add_name(file, concept, lang, name, narrow);
            }
        }
    }

    fn add_name(&mut self, file: &str, concept: ConceptIx, lang: Lang, raw: &Spanned<RawName>, narrow: bool) {
        let known = &mut self.concepts[concept.0 as usize];
        let (name, words) = match compiled_name(concept, known.kind, lang, raw.get_ref()) {
            Ok(compiled) => compiled,
            Err((message, hint)) => return self.problem(file, raw.span(), message, hint),
        };
        let (names, texts) = (&mut self.names, &mut self.texts);
        let text = bare(raw.get_ref()).0;
        let bit = language_bit(&mut self.languages, lang);
        // "Nord Stream" is no more a word for all gas pipelines in German than in English.
        let mut is_known = false;
        for &own in known.names.iter().filter(|_| narrow) {
            let own = &mut names[own as usize];
            let same = texts.of(own) == text;
            own.narrow |= same;
            is_known |= same && own.langs & bit != 0;
        }
        if is_known {
            return;
        }
        let name = Name { narrow, ..name };
        let has_first = known.names.iter().any(|&own| names[own as usize].first_in & bit != 0);
        let reads_as = |own: &Name| own.rules() == name.rules() && texts.of(own) == text;
        let shared = known.names.iter().copied().find(|&own| reads_as(&names[own as usize]));
        let ix = match shared {
            Some(shared) => shared,
            None => {
                known.names.push(names.len() as u32);
                names.push(Name { text: texts.add(text), ..name });
                names.len() as u32 - 1
            }
        };
        let name = &mut names[ix as usize];
        name.langs |= bit;
        name.first_in |= if has_first || name.prefix { 0 } else { bit };
        insert(&mut self.trie, End { name: ix, stem: false, langs: bit }, lang, name, (known.kind, &words));
    }

    fn finish(mut self) -> Result<Inner, Vec<LexiconProblem>> {
        self.close();
        if self.trie.is_full() {
            self.problem("", 0..0, "too many names: 16 million different beginnings of names".to_owned(), None);
        }
        if !self.problems.is_empty() {
            if self.problems.len() > PROBLEMS_MAX {
                let more = self.problems.len() - PROBLEMS_MAX;
                self.problems.truncate(PROBLEMS_MAX);
                self.problem("", 0..0, format!("and {more} more problems"), None);
            }
            return Err(self.problems);
        }
        let Self { ids, mut concepts, mut names, mut texts, languages, cue_words, trie, .. } = self;
        for concept in &mut concepts {
            concept.languages = concept.names.iter().fold(0, |all, name| all | names[*name as usize].langs);
        }
        names.shrink_to_fit();
        texts.shrink();
        let tongues = languages.iter().map(|lang| Tongue::of(*lang, &languages)).collect();
        let cue_words = CueWords::of(&cue_words);
        Ok(Inner {
            ids,
            concepts,
            names,
            texts,
            languages,
            tongues,
            cue_words,
            trie: trie.finish(),
            memories: Memories::default(),
        })
    }

    /// Closes parents, and refuses circles.
    fn close(&mut self) {
        for at in 0..self.concepts.len() {
            let mut ancestors = Vec::new();
            let mut open = self.concepts[at].parents.clone();
            while let Some(next) = open.pop() {
                if !ancestors.contains(&next) {
                    ancestors.push(next);
                    open.extend(&self.concepts[next.0 as usize].parents);
                }
            }
            if ancestors.contains(&ConceptIx(at as u32)) {
                let message = format!("concept `{}` is its own ancestor", self.concepts[at].id);
                self.problem("", 0..0, message, None);
                ancestors.clear();
            }
            ancestors.sort_unstable();
            self.concepts[at].ancestors = ancestors;
        }
        let mut narrower: Vec<Vec<ConceptIx>> = vec![Vec::new(); self.concepts.len()];
        for (at, concept) in self.concepts.iter().enumerate() {
            let own = ConceptIx(at as u32);
            concept.ancestors.iter().chain([&own]).for_each(|wider| narrower[wider.0 as usize].push(own));
        }
        for (concept, narrower) in self.concepts.iter_mut().zip(narrower) {
            concept.narrower = narrower.into();
        }
    }
}

/// The bit of a language, which may be new.
fn language_bit(languages: &mut Vec<Lang>, lang: Lang) -> u64 {
    if !languages.contains(&lang) {
        languages.push(lang);
    }
    tongue::bit(languages, lang)
}

fn is_kebab(id: &str) -> bool {
    !id.is_empty()
        && id
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

/// "did you mean …", where something is near.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    const NEAR: f64 = 0.8;
    let scored = known.map(|own| (strsim::jaro_winkler(word, own), own)).filter(|(score, _)| *score >= NEAR);
    let best = scored.max_by(|left, right| left.0.total_cmp(&right.0).then(right.1.cmp(left.1)));
    best.map(|(_, own)| format!("did you mean `{own}`?"))
}

/// A name's text without the `*` that lets it go on, and whether it has one.
fn bare(raw: &RawName) -> (&str, bool) {
    let text = raw.text.trim();
    text.strip_suffix('*').map_or((text, false), |bare| (bare, true))
}

type Refusal = (String, Option<String>);

fn compiled_name(concept: ConceptIx, kind: Kind, lang: Lang, raw: &RawName) -> Result<(Name, Vec<Form>), Refusal> {
    let (bare, prefix) = bare(raw);
    if bare.len() > NAME_BYTES_MAX {
        return Err((format!("a name of {} bytes; at most {NAME_BYTES_MAX}", bare.len()), None));
    }
    let words = forms(bare, lang);
    if words.is_empty() || words.len() > NAME_WORDS_MAX {
        return Err((format!("`{bare}` has {} words; a name has 1 to {NAME_WORDS_MAX}", words.len()), None));
    }
    let letters = words.iter().map(|word| word.plain.chars().count()).sum::<usize>();
    if prefix && letters < PREFIX_LETTERS_MIN {
        return Err((format!("`{bare}`: at least {PREFIX_LETTERS_MIN} letters before the `*`"), None));
    }
    let whole = words.len() == 1 && raw.case == Case::Folded && !prefix && !matches!(kind, Kind::Status | Kind::Unit);
    if whole && words[0].plain == words[0].folded && lang::is_common(lang, &words[0].plain) {
        let hint = "add a rule: { text = \"US\", case = \"upper\" }".to_owned();
        return Err((format!("`{bare}` is one of the commonest words of `{lang}`"), Some(hint)));
    }
    let capital = words.iter().any(|word| matches!(word.shape, Shape::Capital | Shape::Upper));
    let acronym = words.len() == 1 && words[0].shape == Shape::Upper && letters >= 3 && kind.is_proper();
    let name = Name {
        concept,
        langs: 0,
        first_in: 0,
        text: (0, 0),
        case: raw.case,
        context: raw.context,
        person: raw.person,
        capital,
        acronym,
        prefix,
        narrow: false,
        words: words.len() as u8,
        letters: letters.min(255) as u8,
    };
    Ok((name, words))
}

/// Whether capitalised names of this language are written in one form whatever the sentence wants of them; Turkish parts
/// endings from names by an apostrophe ("Sudan'da"), and the stem of "Butan" is that of "bu".
fn names_are_fixed(lang: Lang) -> bool {
    is_caseless(lang)
        || matches!(
            lang.as_str(),
            "es" | "fr" | "it" | "pt" | "nl" | "ca" | "id" | "ms" | "af" | "vi" | "tl" | "sw" | "tr"
        )
}

/// Whether the language's script has no capitals. Its stemmers cut names as they cut words: لبن (milk) is no لبنان.
fn is_caseless(lang: Lang) -> bool {
    matches!(lang.as_str(), "ar" | "fa" | "he" | "ur")
}

/// The endings of a name in a Germanic language; its stem would be another word's: "Mal" (German, "time") that of "Mali",
/// and "Boeing" a form of "BoE".
fn endings_of_names(lang: Lang) -> Option<&'static [&'static str]> {
    match lang.as_str() {
        "en" => Some(&["s"]),
        "de" => Some(&["s", "en", "e", "es", "er", "ern", "ers", "in", "innen"]),
        "sv" | "no" | "da" => Some(&["s", "en", "et", "ens", "ets", "ar", "er", "arna", "erna", "erne", "ere"]),
        _ => None,
    }
}

fn insert(trie: &mut trie::Builder, end: End, lang: Lang, name: &Name, (kind, words): (Kind, &[Form])) {
    if words.iter().any(|word| word.shape == Shape::Unspaced || word.plain.chars().any(is_hangul)) {
        return insert_characters(trie, end, words);
    }
    let (last, before) = words.split_last().map_or((None, &[][..]), |(last, before)| (Some(last), before));
    let complete = if name.prefix { before } else { words };
    let prefixes = last.filter(|_| name.prefix).map_or(Vec::new(), |word| prefixes(lang, &word.plain));
    let surfaces: Vec<Vec<u64>> = complete.iter().map(|word| vec![trie::surface(word.hash())]).collect();
    let stems: Vec<Vec<u64>> =
        complete.iter().enumerate().map(|(at, word)| keys_of_word(lang, (name, kind), (at, word))).collect();
    let mut add = |keys: &[Vec<u64>], stem: bool| match prefixes.as_slice() {
        [] => trie.insert(WORDS, keys, None, End { stem, ..end }),
        several => several.iter().for_each(|prefix| trie.insert(WORDS, keys, Some(prefix), End { stem, ..end })),
    };
    add(&surfaces, false);
    // "ברפובליקה": after a small word the article is not written.
    if lang.as_str() == "he" && words.len() > 1 {
        let bare = words[0].plain.strip_prefix('ה').filter(|bare| bare.chars().count() >= 3);
        if let (Some(bare), true) = (bare, !complete.is_empty()) {
            let first = vec![trie::surface(hash(bare))];
            add(&[&[first][..], &surfaces[1..]].concat(), false);
        }
    }
    if stems != surfaces && (stem::has_stems(lang) || lang.is_unknown()) {
        add(&stems, true);
    }
}

/// The first letters under which a word that goes on is met: a Polish or Czech adjective changes its last consonant before
/// the plural of men ("północnokoreański", "północnokoreańscy"; "ruský", "ruští").
fn prefixes(lang: Lang, plain: &str) -> Vec<String> {
    let softened = match lang.as_str() {
        "pl" => plain.strip_suffix('k').filter(|left| left.ends_with(['s', 'c'])).map(|left| format!("{left}cy")),
        "cs" | "sk" => {
            plain.strip_suffix('k').filter(|left| left.ends_with(['s', 'c'])).map(|left| format!("{left}ti"))
        }
        _ => None,
    };
    [Some(plain.to_owned()), softened].into_iter().flatten().collect()
}

/// The keys under which a word of a name is met where forms are forgiven.
fn keys_of_word(lang: Lang, (name, kind): (&Name, Kind), (at, word): (usize, &Form)) -> Vec<u64> {
    let own = trie::surface(word.hash());
    let is_name = (word.shape == Shape::Capital || (is_caseless(lang) && name.words == 1)) && kind.is_proper();
    let fixed = match word.shape {
        Shape::Upper => word.plain.len() <= 6,
        Shape::Number => true,
        // "von der": small words in a name stay as they are.
        Shape::Lower if name.words > 1 && word.plain.chars().count() <= SMALL_WORD_LETTERS_MAX => kind.is_proper(),
        _ => (is_name && names_are_fixed(lang)) || name.case != Case::Folded,
    };
    match endings_of_names(lang).filter(|_| is_name && name.words == 1) {
        // "للموساد": what is left without the small word has no article.
        _ if fixed => word.plain.strip_prefix("ال").map_or(vec![own], |bare| vec![own, trie::surface(hash(bare))]),
        Some(endings) => {
            let after_e = word.plain.ends_with('e').then_some(&"n");
            let endings = endings.iter().chain(after_e);
            let formed = endings.map(|ending| trie::surface(hash(&format!("{}{ending}", word.plain))));
            [own].into_iter().chain(formed).collect()
        }
        None => inflected_keys(lang, word, at),
    }
}

/// A word's stem, its own letters as the stem of another form ("Ирану" is cut to "иран", "Иран" to "ира"), and the forms
/// that its ending lets expect.
fn inflected_keys(lang: Lang, word: &Form, at: usize) -> Vec<u64> {
    let stem = stem::stem(stem_language(lang), &word.folded);
    let mut keys = vec![trie::surface(word.hash()), trie::stem(hash(&word.folded))];
    if stem == word.folded || stem.chars().count() >= STEM_LETTERS_MIN {
        keys.push(trie::stem(hash(&stem)));
    }
    // All forms of three words are three thousand ways.
    if at < INFLECTED_WORDS_MAX {
        keys.extend(inflect::forms(lang, &word.plain).map(|form| trie::surface(hash(&form))));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Names with characters of Chinese, Japanese, Korean, Thai … are spelled character by character, with and without the
/// spaces that a writer may leave out.
fn insert_characters(trie: &mut trie::Builder, end: End, words: &[Form]) {
    let mut spelled = String::new();
    for (at, word) in words.iter().enumerate() {
        if at > 0 && words[at - 1].end < word.start {
            spelled.push(' ');
        }
        spelled.push_str(&word.plain);
    }
    let keys = |text: &str| text.chars().map(|char| vec![trie::character(char)]).collect::<Vec<_>>();
    trie.insert(CHARACTERS, &keys(&spelled), None, end);
    if spelled.contains(' ') {
        trie.insert(CHARACTERS, &keys(&spelled.replace(' ', "")), None, end);
    }
}
