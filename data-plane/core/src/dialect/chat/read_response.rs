use super::read_stream::ChoiceReader;
use super::usage;
use crate::dialect::InvalidBody;
use crate::dialect::neutral::{Answer, Collector, Warnings};
use crate::json::{Fields, Raw};

/// Reads an upstream's whole answer, as a stream of one piece: so both are understood alike.
pub fn read_response(body: &[u8]) -> Result<Answer<'_>, InvalidBody> {
    let mut fields = Fields::document(body)?;
    let choices = fields.take_elements("choices");
    let first = choices.first().and_then(Raw::fields);
    let mut first =
        first.ok_or_else(|| InvalidBody::field("choices", fields.offset, "a list of at least one choice"))?;
    first.take("index");
    let mut warnings = Warnings::default();
    for further in 1..choices.len() {
        warnings.dropped(format!("choices[{further}]"));
    }
    let (mut choice, mut events, mut collector) = (ChoiceReader::default(), Vec::new(), Collector::default());
    choice.read(first, &mut events, &mut warnings);
    let (finish, stop_sequence) = choice.end(&mut events, &mut warnings);
    for event in &events {
        collector.push(event);
    }
    let usage = fields.take("usage");
    usage.as_ref().map(usage::untold).unwrap_or_default().into_iter().for_each(|it| warnings.dropped(it));
    Ok(Answer {
        finish,
        stop_sequence: stop_sequence.map(Into::into),
        usage: usage.as_ref().and_then(usage::read),
        service_tier: fields.take_string("service_tier"),
        warnings,
        ..collector.answer().clone()
    })
}

#[cfg(test)]
mod tests;
