//! `POST /v1/embeddings`: vectors that follow from the input alone, of length 1.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    behaviour::Behaviour, dialect::Dialect, dialect::Operation, identity::Identity, problem::Problem, text::tokens,
};

const DEFAULT_DIMENSIONS: usize = 1536;
const MAX_DIMENSIONS: usize = 3072;

/// A request for embeddings.
pub struct Embeddings {
    model: String,
    inputs: Vec<Vec<u8>>,
    tokens: u64,
    dimensions: usize,
    base64: bool,
}

#[derive(Deserialize)]
struct Request {
    model: Option<String>,
    input: Option<EmbeddingInput>,
    dimensions: Option<usize>,
    encoding_format: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum EmbeddingInput {
    Text(String),
    Texts(Vec<String>),
    Tokens(Vec<u32>),
    TokenLists(Vec<Vec<u32>>),
}

impl Operation for Embeddings {
    const DIALECT: Dialect = Dialect::Chat;

    fn read(body: &[u8]) -> Result<Self, Problem> {
        let request: Request = serde_json::from_slice(body)?;
        let dimensions = request.dimensions.unwrap_or(DEFAULT_DIMENSIONS);
        if !(1..=MAX_DIMENSIONS).contains(&dimensions) {
            let message = format!("'dimensions' must be between 1 and {MAX_DIMENSIONS}.");
            return Err(Problem::at("dimensions", message));
        }
        let (inputs, tokens) = inputs(request.input.ok_or(Problem::missing("input"))?);
        Ok(Self {
            model: request.model.ok_or(Problem::missing("model"))?,
            inputs,
            tokens,
            dimensions,
            base64: request.encoding_format.as_deref() == Some("base64"),
        })
    }

    fn model(&self) -> &str {
        &self.model
    }

    fn whole(&self, _behaviour: &Behaviour, _identity: &Identity) -> Bytes {
        let numbered = self.inputs.iter().enumerate();
        let data = numbered.map(|(index, input)| {
            let embedding = self.encoded(&vector(input, self.dimensions));
            json!({"object": "embedding", "index": index, "embedding": embedding})
        });
        let body = json!({
            "object": "list",
            "data": data.collect::<Vec<_>>(),
            "model": self.model,
            "usage": {"prompt_tokens": self.tokens, "total_tokens": self.tokens},
        });
        body.to_string().into()
    }
}

impl Embeddings {
    fn encoded(&self, vector: &[f32]) -> Value {
        if !self.base64 {
            return json!(vector);
        }
        let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
        json!(STANDARD.encode(bytes))
    }
}

/// The inputs as bytes, and their size in tokens.
fn inputs(input: EmbeddingInput) -> (Vec<Vec<u8>>, u64) {
    let (texts, lists) = match input {
        EmbeddingInput::Text(text) => (vec![text], vec![]),
        EmbeddingInput::Texts(texts) => (texts, vec![]),
        EmbeddingInput::Tokens(list) => (vec![], vec![list]),
        EmbeddingInput::TokenLists(lists) => (vec![], lists),
    };
    let count = texts.iter().map(|text| tokens(text.len())).sum::<u64>()
        + lists.iter().map(|list| list.len() as u64).sum::<u64>();
    let texts = texts.into_iter().map(String::into_bytes);
    let lists = lists.into_iter().map(|list| list.into_iter().flat_map(u32::to_le_bytes).collect());
    (texts.chain(lists).collect(), count)
}

/// A unit vector from an FNV-1a hash of the input, stretched by xorshift.
fn vector(input: &[u8], dimensions: usize) -> Vec<f32> {
    let mut state = input
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    // Xorshift never leaves zero.
    state |= 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    };
    let raw: Vec<f32> = (0..dimensions).map(|_| next()).collect();
    let length = raw.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    raw.iter().map(|x| x / length).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::Value;

    use super::Embeddings;
    use crate::{behaviour::Behaviour, dialect::Operation, identity::Identity};

    fn embed(body: &str) -> Value {
        let request = Embeddings::read(body.as_bytes()).unwrap();
        let body = request.whole(&Behaviour::default(), &Identity::new("1"));
        serde_json::from_slice(&body).unwrap()
    }

    #[test]
    fn vectors_follow_from_the_input_and_have_length_one() {
        let answer = embed(r#"{"model":"m","input":["a","b","a"],"dimensions":8}"#);
        let vector = |i: usize| answer["data"][i]["embedding"].clone();
        assert_eq!(vector(0), vector(2));
        assert_ne!(vector(0), vector(1));
        let square = |x: &Value| x.as_f64().unwrap().powi(2);
        let length: f64 = vector(1).as_array().unwrap().iter().map(square).sum();
        assert!((length - 1.0).abs() < 1e-5);
        assert_eq!(answer["usage"]["total_tokens"], 3);
    }

    #[test]
    fn every_form_of_input_and_both_encodings_are_taken() {
        let encoded = r#"{"model":"m","input":"a","encoding_format":"base64","dimensions":3}"#;
        assert_eq!(embed(encoded)["data"][0]["embedding"].as_str().unwrap().len(), 16);
        assert_eq!(embed(r#"{"model":"m","input":[1,2]}"#)["usage"]["total_tokens"], 2);
        assert_eq!(embed(r#"{"model":"m","input":[[1],[2,3]]}"#)["data"].as_array().unwrap().len(), 2);
        for wrong in [r#"{"model":"m"}"#, r#"{"model":"m","input":"a","dimensions":0}"#] {
            assert!(Embeddings::read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
