use crate::json::Kind;

/// Whether a field of a block, or of a piece of one, is something that a client could show or use: text, reasoning,
/// arguments, the name of what is called.
pub fn holds(name: &str, kind: Kind, length: usize) -> bool {
    let says = matches!(kind, Kind::String | Kind::Array | Kind::Object) && length > "\"\"".len();
    says && !matches!(name, "type" | "id" | "signature")
}
