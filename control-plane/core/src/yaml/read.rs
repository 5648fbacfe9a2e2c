use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use crate::problem::MAX_PROBLEMS;
use crate::{Problem, Severity};

/// The largest text that is read, in bytes.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// The deepest nesting; the document itself needs ten levels.
const MAX_DEPTH: usize = 64;
/// The most nodes, and the most bytes in them, once every alias is replaced by what it stands for.
const MAX_NODES: usize = 1_000_000;
const MAX_EXPANDED_BYTES: usize = 4 * MAX_BYTES;

/// The longest key, in bytes: paths are made of keys.
const MAX_KEY: usize = 512;

/// A place in a text; lines and columns from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub line: usize,
    pub column: usize,
}

impl From<Marker> for Mark {
    fn from(marker: Marker) -> Self {
        // The parser counts columns from 0.
        Self { line: marker.line(), column: marker.col() + 1 }
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct YamlNode {
    pub at: Mark,
    pub kind: YamlKind,
}

#[derive(Clone, Debug)]
pub(crate) enum YamlKind {
    /// `plain`: not quoted, so its type follows from its text.
    Scalar {
        text: String,
        plain: bool,
    },
    Sequence(Vec<YamlNode>),
    /// No key twice.
    Mapping(Vec<(YamlKey, YamlNode)>),
}

#[derive(Clone, Debug)]
pub(crate) struct YamlKey {
    pub at: Mark,
    pub text: String,
}

/// What was read.
pub(crate) struct Read {
    /// `None`: there is nothing in it.
    pub root: Option<YamlNode>,
    /// Keys that appear twice; the first one counts.
    pub problems: Vec<Problem>,
}

/// Reads one YAML document. Fails where it cannot be read on.
pub(crate) fn read(text: &str) -> Result<Read, Vec<Problem>> {
    let start = Mark { line: 1, column: 1 };
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes; at most {MAX_BYTES} are read", text.len());
        return Err(vec![error(start, message)]);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = YamlReader {
        events: Parser::new_from_str(text),
        anchors: HashMap::new(),
        problems: Vec::new(),
        size: Size::default(),
    };
    match reader.document() {
        Ok(root) => Ok(Read { root, problems: reader.problems }),
        Err(problem) => {
            reader.problems.push(problem);
            Err(reader.problems)
        }
    }
}

/// How much a node holds.
#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    bytes: usize,
    height: usize,
}

struct YamlReader<'a> {
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: HashMap<usize, (YamlNode, Size)>,
    problems: Vec<Problem>,
    /// Of everything read so far.
    size: Size,
}

impl<'a> YamlReader<'a> {
    fn document(&mut self) -> Result<Option<YamlNode>, Problem> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root),
                Event::DocumentStart(_) if root.is_some() => {
                    return Err(error(
                        span.start.into(),
                        "a second document starts here; a configuration is one".into(),
                    ));
                }
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                event => root = Some(self.node(event, span, 1)?.0),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Problem> {
        match self.events.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(fault)) => Err(error((*fault.marker()).into(), explain(fault.info()))),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    /// Reads the node that an event begins. `depth` counts from 1 and is bounded, and so is the recursion.
    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<(YamlNode, Size), Problem> {
        let at = Mark::from(span.start);
        if let Event::Alias(anchor) = event {
            return self.alias(anchor, at, depth);
        }
        self.grow(Size { nodes: 1, bytes: 0, height: 1 }, at, depth)?;
        let (kind, size, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                refuse_tag(tag.is_some(), at)?;
                self.grow(Size { nodes: 0, bytes: text.len(), height: 0 }, at, depth)?;
                let size = Size { nodes: 1, bytes: text.len(), height: 1 };
                (YamlKind::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain }, size, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                refuse_tag(tag.is_some(), at)?;
                let (items, size) = self.sequence(depth)?;
                (YamlKind::Sequence(items), size, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                refuse_tag(tag.is_some(), at)?;
                let (entries, size) = self.mapping(depth)?;
                (YamlKind::Mapping(entries), size, anchor)
            }
            _ => return Err(error(at, "a value is expected here".into())),
        };
        let node = YamlNode { at, kind };
        if anchor > 0 {
            // It is kept once more, to stand wherever an alias names it.
            self.grow(size, at, depth)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok((node, size))
    }

    fn sequence(&mut self, depth: usize) -> Result<(Vec<YamlNode>, Size), Problem> {
        let mut items = Vec::new();
        let mut size = Size { nodes: 1, bytes: 0, height: 1 };
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok((items, size));
            }
            let (item, of_item) = self.node(event, span, depth + 1)?;
            size.contain(of_item);
            items.push(item);
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<(Vec<(YamlKey, YamlNode)>, Size), Problem> {
        let mut entries = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        let mut size = Size { nodes: 1, bytes: 0, height: 1 };
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok((entries, size));
            }
            let (key, of_key) = self.node(event, span, depth + 1)?;
            size.contain(of_key);
            let YamlKind::Scalar { text, .. } = key.kind else {
                return Err(error(key.at, "a key must be a name, not a list or a mapping".into()));
            };
            if text.len() > MAX_KEY {
                return Err(error(key.at, format!("a key of {} bytes; at most {MAX_KEY} are read", text.len())));
            }
            let (event, span) = self.next()?;
            let (value, of_value) = self.node(event, span, depth + 1)?;
            size.contain(of_value);
            if seen.insert(text.clone()) {
                entries.push((YamlKey { at: key.at, text }, value));
            } else if self.problems.len() < MAX_PROBLEMS {
                self.problems.push(error(key.at, format!("the key `{text}` appears twice in the same mapping")));
            }
        }
    }

    fn alias(&mut self, anchor: usize, at: Mark, depth: usize) -> Result<(YamlNode, Size), Problem> {
        // An anchor is known once its node is complete, so a node cannot contain itself.
        let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
            return Err(error(at, "this alias stands inside what it stands for".into()));
        };
        self.grow(size, at, depth)?;
        Ok((node, size))
    }

    fn grow(&mut self, by: Size, at: Mark, depth: usize) -> Result<(), Problem> {
        self.size.nodes += by.nodes;
        self.size.bytes += by.bytes;
        if depth + by.height.saturating_sub(1) > MAX_DEPTH {
            return Err(error(at, too_deep()));
        }
        if self.size.nodes > MAX_NODES || self.size.bytes > MAX_EXPANDED_BYTES {
            return Err(error(at, "with its aliases replaced the file becomes too large".into()));
        }
        Ok(())
    }
}

impl Size {
    fn contain(&mut self, inner: Self) {
        self.nodes += inner.nodes;
        self.bytes += inner.bytes;
        self.height = self.height.max(inner.height + 1);
    }
}

fn refuse_tag(tagged: bool, at: Mark) -> Result<(), Problem> {
    if tagged {
        return Err(error(at, "tags (`!…`) are not used here; put text in quotes instead".into()));
    }
    Ok(())
}

/// The parser's words, with advice for what happens most.
fn explain(info: &str) -> String {
    if info.contains("recursion limit") {
        return too_deep();
    }
    let advice = if info.contains("tab") {
        "; indent with spaces"
    } else if info.contains("simple key") || info.contains("mapping values are not allowed") {
        "; check the indentation, and the space after `:`"
    } else {
        ""
    };
    format!("this is not YAML: {info}{advice}")
}

fn too_deep() -> String {
    format!("this is nested more than {MAX_DEPTH} levels deep")
}

fn error(at: Mark, message: String) -> Problem {
    Problem { severity: Severity::Error, line: at.line, column: at.column, path: String::new(), message }
}
