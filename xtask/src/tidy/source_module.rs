//! What a Rust file says about modules: which paths it names, which names it brings in, what it defines.
//!
//! It reads tokens, not lines: a path inside a macro counts; one in a comment, a string or a test does not.

use anyhow::{Result, anyhow};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path as it is written: `crate`, `super`, `self` or a name first.
pub type Written = Vec<String>;

/// A module's own text: that of its inline modules stands in `inline`.
#[derive(Debug, Default)]
pub struct SourceModule {
    /// Paths that are named anywhere.
    pub named: Vec<Written>,
    /// Names that `use` binds (`*` for all of a module), and what they stand for.
    pub bound: Vec<(String, Written)>,
    /// Names of items that are defined here.
    pub items: Vec<String>,
    /// Modules that lie in files of their own.
    pub declared: Vec<String>,
    /// Modules with their text here.
    pub inline: Vec<(String, SourceModule)>,
}

impl SourceModule {
    /// Reads a file; what only tests compile is left out.
    pub fn read(text: &str) -> Result<Self> {
        let tokens: TokenStream = text.parse().map_err(|error| anyhow!("it is not Rust: {error}"))?;
        let mut module = Self::default();
        module.take(tokens, 0);
        Ok(module)
    }

    /// Takes in a block; items count at depth 0.
    fn take(&mut self, tokens: TokenStream, depth: usize) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let rest = &tokens[at..];
            at += match token {
                TokenTree::Punct(it) if it.as_char() == '#' => attribute(rest),
                // What follows `$` or a lone `::` is no path from here.
                TokenTree::Punct(it) if it.as_char() == '$' => 1 + path(&rest[1..]).1.max(1),
                TokenTree::Punct(_) if is_colons(rest) => 2 + path(&rest[2..]).1,
                TokenTree::Group(it) => {
                    // `pub(in crate::x)` says who sees it, and imports nothing.
                    if !(it.delimiter() == Delimiter::Parenthesis && starts_with(&it.stream(), "in")) {
                        self.take(it.stream(), depth + 1);
                    }
                    1
                }
                TokenTree::Ident(word) => self.word(&word.to_string(), rest, depth),
                TokenTree::Punct(_) | TokenTree::Literal(_) => 1,
            };
        }
    }

    /// Takes in what a word begins, and says how many tokens that were.
    fn word(&mut self, word: &str, rest: &[TokenTree], depth: usize) -> usize {
        match (word, rest.get(1), rest.get(2)) {
            ("use", Some(TokenTree::Ident(_) | TokenTree::Group(_)), _) => {
                let end = rest.iter().position(|it| is_punct(it, ';')).unwrap_or(rest.len());
                self.import(&rest[1..end], &[], depth);
                end
            }
            ("mod", Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) => {
                let mut inner = Self::default();
                inner.take(body.stream(), 0);
                self.inline.push((name.to_string(), inner));
                3
            }
            ("mod", Some(TokenTree::Ident(name)), Some(TokenTree::Punct(_))) => {
                self.declared.push(name.to_string());
                2
            }
            ("const" | "enum" | "fn" | "static" | "struct" | "trait" | "type" | "union", Some(name), _)
                if depth == 0 =>
            {
                self.items.push(name.to_string());
                1
            }
            _ => {
                let (path, length) = path(rest);
                if path.len() > 1 {
                    self.named.push(path);
                }
                length.max(1)
            }
        }
    }

    /// Takes in one tree of a `use`: its paths, one by one, below `prefix`.
    fn import(&mut self, tree: &[TokenTree], prefix: &[String], depth: usize) {
        let (own, length) = path(tree);
        let mut full: Vec<String> = prefix.to_vec();
        full.extend(own.iter().filter(|it| *it != "self" || prefix.is_empty()).cloned());
        let rest = &tree[length..];
        let rest = if is_colons(rest) { &rest[2..] } else { rest };
        let name = match rest {
            [TokenTree::Group(group), ..] => {
                let members: Vec<TokenTree> = group.stream().into_iter().collect();
                for member in members.split(|it| is_punct(it, ',')).filter(|it| !it.is_empty()) {
                    self.import(member, &full, depth);
                }
                return;
            }
            [star, ..] if is_punct(star, '*') => "*".to_owned(),
            [TokenTree::Ident(_as), TokenTree::Ident(alias), ..] => alias.to_string(),
            _ => full.last().cloned().unwrap_or_default(),
        };
        if depth == 0 {
            self.bound.push((name, full.clone()));
        }
        self.named.push(full);
    }
}

/// The path at the beginning, and of how many tokens it is.
fn path(tokens: &[TokenTree]) -> (Written, usize) {
    let mut path = Vec::new();
    let mut at = 0;
    while let Some(TokenTree::Ident(word)) = tokens.get(at) {
        path.push(word.to_string());
        at += 1;
        match tokens.get(at + 2) {
            Some(TokenTree::Ident(_)) if is_colons(&tokens[at..]) => at += 2,
            _ => break,
        }
    }
    (path, at)
}

/// How many tokens an attribute is; with the item after it, if only tests compile that.
fn attribute(tokens: &[TokenTree]) -> usize {
    match tokens.get(1) {
        Some(TokenTree::Group(group)) if is_test(&group.stream()) => {
            let end = tokens.iter().skip(2).position(|it| is_punct(it, ';') || is_braces(it));
            end.map_or(tokens.len(), |end| end + 3)
        }
        _ => 1,
    }
}

/// `cfg(test)`, or `cfg(all(test, …))`.
fn is_test(attribute: &TokenStream) -> bool {
    let text: String = attribute.to_string().split_whitespace().collect();
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(it) if it.as_char() == character)
}

fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(it) if it.delimiter() == Delimiter::Brace)
}

fn is_colons(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [first, second, ..] if is_punct(first, ':') && is_punct(second, ':'))
}

fn starts_with(tokens: &TokenStream, word: &str) -> bool {
    matches!(tokens.clone().into_iter().next(), Some(TokenTree::Ident(it)) if it == word)
}

#[cfg(test)]
mod tests {
    use super::SourceModule;

    fn named(text: &str) -> Vec<String> {
        let module = SourceModule::read(text).expect("it is Rust");
        module.named.iter().map(|it| it.join("::")).collect()
    }

    #[test]
    fn paths_are_found_wherever_they_stand() {
        assert_eq!(
            named("use crate::a::{self, b::{C, D as E}, f::*};"),
            ["crate::a", "crate::a::b::C", "crate::a::b::D", "crate::a::f"]
        );
        assert_eq!(named("pub(in crate::x) fn f(it: &super::A) -> crate::b::C<crate::d::E> { todo!() }").len(), 3);
        assert_eq!(
            named("fn f() { info!(count = crate::a::count(), \"crate::b\"); } // crate::c"),
            ["crate::a::count"]
        );
        assert_eq!(named("fn f() { $crate::a::b(); ::std::mem::take(&mut x); x.collect::<Vec<_>>() }"), [""; 0]);
    }

    #[test]
    fn what_only_tests_compile_is_left_out() {
        let text = "#[cfg(test)]\nuse crate::a::{B};\n#[cfg(test)]\nmod tests { use crate::b; }\n#[cfg(test)]\n\
                    mod fixtures;\nmod real;\nuse crate::c;";
        let module = SourceModule::read(text).expect("it is Rust");
        assert_eq!((named(text), module.declared), (vec!["crate::c".to_owned()], vec!["real".to_owned()]));
        assert!(module.inline.is_empty());
    }

    #[test]
    fn items_names_and_inline_modules_are_told_apart() {
        let module = SourceModule::read(
            "pub use a::B as C;\nstruct D;\nimpl D { fn e() { use f::G; } }\nmod h { use super::D; enum I {} }",
        )
        .expect("it is Rust");
        assert_eq!(module.items, ["D"]);
        assert_eq!(module.bound, [("C".to_owned(), vec!["a".to_owned(), "B".to_owned()])]);
        let (name, inner) = &module.inline[0];
        assert_eq!((name.as_str(), inner.items.as_slice()), ("h", &["I".to_owned()][..]));
    }
}
