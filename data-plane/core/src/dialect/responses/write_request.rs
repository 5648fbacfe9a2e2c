mod content;
mod items;
mod settings;
mod tools;

#[cfg(test)]
mod tests;

use crate::config::Target;
use crate::dialect::Dialect;
use crate::dialect::neutral::{Field, Impossible, Item, Realm, Request, ToolNames, Warnings};
use crate::json::write;

/// Writes a request for a target.
pub fn write_request(
    request: &Request<'_>,
    target: &Target,
    names: &mut ToolNames,
    warnings: &mut Warnings,
) -> Result<Vec<u8>, Impossible> {
    // Tools are named before their calls: so a name does not depend on what was called until now.
    let mut writing = Writing { request, target, names, warnings, realm: Realm::of(&target.provider.id) };
    let keeps_custom = writing.keeps_custom();
    for tool in &request.tools {
        writing.names.add(&tool.name, keeps_custom);
    }
    let mut body = Vec::with_capacity(request.room());
    let mut possible = Ok(());
    write::object(&mut body, |object| {
        object.string("model", &target.model);
        possible = writing.input(object).and_then(|()| {
            writing.tools(object);
            writing.tool_choice(object)
        });
        writing.settings(object);
        object.plain("store", false);
    });
    possible.map(|()| body)
}

/// A request that is being written for a target.
struct Writing<'w, 'a> {
    request: &'w Request<'a>,
    target: &'w Target,
    names: &'w mut ToolNames,
    warnings: &'w mut Warnings,
    realm: Realm,
}

impl Writing<'_, '_> {
    /// The target knows custom tools.
    fn keeps_custom(&self) -> bool {
        let known = self.target.tools.iter().filter(|(dialect, _)| *dialect == Dialect::OpenaiResponses);
        known.flat_map(|(_, kinds)| kinds).any(|kind| kind == "custom")
    }

    /// There is reasoning in the conversation that the target can have back.
    fn gives_reasoning_back(&self) -> bool {
        self.request.items.iter().any(|item| match item {
            Item::Reasoning(reasoning) => {
                reasoning.artefact.as_ref().is_some_and(|it| items::is_at_home(it, self.realm))
            }
            _ => false,
        })
    }

    fn dropped(&mut self, field: Field) {
        self.warnings.dropped(self.request.field_path(field));
    }

    fn approximated(&mut self, field: Field) {
        self.warnings.approximated(self.request.field_path(field));
    }
}
