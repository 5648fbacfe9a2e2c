//! The environment that configurations may name.

use std::{collections::HashMap, sync::Arc};

/// Where names of variables become values: the process's environment, or a fixed table.
#[derive(Clone)]
pub struct Environment(Arc<Lookup>);

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Environment {
    /// The environment of this process.
    pub fn process() -> Self {
        Self(Arc::new(|name| std::env::var(name).ok()))
    }

    /// A fixed table.
    pub fn table<K: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (K, V)>) -> Self {
        let table: HashMap<String, String> =
            variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self(Arc::new(move |name| table.get(name).cloned()))
    }

    /// The value of a variable. The router's own variables hold its secrets, so that they are never handed out.
    pub fn get(&self, name: &str) -> Option<String> {
        if name.starts_with("SMART_ROUTER_") { None } else { (self.0)(name) }
    }
}
