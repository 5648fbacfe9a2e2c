use crate::dialect::messages::{citation, thinking};
use crate::dialect::neutral::{AnswerEvent, BlockStart, Delta, ToolName};
use crate::json::{Fields, Raw};

/// A content block of the upstream that is open.
pub struct Block {
    number: usize,
    kind: UpstreamBlock,
}

/// What the block is, and what has to be remembered of it until it is whole.
pub enum UpstreamBlock {
    /// Text.
    Text,
    /// Thinking, with its text and signature so far.
    Thinking {
        /// Its text.
        text: String,
        /// Its signature.
        signature: String,
    },
    /// Thinking that only the vendor can read; the whole block.
    Redacted(String),
    /// A call.
    Call {
        /// Its id.
        id: String,
        /// The tool.
        name: String,
        /// An input that stood in the block's start; pieces that follow replace it.
        input: Option<String>,
    },
    /// What the vendor's own tools do.
    Ignored,
}

impl UpstreamBlock {
    /// What begins there; `None`: something that is left out.
    pub fn of_start(kind: &str, content: &Raw<'_>, fields: &mut Fields<'_>) -> Option<Self> {
        match kind {
            "text" => Some(Self::Text),
            "thinking" => Some(Self::thinking()),
            "redacted_thinking" => Some(Self::Redacted(content.as_str().to_owned())),
            "tool_use" => Some(Self::Call {
                id: fields.take_string("id").unwrap_or_default().into_owned(),
                name: fields.take_string("name").unwrap_or_default().into_owned(),
                input: fields.take("input").map(|it| it.as_str().to_owned()).filter(|it| it != "{}"),
            }),
            _ => None,
        }
    }

    /// The block that a delta can open by itself.
    pub fn of_delta(kind: &str) -> Option<Self> {
        match kind {
            "text_delta" | "citations_delta" => Some(Self::Text),
            "thinking_delta" | "signature_delta" => Some(Self::thinking()),
            _ => None,
        }
    }

    const fn thinking() -> Self {
        Self::Thinking { text: String::new(), signature: String::new() }
    }
}

impl Block {
    /// Opens a block.
    pub fn open(number: usize, kind: UpstreamBlock, out: &mut Vec<AnswerEvent>) -> Self {
        let start = match &kind {
            UpstreamBlock::Text | UpstreamBlock::Ignored => BlockStart::Text,
            UpstreamBlock::Thinking { .. } | UpstreamBlock::Redacted(_) => BlockStart::Reasoning,
            UpstreamBlock::Call { id, name, .. } => {
                BlockStart::ToolCall { id: id.clone(), name: ToolName::function(name.clone()) }
            }
        };
        out.push(AnswerEvent::Open { block: number, start });
        Self { number, kind }
    }

    /// A block that is left out.
    pub const fn ignored() -> Self {
        Self { number: 0, kind: UpstreamBlock::Ignored }
    }

    /// It is left out.
    pub const fn is_ignored(&self) -> bool {
        matches!(self.kind, UpstreamBlock::Ignored)
    }

    /// Deltas of such a block fit into it.
    pub const fn takes(&self, other: &UpstreamBlock) -> bool {
        matches!(
            (&self.kind, other),
            (UpstreamBlock::Text, UpstreamBlock::Text)
                | (UpstreamBlock::Thinking { .. }, UpstreamBlock::Thinking { .. })
        )
    }

    /// What servers put into a block's start already.
    pub fn first_pieces(&mut self, mut start: Fields<'_>, out: &mut Vec<AnswerEvent>) {
        let pieces: &[(&str, &str)] = match self.kind {
            UpstreamBlock::Text => &[("text", "text_delta")],
            UpstreamBlock::Thinking { .. } => &[("thinking", "thinking_delta"), ("signature", "signature_delta")],
            _ => &[],
        };
        for (field, kind) in pieces {
            if let Some(piece) = start.take_string(field) {
                self.piece(kind, &piece, out);
            }
        }
        for citation in start.take_elements("citations") {
            self.cite(&citation, out);
        }
    }

    /// Takes a delta; tells whether anything of it was lost.
    pub fn delta(&mut self, kind: &str, mut delta: Fields<'_>, out: &mut Vec<AnswerEvent>) -> bool {
        let field = match kind {
            "citations_delta" => return delta.take("citation").is_none_or(|it| self.cite(&it, out)),
            "text_delta" => "text",
            "thinking_delta" => "thinking",
            "signature_delta" => "signature",
            "input_json_delta" => "partial_json",
            _ => return self.is_ignored(),
        };
        let piece = delta.take_string(field).unwrap_or_default();
        self.piece(kind, &piece, out)
    }

    fn piece(&mut self, kind: &str, piece: &str, out: &mut Vec<AnswerEvent>) -> bool {
        if piece.is_empty() {
            return true;
        }
        let delta = match (kind, &mut self.kind) {
            ("text_delta", UpstreamBlock::Text) => Delta::Text(piece.to_owned()),
            ("thinking_delta", UpstreamBlock::Thinking { text, .. }) => {
                text.push_str(piece);
                Delta::Reasoning { part: 0, text: piece.to_owned() }
            }
            ("signature_delta", UpstreamBlock::Thinking { signature, .. }) => {
                signature.push_str(piece);
                return true;
            }
            ("input_json_delta", UpstreamBlock::Call { input, .. }) => {
                *input = None;
                Delta::Arguments(piece.to_owned())
            }
            (_, UpstreamBlock::Ignored) => return true,
            _ => return false,
        };
        out.push(AnswerEvent::Delta { block: self.number, delta });
        true
    }

    fn cite(&self, citation: &Raw<'_>, out: &mut Vec<AnswerEvent>) -> bool {
        let Some(annotation) = citation::read(citation) else { return self.is_ignored() };
        let delta = Delta::Annotation(annotation.into_owned());
        out.push(AnswerEvent::Delta { block: self.number, delta });
        true
    }

    /// Ends the block: what had to be whole is told now.
    pub fn close(self, out: &mut Vec<AnswerEvent>) {
        let block = self.number;
        let last = match self.kind {
            UpstreamBlock::Ignored => return,
            UpstreamBlock::Thinking { text, signature } if !signature.is_empty() => {
                Some(Delta::Artefact(thinking::artefact(None, thinking::block(&text, &signature).into())))
            }
            UpstreamBlock::Redacted(raw) => Some(Delta::Artefact(thinking::artefact(None, raw.into()))),
            UpstreamBlock::Call { input, .. } => input.map(Delta::Arguments),
            UpstreamBlock::Text | UpstreamBlock::Thinking { .. } => None,
        };
        out.extend(last.map(|delta| AnswerEvent::Delta { block, delta }));
        out.push(AnswerEvent::Close { block });
    }
}
