use bytes::Bytes;

use crate::dialect::edits::Returned;
use crate::facts::provenance::Origin;
use crate::json::write;

/// Takes the tags off the ids of a response and of items that providers have kept, and writes out summaries that the router
/// wrote.
pub fn give_back(returned: &mut Returned<'_>) {
    let found = returned.found;
    let tag = found.previous_response.as_ref().and_then(|it| it.tag.as_ref());
    if let Some((_, tag)) = tag.filter(|it| it.0 == returned.home) {
        returned.remove(tag.clone());
    }
    let replaced = |at: usize| returned.cut[at] || matches!(found.artefacts[at].origin, Origin::Summary(_));
    let tags: Vec<_> = found.item_tags.iter().filter(|it| !it.artefact.is_some_and(replaced)).collect();
    for tag in tags {
        returned.remove(tag.span.clone());
    }
    for (artefact, cut) in found.artefacts.iter().zip(returned.cut) {
        if let (Origin::Summary(summary), false) = (&artefact.origin, cut) {
            returned.replace(artefact.slot.span.clone(), developer_message(summary));
        }
    }
}

/// A summary that the router wrote, as any provider can read it.
fn developer_message(summary: &str) -> Bytes {
    let mut out = Vec::with_capacity(summary.len() + 96);
    write::object(&mut out, |message| {
        message.string("type", "message");
        message.string("role", "developer");
        message.array("content", |parts| {
            parts.object(|part| {
                part.string("type", "input_text");
                part.string("text", summary);
            });
        });
    });
    out.into()
}
