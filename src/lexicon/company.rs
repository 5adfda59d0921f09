//! What do its neighbours say of a doubtful name?
//!
//! In: a document, the hits that stand in it, and which of them are in doubt. Out: for a doubtful one, what speaks for its
//! reading less what speaks against it: sure names of kin, and its concept's cues. Near is the same sentence, far the
//! rest of the item. It takes no decision.

use super::concept::Cue;
use super::tag::Hit;
use super::{ConceptIx, Document, Lexicon, Token};
use crate::text::bits::Bits;
use crate::text::lang::Lang;

/// What a cue in the same sentence weighs, and elsewhere in the item.
const NEAR: f32 = 1.0;
const FAR: f32 = 0.5;
/// Words of the filter of words: 1 kB.
const WORDS: usize = 1 << 7;

/// The names and words around doubtful hits.
pub(super) struct Company<'a> {
    lexicon: &'a Lexicon,
    document: &'a Document,
    others: Vec<Other>,
    /// The concepts of all, and of the sure ones, with those that they mention too; and what the sure ones have to do with.
    named: Concepts,
    sure: Concepts,
    related: Concepts,
    /// The keys of all words: most cues are not in most texts.
    words: Bits<WORDS>,
    /// The keys of cue words' stems in the document's language.
    stems: &'a [u64],
    is_ascii: bool,
}

/// Concepts, as a filter: most readings have no kin in most texts.
type Concepts = Bits<{ 1 << 5 }>;

fn key(ix: ConceptIx) -> u64 {
    u64::from(ix.0).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

/// A name in the document.
struct Other {
    concept: ConceptIx,
    first: u32,
    last: u32,
    sure: bool,
}

impl<'a> Company<'a> {
    /// Of the hits, each with whether it is in doubt.
    pub fn of(lexicon: &'a Lexicon, document: &'a Document, lang: Lang, (hits, doubtful): (&[Hit], &[bool])) -> Self {
        let (mut named, mut sure, mut related) = (Concepts::default(), Concepts::default(), Concepts::default());
        for (hit, doubtful) in hits.iter().zip(doubtful) {
            let concept = lexicon.concept(hit.concept);
            let all = || concept.ancestors.iter().chain([&hit.concept]).map(|ix| key(*ix));
            all().for_each(|key| named.add(key));
            if !doubtful {
                all().for_each(|key| sure.add(key));
                concept.related.iter().for_each(|ix| related.add(key(*ix)));
            }
        }
        let other = |(hit, doubtful): (&Hit, &bool)| Other {
            concept: hit.concept,
            first: hit.first,
            last: hit.last,
            sure: !doubtful,
        };
        Self {
            lexicon,
            document,
            others: hits.iter().zip(doubtful).map(other).collect(),
            named,
            sure,
            related,
            words: document.tokens.iter().flat_map(|token| [token.hash, token.stem]).collect(),
            stems: lexicon.0.cue_words.stems(lang),
            is_ascii: document.folded.is_ascii(),
        }
    }

    /// Whether another name starts at a word.
    pub fn starts_at(&self, token: u32) -> bool {
        self.others.iter().any(|other| other.first == token)
    }

    /// What speaks for the reading less what speaks against it.
    pub fn weight(&self, hit: &Hit) -> f32 {
        let (ix, concept) = (hit.concept, self.lexicon.concept(hit.concept));
        let cues = |cues: &[Cue]| cues.iter().map(|cue| self.cue(hit, cue)).sum::<f32>();
        let has_kin = self.sure.may_have(key(ix))
            || self.related.may_have(key(ix))
            || concept.related.iter().any(|ix| self.sure.may_have(key(*ix)));
        let is_kin = |other: &Other| {
            other.sure
                && (self.lexicon.covers(ix, other.concept)
                    || self.lexicon.concept(other.concept).related.contains(&ix)
                    || concept.related.contains(&other.concept))
        };
        let kin = if has_kin { self.nearest(hit, is_kin) } else { 0.0 };
        kin + cues(&concept.context) - cues(&concept.against)
    }

    fn cue(&self, hit: &Hit, cue: &Cue) -> f32 {
        match cue {
            Cue::Concept(ix) if !self.named.may_have(key(*ix)) => 0.0,
            Cue::Concept(ix) => self.nearest(hit, |other| self.lexicon.covers(*ix, other.concept)),
            Cue::Text(text) if !self.is_ascii && self.document.folded.contains(text.as_str()) => NEAR,
            Cue::Text(_) => 0.0,
            Cue::Words(words) => self.words(hit, words),
        }
    }

    /// What the nearest of some other names weighs.
    fn nearest(&self, hit: &Hit, counts: impl Fn(&Other) -> bool) -> f32 {
        let apart = |other: &&Other| other.first >= hit.last || hit.first >= other.last;
        let counted = self.others.iter().filter(apart).filter(|other| counts(other));
        counted.map(|other| self.nearness(hit, other.first)).fold(0.0, f32::max)
    }

    fn words(&self, hit: &Hit, words: &[u32]) -> f32 {
        let keys = |&word: &u32| (self.lexicon.0.cue_words.surface(word), self.stems[word as usize]);
        if !words.iter().map(keys).all(|(surface, stem)| self.words.may_have(surface) || self.words.may_have(stem)) {
            return 0.0;
        }
        let is_word = |(token, word): (&Token, &u32)| {
            let (surface, stem) = keys(word);
            token.hash == surface || token.stem == stem
        };
        let windows = self.document.tokens.windows(words.len()).enumerate();
        let places = windows.filter(|(_, window)| window.iter().zip(words).all(is_word));
        places.map(|(at, _)| self.nearness(hit, at as u32)).fold(0.0, f32::max)
    }

    fn nearness(&self, hit: &Hit, token: u32) -> f32 {
        let tokens = &self.document.tokens;
        if tokens[hit.first as usize].sentence == tokens[token as usize].sentence { NEAR } else { FAR }
    }
}
