use crate::json::{Fields, Kind};

/// What an output item holds that a client could show or use.
#[derive(Default)]
pub struct ItemContent {
    /// It is of a kind that says nothing by itself.
    pub is_bare: bool,
    says: bool,
}

impl ItemContent {
    /// An item that is at hand.
    pub fn of(item: &Fields<'_>) -> Self {
        let is_bare = item.get("type").and_then(|it| it.string()).is_some_and(|it| is_bare(&it));
        let mut content = Self { is_bare, says: false };
        for (name, value) in item.iter() {
            content.field(name, value.kind(), value.as_str().len());
        }
        content
    }

    /// A field of it: words, reasoning, arguments, the name of what is called.
    pub fn field(&mut self, name: &str, kind: Kind, length: usize) {
        let filled = matches!(kind, Kind::String | Kind::Array) && length > "\"\"".len();
        self.says |= filled && matches!(name, "content" | "summary" | "name" | "arguments" | "input");
    }

    /// Something is in it. A call of a tool of the vendor's is named by its kind.
    pub const fn says(&self) -> bool {
        self.says || !self.is_bare
    }
}

/// Items of this kind begin empty.
pub fn is_bare(kind: &str) -> bool {
    matches!(kind, "message" | "reasoning" | "function_call" | "custom_tool_call")
}

/// Whether a field of a part holds words.
pub fn is_words(name: &str, kind: Kind, length: usize) -> bool {
    matches!(name, "text" | "refusal") && kind == Kind::String && length > "\"\"".len()
}
