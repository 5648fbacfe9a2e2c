//! Modules that stand side by side and know nothing of each other: one can be read, changed and removed alone.

use std::collections::BTreeSet;

use super::Sources;
use super::module::production_lines;

/// A module whose children never import each other.
struct Family {
    directory: &'static str,
    /// Its path from the crate's root.
    module: &'static str,
    /// Which of the children must not know each other.
    siblings: Siblings,
}

enum Siblings {
    /// All but those, which the others may use, each for what it is.
    AllBut(&'static [&'static str]),
    /// Those alone.
    Only(&'static [&'static str]),
}

impl Siblings {
    /// The child must not know any of them; what they share must not know them either.
    fn bind(&self, child: &str) -> bool {
        matches!(self, Self::AllBut(_)) || self.contain(child)
    }

    fn contain(&self, child: &str) -> bool {
        match self {
            Self::AllBut(shared) => !shared.contains(&child),
            Self::Only(siblings) => siblings.contains(&child),
        }
    }
}

const FAMILIES: &[Family] = &[
    // The connection, its errors, and how values are stored.
    Family {
        directory: "control-plane/src/store",
        module: "store",
        siblings: Siblings::AllBut(&["codec", "connection", "error"]),
    },
    // Dialects meet in the neutral form.
    Family {
        directory: "data-plane/core/src/dialect",
        module: "dialect",
        siblings: Siblings::Only(&["chat", "messages", "responses"]),
    },
];

/// Imports of a sibling.
pub fn breaches(sources: &Sources) -> Vec<String> {
    FAMILIES.iter().flat_map(|family| in_family(family, sources)).collect()
}

fn in_family(family: &Family, sources: &Sources) -> Vec<String> {
    let files: Vec<(&str, &str, &str)> = sources
        .ending(".rs")
        .filter_map(|(path, text)| {
            let inside = path.strip_prefix(family.directory)?.strip_prefix('/')?;
            Some((path, inside.trim_end_matches(".rs"), text))
        })
        .collect();
    let children: BTreeSet<&str> = files.iter().filter_map(|(_, inside, _)| inside.split('/').next()).collect();
    let mut found = Vec::new();
    for (path, inside, text) in files {
        let mut steps = inside.split('/');
        let Some(own) = steps.next().filter(|it| family.siblings.bind(it) && *it != "mod") else { continue };
        let up = "super::".repeat(1 + steps.filter(|it| *it != "mod").count());
        let code: Vec<&str> =
            production_lines(text).into_iter().filter(|it| !it.trim_start().starts_with("//")).collect();
        let code = code.join("\n");
        for prefix in [format!("crate::{}::", family.module), up] {
            for name in imported(&code, &prefix) {
                if children.contains(name) && name != own && family.siblings.contain(name) {
                    found.push(format!(
                        "{path} imports its sibling `{name}`: move what both need to `{}`",
                        family.module
                    ));
                }
            }
        }
    }
    found
}

/// The first names after every occurrence of a prefix: one, or those of a group in braces.
fn imported<'a>(code: &'a str, prefix: &str) -> Vec<&'a str> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        // `super::super::a` also matches `super::` in its middle; the longer path is another one.
        if code[..at].ends_with("::") || code[at + prefix.len()..].starts_with("super::") {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(group_heads(group)),
            None => names.push(head(rest)),
        }
    }
    names
}

/// The first names of a group's members, up to the brace that closes it.
fn group_heads(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut heads) = (0, 0, Vec::new());
    for (at, it) in group.char_indices() {
        match it {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' if depth > 0 => {}
            ',' | '}' => {
                heads.push(head(group[start..at].trim_start()));
                start = at + 1;
                if it == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    heads
}

fn head(path: &str) -> &str {
    let end = path.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(path.len());
    &path[..end]
}

#[cfg(test)]
mod tests {
    use super::{Family, Siblings, in_family};
    use crate::tidy::Sources;

    const FAMILY: Family = Family { directory: "a/src/store", module: "store", siblings: Siblings::AllBut(&["codec"]) };

    fn breaches(path: &str, text: &str) -> usize {
        let files = ["a/src/store/mod.rs", "a/src/store/codec.rs", "a/src/store/token.rs", "a/src/store/usage/mod.rs"];
        let mut sources: Vec<(String, String)> = files.iter().map(|it| ((*it).to_owned(), String::new())).collect();
        sources.push((path.to_owned(), text.to_owned()));
        in_family(&FAMILY, &Sources(sources)).len()
    }

    #[test]
    fn siblings_are_noticed_however_they_are_named() {
        let at = "a/src/store/node.rs";
        assert_eq!(breaches(at, "use super::token::Row;"), 1);
        assert_eq!(breaches(at, "use crate::store::{Tx, codec, token::{Row, usage}};"), 1);
        assert_eq!(breaches(at, "fn a() { crate::store::usage::insert() }"), 1);
        assert_eq!(breaches("a/src/store/usage/event.rs", "use super::super::token;"), 1);
        assert_eq!(breaches("a/src/store/usage/mod.rs", "use super::token;"), 1);
    }

    #[test]
    fn named_siblings_do_not_know_each_other_and_all_else_is_free() {
        let family = Family { directory: "a/src/d", module: "d", siblings: Siblings::Only(&["chat", "messages"]) };
        let breaches = |path: &str, text: &str| {
            let mut sources: Vec<(String, String)> =
                ["a/src/d/chat/mod.rs", "a/src/d/messages/mod.rs", "a/src/d/json.rs"]
                    .map(|it| (it.to_owned(), String::new()))
                    .into();
            sources.push((path.to_owned(), text.to_owned()));
            in_family(&family, &Sources(sources)).len()
        };
        assert_eq!(breaches("a/src/d/chat/read.rs", "use crate::d::messages::usage;"), 1);
        assert_eq!(breaches("a/src/d/chat/read.rs", "use crate::d::json;\nuse super::super::json;"), 0);
        assert_eq!(breaches("a/src/d/translate.rs", "use crate::d::{chat, messages};"), 0);
    }

    #[test]
    fn parents_shared_modules_and_own_children_are_fine() {
        let at = "a/src/store/node.rs";
        assert_eq!(breaches(at, "use super::{StoreError, Tx, codec};\nuse crate::token::mint;"), 0);
        assert_eq!(
            breaches(at, "/// As [`super::token`] does.\n#[cfg(test)]\nmod tests {\n    use super::token;\n}"),
            0
        );
        assert_eq!(breaches("a/src/store/usage/event.rs", "use super::token::x;\nuse crate::store::usage::row;"), 0);
        assert_eq!(breaches("a/src/store/mod.rs", "pub use self::token::Row;"), 0);
    }
}
