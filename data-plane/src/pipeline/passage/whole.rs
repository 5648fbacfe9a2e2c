use bytes::Bytes;
use data_plane_core::dialect::InvalidBody;
use data_plane_core::dialect::answer::{AnswerFacts, filter_answer};
use data_plane_core::dialect::id_tag::{IdTags, ItemTagger};
use data_plane_core::dialect::splice::{self, Splice};
use data_plane_core::dialect::translate::{Translated, Warnings, answer_operation};

use super::filter::filter;
use crate::pipeline::exchange::Exchange;

/// A whole answer as the caller gets it.
pub(in crate::pipeline) struct Passed {
    pub pieces: Vec<Bytes>,
    /// What was not carried as it is on the way back.
    pub warnings: Warnings,
}

/// Takes an upstream's whole answer through: in the same dialect byte for byte, but for what named rules splice.
pub(in crate::pipeline) fn pass(
    exchange: &Exchange<'_>,
    facts: AnswerFacts,
    body: &Bytes,
) -> Result<Passed, InvalidBody> {
    let Some(reply) = &exchange.reply else {
        return Ok(Passed { pieces: renamed(exchange, facts, body)?, warnings: Warnings::default() });
    };
    let Exchange { request, call, .. } = exchange;
    let Translated { body, warnings } = answer_operation(
        call.dialect,
        request.facts.operation,
        body,
        &request.body,
        reply,
        filter(exchange).as_deref_mut(),
    )?;
    Ok(Passed { pieces: vec![body.into()], warnings })
}

/// Puts the caller's name for the model in the place of the upstream's, marks what only the upstream can use, and filters.
fn renamed(exchange: &Exchange<'_>, facts: AnswerFacts, body: &Bytes) -> Result<Vec<Bytes>, InvalidBody> {
    let request = exchange.request;
    let IdTags { response, item } = exchange.id_tags();
    let mut splices = facts.minted.marks(exchange.mark(), response.as_ref());
    if let Some(tag) = item {
        splices.extend(facts.minted.item_tags(&mut ItemTagger::new(tag), body));
    }
    if let Some(range) = facts.model_span.filter(|_| !request.group.reveal.target) {
        // What the caller wrote is a JSON string already.
        splices.push(Splice { range, with: request.body.slice(request.facts.model_span.clone()) });
    }
    if let Some(mut filter) = filter(exchange) {
        splices.extend(filter_answer(exchange.operation(), body, &mut *filter)?);
    }
    splices.sort_by_key(|it| it.range.start);
    Ok(splice::apply(body, &splices))
}
