//! Which targets can never answer a dialect, whatever a request says.

use vocabulary::Operation;

use crate::document::{Dialect, Modality};

/// Why no request of a caller that speaks `caller` can ever be answered by a target that writes `output` and whose provider
/// speaks `spoken`; `None`: some can. A text that one API answers with, each of the others can say, so only what a target
/// writes decides. No configuration makes every request of a dialect lossy, so `fidelity: strict` refuses none more.
pub(super) fn impossible(caller: Dialect, spoken: &[Dialect], output: &[Modality]) -> Option<&'static str> {
    let reason = match caller {
        // Embeddings have no dialect of their own: their operation belongs to Chat.
        Dialect::OpenaiChat => "nothing that it writes can be put into a chat completion",
        Dialect::OpenaiResponses => "a response is made of text and images, and it writes neither",
        Dialect::AnthropicMessages => "a message is made of text, and it writes none",
    };
    let says = |it: &Modality| match (it, caller) {
        (Modality::Text, _) | (Modality::Image, Dialect::OpenaiChat | Dialect::OpenaiResponses) => true,
        (Modality::Embedding, Dialect::OpenaiChat) => Operation::Embeddings.spoken(spoken).is_some(),
        (Modality::Embedding, _) | (_, Dialect::AnthropicMessages) => false,
        // Sound and documents pass as they are, and are never translated.
        (Modality::Audio | Modality::File, _) => caller.operation().spoken(spoken) == Some(caller),
    };
    (!output.iter().any(says)).then_some(reason)
}
