use std::borrow::Cow;

use super::Reading;
use crate::dialect::InvalidBody;
use crate::dialect::neutral::{Place, Tool, ToolKind, ToolName};
use crate::json::{Fields, Raw, want};

/// What the tools in a namespace have in common.
struct Namespace<'a> {
    name: Cow<'a, str>,
    description: Option<Cow<'a, str>>,
}

impl<'a> Namespace<'a> {
    /// A tool's description with the namespace's before it: other dialects have no other place for that.
    fn describe(&self, tool: Option<Cow<'a, str>>) -> Option<Cow<'a, str>> {
        match (&self.description, tool) {
            (Some(ours), Some(tool)) => Some(Cow::Owned(format!("{ours}\n\n{tool}"))),
            (ours, tool) => tool.or_else(|| ours.clone()),
        }
    }
}

impl<'a> Reading<'a> {
    /// Tools of the request, or of an item that declares more of them.
    pub(super) fn tools(&mut self, tools: Vec<Raw<'a>>, item: Option<Place>) -> Result<(), InvalidBody> {
        for (index, tool) in tools.into_iter().enumerate() {
            let place = item.map_or(Place::of("tools", index), |item| item.inside("tools", index));
            self.tool(place, &tool, None, item.is_some())?;
        }
        Ok(())
    }

    /// `lifted`: it comes from an item, so it is no longer one to be searched for.
    fn tool(
        &mut self,
        place: Place,
        raw: &Raw<'a>,
        namespace: Option<&Namespace<'a>>,
        lifted: bool,
    ) -> Result<(), InvalidBody> {
        let mut fields = raw.fields().ok_or_else(|| InvalidBody::field(&place.to_string(), raw.offset, "an object"))?;
        let kind = want::required(&mut fields, place, "type")?;
        match &*kind {
            "function" | "custom" => {
                let custom = kind == "custom";
                let name = want::required(&mut fields, place, "name")?;
                let description = want::string(&mut fields, place, "description")?;
                let description = match namespace {
                    Some(namespace) => namespace.describe(description),
                    None => description,
                };
                let strict = want::boolean(&mut fields, place, "strict")?;
                if want::boolean(&mut fields, place, "defer_loading")? == Some(true) && !lifted {
                    self.request.warnings.approximated(place.field("defer_loading"));
                }
                let name = ToolName { namespace: namespace.map(|it| it.name.clone()), name, custom };
                let kind = if custom { custom_kind(place, &mut fields)? } else { function_kind(place, &mut fields)? };
                self.declare(Tool { place, name, description, kind, strict, cache: None });
            }
            "namespace" if namespace.is_none() => return self.namespace(place, &mut fields, lifted),
            "image_generation" => self.request.wants_image = true,
            other => {
                self.unknown(place, other);
                return Ok(());
            }
        }
        self.rest(place, fields);
        Ok(())
    }

    fn namespace(&mut self, place: Place, fields: &mut Fields<'a>, lifted: bool) -> Result<(), InvalidBody> {
        let name = want::required(fields, place, "name")?;
        let description = want::string(fields, place, "description")?.filter(|it| !it.is_empty());
        let tools = want::elements(fields, place, "tools")?;
        if description.is_some() && tools.is_empty() {
            self.request.warnings.dropped(place.field("description"));
        }
        let namespace = Namespace { name, description };
        for (index, tool) in tools.into_iter().enumerate() {
            // A place names one list inside: that of an item is taken already.
            let place = if place.inner.is_none() { place.inside("tools", index) } else { place };
            self.tool(place, &tool, Some(&namespace), lifted)?;
        }
        Ok(())
    }

    /// The last declaration of a tool holds, at the place of the first: prompts stay the same up to there.
    fn declare(&mut self, tool: Tool<'a>) {
        if let Some(at) = self.declared.get(&tool.name) {
            self.request.tools[*at] = tool;
        } else {
            self.declared.insert(tool.name.clone(), self.request.tools.len());
            self.request.tools.push(tool);
        }
    }
}

fn function_kind<'a>(place: Place, fields: &mut Fields<'a>) -> Result<ToolKind<'a>, InvalidBody> {
    Ok(ToolKind::Function { schema: want::raw_object(fields, place, "parameters")? })
}

fn custom_kind<'a>(place: Place, fields: &mut Fields<'a>) -> Result<ToolKind<'a>, InvalidBody> {
    let format = want::raw_object(fields, place, "format")?;
    let is_text = |it: &Cow<'a, str>| {
        let kind = Fields::document(it.as_bytes()).ok().and_then(|mut it| it.take_string("type"));
        kind.as_deref() == Some("text")
    };
    Ok(ToolKind::Custom { format: format.filter(|it| !is_text(it)) })
}
