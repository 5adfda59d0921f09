//! What is the tree of an HTML page, whatever the page does to prevent that?
//!
//! In: a page's text. Out: its tree, built by `html5ever` under bounds: attributes of one tag, elements, depth, work. Every
//! HTML parser of ours is behind this gate, because `html5ever` takes square time in depth and in attributes, and what
//! reads trees recurses. Where a bound is met the tree ends there, and that is said. It selects nothing.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use html5ever::driver::{ParseOpts, parse_document};
use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, QualName};
use memchr::memchr;
use scraper::{Html, HtmlTreeSink};

type NodeId = <HtmlTreeSink as TreeSink>::Handle;

/// Longer pages are read up to here.
pub const PAGE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Elements and comments of one page; large front pages have ten thousand.
const NODES_MAX: usize = 100_000;
/// Elements inside each other; browsers stop at 512.
const DEPTH_MAX: u32 = 512;
/// Looks at open elements while the tree is built: some hundred thousand for a large page, 30 ms at the bound.
const LOOKS_MAX: usize = 5_000_000;
/// Attributes of one tag: `html5ever` compares each with all before it. Busy tags have thirty.
const ATTRIBUTES_MAX: usize = 128;
/// The text goes in by pieces so large, and the bounds are looked at after each.
const PIECE_BYTES: usize = 4_096;

/// A page's tree.
pub struct Tree {
    pub html: Html,
    /// A bound was met: the page goes on, the tree does not.
    pub is_cut: bool,
}

/// Builds the tree of a page.
pub fn build(text: &str) -> Tree {
    let whole = text.len();
    let text = &text[..text.floor_char_boundary(PAGE_BYTES_MAX)];
    let mut is_cut = text.len() < whole;
    let text = without_floods(text);
    let mut parser = parse_document(Gate::new(), ParseOpts::default());
    let mut rest = text.as_ref();
    while !rest.is_empty() {
        if parser.tokenizer.sink.sink.is_full() {
            is_cut = true;
            break;
        }
        let (piece, later) = rest.split_at(rest.ceil_char_boundary(PIECE_BYTES.min(rest.len())));
        parser.process(StrTendril::from_slice(piece));
        rest = later;
    }
    Tree { html: parser.finish(), is_cut }
}

/// The same text, in which no tag has more attributes than [`ATTRIBUTES_MAX`]: what would begin one that has is no tag any
/// more. Whether a `<` begins a tag depends on what stands before it, so that each is treated as if it did.
fn without_floods(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut quotes = [Quote::new(b'"'), Quote::new(b'\'')];
    let mut floods = Vec::new();
    let mut at = 0;
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        at += found + 1;
        if bytes.get(at).is_some_and(u8::is_ascii_alphabetic) && has_too_many_attributes(bytes, at, &mut quotes) {
            floods.push(at - 1);
        }
    }
    if floods.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut calm = String::with_capacity(text.len());
    let mut from = 0;
    for flood in floods {
        calm.push_str(&text[from..flood]);
        calm.push(' ');
        from = flood + 1;
    }
    calm.push_str(&text[from..]);
    Cow::Owned(calm)
}

/// Counts the attributes of the tag whose name begins at `at`, as the tokenizer would see them.
fn has_too_many_attributes(bytes: &[u8], mut at: usize, quotes: &mut [Quote; 2]) -> bool {
    let is_space = |byte: u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c');
    let ends_name = |byte: u8| is_space(byte) || matches!(byte, b'/' | b'>');
    let skip = |from: usize, while_true: &dyn Fn(u8) -> bool| {
        from + bytes[from..].iter().take_while(|byte| while_true(**byte)).count()
    };
    at = skip(at, &|byte| !ends_name(byte));
    for _ in 0..=ATTRIBUTES_MAX {
        at = skip(at, &|byte| is_space(byte) || byte == b'/');
        match bytes.get(at) {
            None | Some(b'>') => return false,
            // An equals sign that begins a name belongs to it.
            Some(_) => at = skip(at + 1, &|byte| !ends_name(byte) && byte != b'='),
        }
        let value = skip(at, &is_space);
        if bytes.get(value) != Some(&b'=') {
            continue;
        }
        at = skip(value + 1, &is_space);
        at = match bytes.get(at) {
            Some(b'"') => quotes[0].after(bytes, at + 1),
            Some(b'\'') => quotes[1].after(bytes, at + 1),
            Some(b'>') => return false,
            _ => skip(at, &|byte| !is_space(byte) && byte != b'>'),
        };
    }
    true
}

/// Where a quote comes next; remembered, so that a text full of tags with one quote each is not searched again and again.
struct Quote {
    byte: u8,
    from: usize,
    next: usize,
}

impl Quote {
    fn new(byte: u8) -> Self {
        Self { byte, from: 0, next: 0 }
    }

    /// The place behind the first quote at or after `at`; the end where there is none.
    fn after(&mut self, bytes: &[u8], at: usize) -> usize {
        if !(self.from..=self.next).contains(&at) || self.next == 0 {
            self.from = at;
            self.next = memchr(self.byte, &bytes[at..]).map_or(bytes.len(), |found| at + found);
        }
        (self.next + 1).min(bytes.len())
    }
}

/// Hands everything on to the tree and counts.
struct Gate {
    tree: HtmlTreeSink,
    nodes: Cell<usize>,
    looks: Cell<usize>,
    deepest: Cell<u32>,
    depths: RefCell<HashMap<NodeId, u32>>,
}

impl Gate {
    fn new() -> Self {
        Self {
            tree: HtmlTreeSink::new(Html::new_document()),
            nodes: Cell::new(0),
            looks: Cell::new(0),
            deepest: Cell::new(0),
            depths: RefCell::default(),
        }
    }

    fn is_full(&self) -> bool {
        self.nodes.get() >= NODES_MAX || self.looks.get() >= LOOKS_MAX || self.deepest.get() >= DEPTH_MAX
    }

    fn look(&self) {
        self.looks.set(self.looks.get() + 1);
    }

    /// A node was put below another.
    fn place(&self, parent: NodeId, child: &NodeOrText<NodeId>) {
        let NodeOrText::AppendNode(child) = child else { return };
        let mut depths = self.depths.borrow_mut();
        let depth = depths.get(&parent).copied().unwrap_or(0) + 1;
        depths.insert(*child, depth);
        self.deepest.set(self.deepest.get().max(depth));
    }

    fn parent_of(&self, node: NodeId) -> Option<NodeId> {
        Some(self.tree.0.borrow().tree.get(node)?.parent()?.id())
    }
}

impl TreeSink for Gate {
    type Handle = NodeId;
    type Output = Html;
    type ElemName<'a> = std::cell::Ref<'a, QualName>;

    fn finish(self) -> Html {
        self.tree.finish()
    }

    /// Pages are full of errors; nobody reads them.
    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> NodeId {
        self.tree.get_document()
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Self::ElemName<'a> {
        self.look();
        self.tree.elem_name(target)
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> NodeId {
        self.nodes.set(self.nodes.get() + 1);
        self.tree.create_element(name, attributes, flags)
    }

    fn create_comment(&self, _: StrTendril) -> NodeId {
        self.nodes.set(self.nodes.get() + 1);
        self.tree.create_comment(StrTendril::new())
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> NodeId {
        self.nodes.set(self.nodes.get() + 1);
        self.tree.create_pi(StrTendril::new(), StrTendril::new())
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        self.place(*parent, &child);
        self.tree.append(parent, child);
    }

    fn append_based_on_parent_node(&self, element: &NodeId, previous: &NodeId, child: NodeOrText<NodeId>) {
        self.place(self.parent_of(*element).unwrap_or(*previous), &child);
        self.tree.append_based_on_parent_node(element, previous, child);
    }

    fn append_doctype_to_document(&self, name: StrTendril, public_id: StrTendril, system_id: StrTendril) {
        self.tree.append_doctype_to_document(name, public_id, system_id);
    }

    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        let contents = self.tree.get_template_contents(target);
        self.place(*target, &NodeOrText::AppendNode(contents));
        contents
    }

    fn same_node(&self, one: &NodeId, other: &NodeId) -> bool {
        self.look();
        self.tree.same_node(one, other)
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.tree.set_quirks_mode(mode);
    }

    fn append_before_sibling(&self, sibling: &NodeId, new: NodeOrText<NodeId>) {
        if let Some(parent) = self.parent_of(*sibling) {
            self.place(parent, &new);
        }
        self.tree.append_before_sibling(sibling, new);
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attributes: Vec<Attribute>) {
        self.tree.add_attrs_if_missing(target, attributes);
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.tree.remove_from_parent(target);
    }

    fn reparent_children(&self, node: &NodeId, new_parent: &NodeId) {
        self.look();
        self.tree.reparent_children(node, new_parent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Enough to show square time, without the patience that a whole page takes in a debug build.
    const BYTES: usize = 128 * 1024;

    /// Each of these would take from seconds to minutes without the gate.
    #[test]
    fn hostile_pages_cost_bounded_work() {
        for piece in [
            "<div>",
            "<b>",
            "<blockquote>",
            "<table><td>",
            "<a href=x>",
            "<p><b>",
            "<svg>",
            "<select><option>",
            "<font>",
            "<template>",
            "<b><b><b><b><div></b></b></b></b>",
            "<span><div></span>",
            "<form><nobr>",
            "</p>",
            "<li>",
            "<!-->",
            "<table>x",
            "<button><p>",
        ] {
            let tree = build(&piece.repeat(BYTES / piece.len()));
            assert!(tree.html.tree.values().count() < 4 * NODES_MAX, "{piece}");
        }
        let many: String = (0..20_000).map(|number| format!(" a{number}=\"\"")).collect();
        build(&format!("<p{many}>x</p>"));
        let apart: String = (0..20_000).map(|number| format!("<b a{number}>")).collect();
        assert!(build(&apart).is_cut);
        let revived: String = (0..400).map(|number| format!("<b a{number}>")).collect();
        assert!(build(&format!("<p>{revived}{}", "<p>x".repeat(20_000))).is_cut);
        for piece in ["<a x=\"", "<a x='\"", "<a <a ", "<a =", "<a x=\"\" <a x='"] {
            build(&piece.repeat(BYTES / piece.len()));
        }
    }

    #[test]
    fn only_floods_are_calmed() {
        let page = "<p a=1 b='>' c=\"<\" d>x</p><script>if (a<b && c=\"</script><i>";
        assert!(matches!(without_floods(page), Cow::Borrowed(_)));
        let flood = format!("<i><p x=\"{}\"{}>", "long ".repeat(200), " a".repeat(ATTRIBUTES_MAX));
        let calm = without_floods(&flood).into_owned();
        assert!(calm.starts_with("<i> p x=") && calm.len() == flood.len());
        assert!(matches!(without_floods(&format!("<p{}>", " a".repeat(ATTRIBUTES_MAX))), Cow::Borrowed(_)));
    }
}
