//! What changes the texts of answers while they pass: the model's words, and the arguments of its calls. The same filter sees
//! whole answers and streams, forwarded and translated.

/// Changes texts piece by piece, and may hold some of a text back until more of it has come.
///
/// A text comes out the same however it is cut into pieces: streams say some texts again as a whole.
pub trait TextFilter: Send {
    /// Takes the next piece of a text, and appends what may pass now.
    fn piece(&mut self, of: TextOf, piece: &str, out: &mut String);

    /// The text is over: appends what was held back of it.
    fn end(&mut self, of: TextOf, out: &mut String);
}

/// Which text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TextOf {
    /// No other text that is open has this number.
    pub block: usize,
    /// What it is.
    pub kind: TextKind,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextKind {
    /// Words of the model, refusals included.
    Words,
    /// A call's arguments: JSON, which has to stay JSON, or a custom tool's text.
    Arguments,
}

impl TextOf {
    /// Words of the model.
    pub const fn words(block: usize) -> Self {
        Self { block, kind: TextKind::Words }
    }

    /// A call's arguments.
    pub const fn arguments(block: usize) -> Self {
        Self { block, kind: TextKind::Arguments }
    }
}

impl dyn TextFilter + '_ {
    /// A whole text, if it comes out as another one.
    pub fn whole(&mut self, of: TextOf, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        self.piece(of, text, &mut out);
        self.end(of, &mut out);
        (out != text).then_some(out)
    }
}
