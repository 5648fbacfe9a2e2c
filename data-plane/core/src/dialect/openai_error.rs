//! The error object that OpenAI's two dialects share.

use serde_json::{Map, Value, json};

use crate::error::Refusal;

/// `{"message","type","param","code","details"}`: `code` is the vendor's word where it has one, `details.code` the router's.
pub fn object(refusal: &Refusal) -> Map<String, Value> {
    let mut error = Map::new();
    error.insert("message".to_owned(), json!(refusal.message));
    error.insert("type".to_owned(), json!(refusal.code.entry().openai_type));
    error.insert("param".to_owned(), json!(refusal.param));
    error.insert("code".to_owned(), json!(refusal.code.vendors_word()));
    error.insert("details".to_owned(), refusal.told_details());
    error
}
