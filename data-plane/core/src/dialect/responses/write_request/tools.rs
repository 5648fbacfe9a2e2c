use super::Writing;
use crate::config::Modality;
use crate::dialect::neutral::{Field, Impossible, Tool, ToolChoice, ToolKind, ToolName, custom};
use crate::json::write::ObjectWriter;

impl<'a> Writing<'_, 'a> {
    pub(super) fn tools(&mut self, object: &mut ObjectWriter<'_>) {
        let request = self.request;
        let draws = request.wants_image && self.target.output_modalities.contains(&Modality::Image);
        if request.wants_image && !draws {
            self.dropped(Field::WantsImage);
        }
        if request.tools.is_empty() && !draws {
            return;
        }
        object.array("tools", |tools| {
            for tool in &request.tools {
                self.no_cache_mark(tool.place, tool.cache.as_ref());
                tools.object(|it| self.tool(it, tool));
            }
            if draws {
                tools.object(|it| it.string("type", "image_generation"));
            }
        });
    }

    fn tool(&mut self, object: &mut ObjectWriter<'_>, tool: &Tool<'a>) {
        let keeps_custom = self.keeps_custom();
        let name = self.names.add(&tool.name, keeps_custom);
        match &tool.kind {
            ToolKind::Custom { format } if keeps_custom => {
                object.string("type", "custom");
                object.string("name", &name);
                object.optional("description", tool.description.as_deref());
                if let Some(format) = format {
                    object.raw("format", format);
                }
            }
            ToolKind::Custom { format } => {
                self.warnings.approximated(format!("{}/custom", tool.place));
                let description = custom::description(tool.description.as_deref(), format.as_deref());
                object.string("type", "function");
                object.string("name", &name);
                object.optional("description", description.as_deref());
                object.raw("parameters", custom::SCHEMA);
                object.plain("strict", false);
            }
            ToolKind::Function { schema } => {
                object.string("type", "function");
                object.string("name", &name);
                object.optional("description", tool.description.as_deref());
                object.raw("parameters", schema.as_deref().unwrap_or(r#"{"type":"object","properties":{}}"#));
                // The others are not strict unless they are told to be; this API is.
                object.plain("strict", tool.strict.unwrap_or(false));
            }
        }
    }

    pub(super) fn tool_choice(&mut self, object: &mut ObjectWriter<'_>) -> Result<(), Impossible> {
        let request = self.request;
        if self.demands_a_missing_tool() {
            let path = request.field_path(Field::ToolChoice);
            return Err(Impossible::new(path, "it demands a call, and there is no such tool to call"));
        }
        if request.tools.is_empty() {
            return Ok(());
        }
        match &request.tool_choice {
            None => {}
            Some(ToolChoice::Auto) => object.string("tool_choice", "auto"),
            Some(ToolChoice::None) => object.string("tool_choice", "none"),
            Some(ToolChoice::Required) => object.string("tool_choice", "required"),
            Some(ToolChoice::Tool(name)) => object.object("tool_choice", |it| self.chosen(it, name)),
            Some(ToolChoice::Allowed { required, tools }) => object.object("tool_choice", |it| {
                it.string("type", "allowed_tools");
                it.string("mode", if *required { "required" } else { "auto" });
                it.array("tools", |list| tools.iter().for_each(|name| list.object(|it| self.chosen(it, name))));
            }),
        }
        if let Some(parallel) = request.parallel_tool_calls {
            object.plain("parallel_tool_calls", parallel);
        }
        Ok(())
    }

    fn demands_a_missing_tool(&self) -> bool {
        let tools = &self.request.tools;
        let is_there = |name: &ToolName<'_>| tools.iter().any(|it| it.name.is(name));
        match &self.request.tool_choice {
            Some(ToolChoice::Required) => tools.is_empty(),
            Some(ToolChoice::Tool(name)) => !is_there(name),
            Some(ToolChoice::Allowed { required: true, tools }) => !tools.iter().any(is_there),
            _ => false,
        }
    }

    fn chosen(&mut self, object: &mut ObjectWriter<'_>, name: &ToolName<'_>) {
        let keeps_custom = self.keeps_custom();
        object.string("type", if name.custom && keeps_custom { "custom" } else { "function" });
        object.string("name", &self.names.add(name, keeps_custom));
    }
}
