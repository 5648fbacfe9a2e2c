use super::codec::Codec;
use super::{Dialect, chat, messages, responses};

/// The one place that chooses among the dialects.
pub fn codec(dialect: Dialect) -> &'static dyn Codec {
    match dialect {
        Dialect::OpenaiChat => &chat::Chat,
        Dialect::OpenaiResponses => &responses::Responses,
        Dialect::AnthropicMessages => &messages::Messages,
    }
}
