//! The one form of a document that is stored, compared and hashed.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Document, schema, yaml};

/// The document as compact JSON: defaults left out, keys in the order of the types and of the document's own maps.
pub fn to_json(document: &Document) -> String {
    to_value(document).to_string()
}

/// The document as [`to_json`] writes it.
pub fn to_value(document: &Document) -> Value {
    serde_json::to_value(document).expect("a document has string keys and finite numbers")
}

/// Reads what [`to_json`] wrote. It is not checked again: see [`crate::validate`].
pub fn from_json(text: &str) -> Result<Document, serde_json::Error> {
    serde_json::from_str(text)
}

/// SHA-256 of [`to_json`].
pub fn hash(document: &Document) -> [u8; 32] {
    Sha256::digest(to_json(document).as_bytes()).into()
}

/// The document as YAML, to be edited and applied again: [`crate::parse::parse`] reads an equal document from it.
pub fn to_yaml(document: &Document) -> String {
    value_to_yaml(&to_value(document))
}

/// The same of what need not be a valid document; empty: it is no object.
pub fn value_to_yaml(value: &Value) -> String {
    value.as_object().map_or_else(String::new, |it| yaml::write(it, schema::schema()))
}

#[cfg(test)]
mod tests;
