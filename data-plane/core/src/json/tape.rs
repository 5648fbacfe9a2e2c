use super::{InvalidBody, Reader, escape::Escapes};

/// How deep values are taken down: as deep as readers look. What lies deeper, such as the schemas of tools, is validated,
/// and read again in the rare case that somebody asks.
const LEVELS: u32 = 8;

/// Where the values of a document stand, in their order, each before those inside it: what one pass over the bytes has
/// found, so that nobody needs another one.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tape {
    nodes: Vec<TapeNode>,
}

/// A value, or the name of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TapeNode {
    start: u32,
    end: u32,
    /// Where the tape goes on behind all that is inside.
    next: u32,
    /// Of a string.
    pub escapes: Escapes,
    /// What is inside was taken down, too.
    pub open: bool,
}

impl TapeNode {
    /// Where the value stands.
    pub fn span(&self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl Tape {
    /// A tape for a document of that length, or none: its places are counted in 32 bits.
    pub fn for_document(bytes: usize) -> Option<Self> {
        u32::try_from(bytes).ok().map(|_| Self { nodes: Vec::with_capacity(16 + bytes / 64) })
    }

    /// A node.
    pub fn node(&self, at: u32) -> TapeNode {
        self.nodes[at as usize]
    }

    /// The nodes directly inside that one: elements; or names and values, in turn.
    pub fn inside(&self, at: u32) -> impl Iterator<Item = (u32, TapeNode)> {
        let (mut next, end) = (at + 1, self.node(at).next);
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let (at, node) = (next, self.node(next));
                next = node.next;
                (at, node)
            })
        })
    }

    fn begin(&mut self, start: usize) -> usize {
        let node = TapeNode { start: start as u32, end: 0, next: 0, escapes: Escapes::None, open: false };
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn end(&mut self, node: usize, end: usize) -> &mut TapeNode {
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[node];
        (node.end, node.next) = (end as u32, next);
        node
    }
}

impl Reader<'_> {
    /// Takes the next value down, with what is inside it.
    pub(super) fn record(&mut self, tape: &mut Tape) -> Result<(), InvalidBody> {
        self.record_below(tape, 0)
    }

    fn record_below(&mut self, tape: &mut Tape, level: u32) -> Result<(), InvalidBody> {
        self.skip_space();
        let node = tape.begin(self.at);
        match self.bytes.get(self.at) {
            Some(b'"') => {
                let escapes = self.pass_string()?;
                tape.end(node, self.at).escapes = escapes;
            }
            Some(b'{') if level < LEVELS => {
                self.record_inside(tape, level, b'}')?;
                tape.end(node, self.at).open = true;
            }
            Some(b'[') if level < LEVELS => {
                self.record_inside(tape, level, b']')?;
                tape.end(node, self.at).open = true;
            }
            _ => {
                self.skip()?;
                tape.end(node, self.at);
            }
        }
        Ok(())
    }

    fn record_inside(&mut self, tape: &mut Tape, level: u32, bracket: u8) -> Result<(), InvalidBody> {
        self.enter()?;
        self.at += 1;
        let mut more = !self.close(bracket);
        while more {
            if bracket == b'}' {
                self.skip_space();
                let name = tape.begin(self.at);
                let escapes = self.pass_name()?;
                tape.end(name, self.at).escapes = escapes;
                self.colon()?;
            }
            self.record_below(tape, level + 1)?;
            more = self.more(bracket)?;
        }
        self.depth -= 1;
        Ok(())
    }
}
