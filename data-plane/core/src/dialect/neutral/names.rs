use std::borrow::Cow;
use std::collections::HashMap;

/// What a tool is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ToolName<'a> {
    /// Responses: the namespace that it is in.
    pub namespace: Option<Cow<'a, str>>,
    /// Its name there.
    pub name: Cow<'a, str>,
    /// It takes free text.
    pub custom: bool,
}

/// The longest name that every vendor takes.
const MAX_NAME: usize = 64;

impl<'a> ToolName<'a> {
    /// A function outside of any namespace.
    pub fn function(name: impl Into<Cow<'a, str>>) -> Self {
        Self { namespace: None, name: name.into(), custom: false }
    }

    /// A custom tool outside of any namespace.
    pub fn custom(name: impl Into<Cow<'a, str>>) -> Self {
        Self { namespace: None, name: name.into(), custom: true }
    }

    /// The name without a namespace that an upstream is given: letters, digits, `_` and `-`, at most 64. The same for the
    /// same tool, always: providers' prompt caches depend on it.
    pub fn flat(&self) -> String {
        let whole = match self.namespace.as_deref() {
            None | Some("") => self.name.to_string(),
            Some(namespace) => format!("{namespace}__{}", self.name),
        };
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if !whole.is_empty() && whole.len() <= MAX_NAME && whole.bytes().all(fits) {
            return whole;
        }
        marked(&whole)
    }

    /// The same tool, whatever it takes.
    pub fn is(&self, other: &Self) -> bool {
        self.namespace.as_deref().unwrap_or_default() == other.namespace.as_deref().unwrap_or_default()
            && self.name == other.name
    }

    /// The same, holding what it is made of.
    pub fn into_owned(self) -> ToolName<'static> {
        ToolName {
            namespace: self.namespace.map(|it| Cow::Owned(it.into_owned())),
            name: Cow::Owned(self.name.into_owned()),
            custom: self.custom,
        }
    }
}

/// A name of the right form that nothing else is given: its own, as far as it fits, and a checksum.
fn marked(whole: &str) -> String {
    let fits = |it: &char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
    let sum = format!("_{:08x}", crc32fast::hash(whole.as_bytes()));
    let mut flat: String = whole.chars().map(|it| if fits(&it) { it } else { '_' }).collect();
    flat.truncate(MAX_NAME - sum.len());
    flat + &sum
}

/// The way back from the names that an upstream was given to those that the caller knows. One request's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolNames {
    known: HashMap<String, ToolName<'static>>,
}

impl ToolNames {
    /// Takes a tool's name on and gives the one for the upstream. `custom_kept`: the upstream knows custom tools. Of two
    /// tools that would have the same name the later one gets another.
    pub fn add(&mut self, name: &ToolName<'_>, custom_kept: bool) -> String {
        let mut flat = name.flat();
        if self.known.get(&flat).is_some_and(|known| !known.is(name)) {
            flat = marked(&format!("{}.{}", name.namespace.as_deref().unwrap_or_default(), name.name));
        }
        // Where the upstream knows custom tools, its own word counts.
        let custom = name.custom && !custom_kept;
        let known = self.known.entry(flat.clone()).or_insert_with(|| ToolName { custom, ..name.clone().into_owned() });
        known.custom |= custom;
        flat
    }

    /// What the caller calls the tool. Unknown names pass as they are.
    pub fn resolve<'a>(&self, flat: ToolName<'a>) -> ToolName<'a> {
        match self.known.get(flat.name.as_ref()) {
            Some(known) => ToolName { custom: known.custom || flat.custom, ..known.clone() },
            None => flat,
        }
    }
}

#[cfg(test)]
mod tests;
