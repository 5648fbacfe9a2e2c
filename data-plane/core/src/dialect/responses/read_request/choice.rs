use super::Reading;
use crate::dialect::InvalidBody;
use crate::dialect::neutral::{ToolChoice, ToolName};
use crate::json::{Fields, want};

const FIELD: &str = "tool_choice";

impl<'a> Reading<'a> {
    pub(super) fn tool_choice(&mut self, fields: &mut Fields<'a>) -> Result<(), InvalidBody> {
        self.request.parallel_tool_calls = want::boolean(fields, "", "parallel_tool_calls")?;
        let Some(raw) = fields.take(FIELD) else { return Ok(()) };
        let wrong = || InvalidBody::field(FIELD, raw.offset, "`auto`, `none`, `required` or an object");
        let choice = match raw.string().as_deref() {
            Some("auto") => Some(ToolChoice::Auto),
            Some("none") => Some(ToolChoice::None),
            Some("required") => Some(ToolChoice::Required),
            Some(_) => return Err(wrong()),
            None => self.chosen(raw.fields().ok_or_else(wrong)?)?,
        };
        self.request.tool_choice = choice;
        Ok(())
    }

    fn chosen(&mut self, mut fields: Fields<'a>) -> Result<Option<ToolChoice<'a>>, InvalidBody> {
        let kind = want::required(&mut fields, FIELD, "type")?;
        Ok(match &*kind {
            "function" | "custom" => Some(ToolChoice::Tool(tool_name(&mut fields, FIELD, kind == "custom")?)),
            "allowed_tools" => self.allowed(fields)?,
            "image_generation" if self.request.wants_image => {
                self.request.requires_image = true;
                self.request.warnings.approximated(FIELD);
                None
            }
            _ => {
                self.impossible(FIELD, "it demands a tool that the provider runs");
                None
            }
        })
    }

    fn allowed(&mut self, mut fields: Fields<'a>) -> Result<Option<ToolChoice<'a>>, InvalidBody> {
        let required = want::string(&mut fields, FIELD, "mode")?.as_deref() == Some("required");
        let mut tools = Vec::new();
        for (index, raw) in want::elements(&mut fields, FIELD, "tools")?.into_iter().enumerate() {
            let owner = format!("{FIELD}.tools[{index}]");
            let mut tool = raw.fields().ok_or_else(|| InvalidBody::field(&owner, raw.offset, "an object"))?;
            let kind = want::required(&mut tool, &owner, "type")?;
            match &*kind {
                "function" | "custom" => tools.push(tool_name(&mut tool, &owner, kind == "custom")?),
                other => self.request.warnings.dropped(format!("{owner}/{other}")),
            }
        }
        Ok(match (tools.is_empty(), required) {
            (true, true) => {
                self.impossible(FIELD, "it demands a tool that the provider runs");
                None
            }
            (true, false) => Some(ToolChoice::None),
            (false, required) => Some(ToolChoice::Allowed { required, tools }),
        })
    }
}

fn tool_name<'a>(fields: &mut Fields<'a>, owner: &str, custom: bool) -> Result<ToolName<'a>, InvalidBody> {
    Ok(ToolName {
        namespace: want::string(fields, owner, "namespace")?,
        name: want::required(fields, owner, "name")?,
        custom,
    })
}
