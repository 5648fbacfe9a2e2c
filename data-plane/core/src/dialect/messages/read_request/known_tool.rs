//! Anthropic's own tools that the caller runs: its models know their schemas by heart, others are told of them as functions.

/// What a model is told of a tool.
pub struct KnownTool {
    /// In words.
    pub description: &'static str,
    /// What it takes, a JSON Schema.
    pub schema: &'static str,
}

const BASH: KnownTool = KnownTool {
    description: "Run commands in a bash shell. The session keeps its state between commands.",
    schema: r#"{"type":"object","properties":{"command":{"type":"string","description":"The bash command to run. Required unless the tool is being restarted."},"restart":{"type":"boolean","description":"True restarts the session."}}}"#,
};

const TEXT_EDITOR: KnownTool = KnownTool {
    description: "View, create and edit text files. `view` shows a file (with `view_range`, a part of it) or a directory; `create` \
                  writes a file with `file_text`; `str_replace` replaces `old_str`, which must occur exactly once, by `new_str`; \
                  `insert` puts `insert_text` after line `insert_line`.",
    schema: r#"{"type":"object","properties":{"command":{"type":"string","enum":["view","create","str_replace","insert"]},"path":{"type":"string","description":"Path of the file or directory."},"file_text":{"type":"string","description":"For `create`: the content of the file."},"old_str":{"type":"string","description":"For `str_replace`: the text to replace."},"new_str":{"type":"string","description":"For `str_replace`: the new text."},"insert_line":{"type":"integer","description":"For `insert`: the line after which the text is put; 0 is the beginning."},"insert_text":{"type":"string","description":"For `insert`: the text."},"view_range":{"type":"array","items":{"type":"integer"},"description":"For `view`: first and last line, from 1; -1 is the end."}},"required":["command","path"]}"#,
};

/// Before 2025-04-29 it could undo, and inserted what stood in `new_str`.
const FIRST_TEXT_EDITOR: KnownTool = KnownTool {
    description: "View, create and edit text files. `view` shows a file (with `view_range`, a part of it) or a directory; `create` \
                  writes a file with `file_text`; `str_replace` replaces `old_str`, which must occur exactly once, by `new_str`; \
                  `insert` puts `new_str` after line `insert_line`; `undo_edit` takes the last edit of a file back.",
    schema: r#"{"type":"object","properties":{"command":{"type":"string","enum":["view","create","str_replace","insert","undo_edit"]},"path":{"type":"string","description":"Path of the file or directory."},"file_text":{"type":"string","description":"For `create`: the content of the file."},"old_str":{"type":"string","description":"For `str_replace`: the text to replace."},"new_str":{"type":"string","description":"For `str_replace` and `insert`: the new text."},"insert_line":{"type":"integer","description":"For `insert`: the line after which the text is put; 0 is the beginning."},"view_range":{"type":"array","items":{"type":"integer"},"description":"For `view`: first and last line, from 1; -1 is the end."}},"required":["command","path"]}"#,
};

const MEMORY: KnownTool = KnownTool {
    description: "Keep notes in files below /memories that outlive the conversation. `view` shows a file or a directory; `create` writes \
                  a file with `file_text`; `str_replace` replaces `old_str` by `new_str`; `insert` puts `insert_text` after line \
                  `insert_line`; `delete` removes; `rename` moves `old_path` to `new_path`.",
    schema: r#"{"type":"object","properties":{"command":{"type":"string","enum":["view","create","str_replace","insert","delete","rename"]},"path":{"type":"string","description":"Path of the file or directory."},"file_text":{"type":"string"},"old_str":{"type":"string"},"new_str":{"type":"string"},"insert_line":{"type":"integer"},"insert_text":{"type":"string"},"view_range":{"type":"array","items":{"type":"integer"}},"old_path":{"type":"string"},"new_path":{"type":"string"}},"required":["command"]}"#,
};

/// The tool of that type; `None`: it is none that others can be told of.
pub fn known_tool(kind: &str) -> Option<&'static KnownTool> {
    Some(match family(kind)? {
        "bash" => &BASH,
        "text_editor" if matches!(kind, "text_editor_20241022" | "text_editor_20250124") => &FIRST_TEXT_EDITOR,
        "text_editor" => &TEXT_EDITOR,
        "memory" => &MEMORY,
        _ => return None,
    })
}

/// Whether the caller runs a tool of that type, and nobody but Anthropic's models knows what it takes.
pub fn is_unknown_to_others(kind: &str) -> bool {
    matches!(family(kind), Some("computer" | "computer_toolset"))
}

/// A type's name without its date.
fn family(kind: &str) -> Option<&str> {
    let (family, date) = kind.rsplit_once('_')?;
    (date.len() == 8 && date.bytes().all(|it| it.is_ascii_digit())).then_some(family)
}
