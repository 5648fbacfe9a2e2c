/// Why a body was not accepted, and where. It never quotes the body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at byte {offset})")]
pub struct InvalidBody {
    /// What is wrong and what to do.
    pub message: String,
    /// The field that is concerned: `model`, `stream_options.include_usage`; `None`: the body as a whole.
    pub param: Option<String>,
    /// Bytes from the body's start.
    pub offset: usize,
    /// The fault is that there is no `model`.
    pub missing_model: bool,
}

impl InvalidBody {
    /// The bytes are not JSON as it is accepted here.
    pub(crate) fn syntax(offset: usize, what: &str) -> Self {
        Self { message: format!("the body is not valid JSON: {what}"), param: None, offset, missing_model: false }
    }

    /// A field holds something else than it may.
    pub(crate) fn field(param: &str, offset: usize, expected: &str) -> Self {
        Self {
            message: format!("`{param}` must be {expected}"),
            param: Some(param.to_owned()),
            offset,
            missing_model: false,
        }
    }

    /// A body that names no model.
    pub(crate) fn missing_model(offset: usize) -> Self {
        Self {
            message: "`model` is missing: name a model group, or `auto`".to_owned(),
            param: Some("model".to_owned()),
            offset,
            missing_model: true,
        }
    }
}
