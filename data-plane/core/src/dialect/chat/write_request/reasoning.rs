use super::Context;
use crate::dialect::Dialect;
use crate::dialect::chat::details::{DETAILS, READABLE};
use crate::dialect::neutral::ReasoningItem;
use crate::json::write::ObjectWriter;
use crate::json::{Fields, Raw};

/// What a target gets back of its own reasoning.
#[derive(Default)]
pub struct GivenBack<'r> {
    readable: Vec<(&'static str, Raw<'r>)>,
    details: Vec<Raw<'r>>,
}

/// Finds in a turn's reasoning what the target itself minted; the rest is dropped, never shown as text. `wanted`: there is
/// a message for it.
pub fn given_back<'r>(items: &[&'r ReasoningItem<'_>], wanted: bool, context: &mut Context<'_>) -> GivenBack<'r> {
    let mut back = GivenBack::default();
    for item in items {
        let home = item.artefact.as_ref().filter(|it| wanted && it.is_at_home(context.realm, Dialect::OpenaiChat));
        if !home.is_some_and(|it| back.add(&it.block)) && (item.artefact.is_some() || !item.text.is_empty()) {
            context.warnings.dropped(item.place.to_string());
        }
    }
    back
}

impl<'r> GivenBack<'r> {
    /// A block comes from the caller, who could have put anything into it: only reasoning is taken out.
    fn add(&mut self, block: &'r str) -> bool {
        let Ok(mut fields) = Fields::document(block.as_bytes()) else { return false };
        let readable = READABLE.iter().find_map(|name| {
            let raw = fields.take(name)?;
            raw.string().map(|_| (*name, raw))
        });
        let details = fields.take_elements(DETAILS);
        let found = readable.is_some() || !details.is_empty();
        self.readable.extend(readable);
        self.details.extend(details);
        found
    }

    /// Writes the fields of the assistant's message.
    pub fn write(&self, out: &mut ObjectWriter<'_>) {
        match &*self.readable {
            [] => {}
            [(name, raw)] => out.raw(name, raw.as_str()),
            [(name, _), ..] => {
                let whole: String = self.readable.iter().filter_map(|(_, raw)| raw.string()).collect();
                out.string(name, &whole);
            }
        }
        if !self.details.is_empty() {
            out.array(DETAILS, |out| self.details.iter().for_each(|it| out.raw(it.as_str())));
        }
    }
}
