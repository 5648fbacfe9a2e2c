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
        let sum = format!("_{:08x}", crc32fast::hash(whole.as_bytes()));
        let mut flat: String = whole.chars().map(|it| if it.is_ascii() && fits(it as u8) { it } else { '_' }).collect();
        flat.truncate(MAX_NAME - sum.len());
        flat + &sum
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

/// The way back from the names that an upstream was given to those that the caller knows. One request's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolNames {
    known: HashMap<String, ToolName<'static>>,
}

impl ToolNames {
    /// Takes a tool's name on and gives the one for the upstream. `custom_kept`: the upstream knows custom tools.
    pub fn add(&mut self, name: &ToolName<'_>, custom_kept: bool) -> String {
        let flat = name.flat();
        let plain = name.namespace.is_none() && name.name == flat && (!name.custom || custom_kept);
        if !plain {
            self.known.entry(flat.clone()).or_insert_with(|| name.clone().into_owned());
        }
        flat
    }

    /// What the caller calls the tool. Unknown names pass as they are.
    pub fn resolve<'a>(&self, flat: ToolName<'a>) -> ToolName<'a> {
        self.known.get(flat.name.as_ref()).cloned().unwrap_or(flat)
    }
}
