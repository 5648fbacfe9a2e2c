mod content;
mod messages;
mod options;
mod reasoning;
mod system;
mod tools;
mod turns;

use crate::config::Target;
use crate::dialect::Dialect;
use crate::dialect::neutral::{Impossible, Realm, Request, ToolNames, Warnings};
use crate::json::write;

/// Writes a request for a target.
pub fn write_request(
    request: &Request<'_>,
    target: &Target,
    names: &mut ToolNames,
    warnings: &mut Warnings,
) -> Result<Vec<u8>, Impossible> {
    let offer = tools::offer(request, warnings)?;
    let mut context = Context {
        target,
        realm: Realm::of(&target.provider.id),
        custom_kept: knows_custom_tools(target),
        names,
        warnings,
        impossible: None,
    };
    let mut body = Vec::with_capacity(request.room());
    write::object(&mut body, |out| {
        out.string("model", &target.model);
        // Tools come before history, so that a name stands for the declared tool.
        tools::write(&offer, request, &mut context, out);
        out.array("messages", |out| messages::write(&request.items, &mut context, out));
        options::write(request, &mut context, out);
    });
    match context.impossible {
        Some(impossible) => Err(impossible),
        None => Ok(body),
    }
}

/// What writing a request needs at every step.
struct Context<'c> {
    target: &'c Target,
    realm: Realm,
    custom_kept: bool,
    names: &'c mut ToolNames,
    warnings: &'c mut Warnings,
    impossible: Option<Impossible>,
}

impl Context<'_> {
    /// The target can neither get it nor do without it; the first such thing is told.
    fn fail(&mut self, path: impl Into<String>, why: &str) {
        self.impossible.get_or_insert_with(|| Impossible::new(path, why));
    }
}

fn knows_custom_tools(target: &Target) -> bool {
    let listed = target.tools.iter().find(|(dialect, _)| *dialect == Dialect::OpenaiChat);
    listed.is_some_and(|(_, types)| types.iter().any(|it| it == "custom"))
}

#[cfg(test)]
mod tests;
