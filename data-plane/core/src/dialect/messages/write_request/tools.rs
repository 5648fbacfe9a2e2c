use std::borrow::Cow;
use std::collections::HashSet;

use super::block::{Mark, Marks};
use super::schema;
use crate::config::Target;
use crate::dialect::neutral::{
    Field, Impossible, Request, Tool, ToolChoice, ToolKind, ToolName, ToolNames, Warnings, custom,
};
use crate::json::write::{ArrayWriter, ObjectWriter};

/// The fields `tools` and `tool_choice`.
#[derive(Default)]
pub struct Plan<'r> {
    tools: Vec<Described<'r>>,
    choice: Option<Choice>,
    single: bool,
}

struct Described<'r> {
    name: String,
    description: Option<Cow<'r, str>>,
    schema: Cow<'r, str>,
    strict: bool,
    mark: Option<Mark<'r>>,
}

#[derive(Clone, PartialEq, Eq)]
enum Choice {
    Auto,
    None,
    Any,
    Tool(String),
}

/// Decides which tools are offered, and how a call is demanded. `called`: names of the calls in the conversation.
pub fn plan<'r>(
    request: &'r Request<'_>,
    target: &Target,
    called: Vec<&str>,
    names: &mut ToolNames,
    warnings: &mut Warnings,
) -> Result<Plan<'r>, Impossible> {
    let mut plan = Plan { single: request.parallel_tool_calls == Some(false), ..Plan::default() };
    let mut used = HashSet::new();
    for tool in &request.tools {
        let name = names.add(&tool.name, false);
        if !used.insert(name.clone()) {
            warnings.dropped(tool.place.to_string());
            continue;
        }
        plan.tools.push(describe(tool, name, target, warnings));
    }
    plan.choice = match &request.tool_choice {
        None => None,
        Some(ToolChoice::Auto) => Some(Choice::Auto),
        Some(ToolChoice::None) => Some(Choice::None),
        Some(ToolChoice::Required) => Some(Choice::Any),
        Some(ToolChoice::Tool(name)) => Some(Choice::Tool(names.add(name, false))),
        Some(ToolChoice::Allowed { required, tools }) => {
            warnings.approximated(request.field_path(Field::ToolChoice));
            Some(plan.allow(*required, tools, names))
        }
    };
    if plan.tools.is_empty() {
        if matches!(plan.choice, Some(Choice::Any | Choice::Tool(_))) {
            let path = request.field_path(Field::ToolChoice);
            return Err(Impossible::new(path, "it demands a call, and no tool is left that the target knows"));
        }
        if !called.is_empty() {
            plan.describe_history(called);
        }
    }
    Ok(plan)
}

impl Plan<'_> {
    /// How many cache marks the tools have.
    pub fn marks(&self) -> usize {
        self.tools.iter().filter(|it| it.mark.is_some()).count()
    }

    /// Writes both fields.
    pub fn write(&self, out: &mut ObjectWriter<'_>, marks: &mut Marks<'_>) {
        if self.tools.is_empty() {
            return;
        }
        out.array("tools", |out| self.tools.iter().for_each(|tool| tool.write(out, marks)));
        let choice = match &self.choice {
            None if self.single => Choice::Auto,
            None => return,
            Some(choice) => choice.clone(),
        };
        out.object("tool_choice", |out| {
            let (kind, name) = match &choice {
                Choice::Auto => ("auto", None),
                Choice::None => ("none", None),
                Choice::Any => ("any", None),
                Choice::Tool(name) => ("tool", Some(name)),
            };
            out.string("type", kind);
            out.optional("name", name.map(String::as_str));
            if self.single && choice != Choice::None {
                out.plain("disable_parallel_tool_use", true);
            }
        });
    }

    /// Offers these tools alone.
    fn allow(&mut self, required: bool, allowed: &[ToolName<'_>], names: &mut ToolNames) -> Choice {
        let allowed: HashSet<String> = allowed.iter().map(|it| names.add(it, false)).collect();
        self.tools.retain(|it| allowed.contains(&it.name));
        if required { Choice::Any } else { Choice::Auto }
    }

    /// A conversation with calls in it is refused where no tool is described: theirs are, and none may be called.
    fn describe_history(&mut self, called: Vec<&str>) {
        let mut used = HashSet::new();
        for name in called.into_iter().filter(|it| used.insert(*it)) {
            let (schema, _) = schema::of_tool(None);
            let name = name.to_owned();
            self.tools.push(Described { name, description: None, schema, strict: false, mark: None });
        }
        self.choice = Some(Choice::None);
    }
}

impl Described<'_> {
    fn write(&self, out: &mut ArrayWriter<'_>, marks: &mut Marks<'_>) {
        out.object(|out| {
            out.string("name", &self.name);
            out.optional("description", self.description.as_deref());
            out.raw("input_schema", &self.schema);
            if self.strict {
                out.plain("strict", true);
            }
            marks.write(self.mark.as_ref(), out);
        });
    }
}

fn describe<'r>(tool: &'r Tool<'_>, name: String, target: &Target, warnings: &mut Warnings) -> Described<'r> {
    let strict = tool.strict == Some(true);
    if strict && !target.structured_outputs {
        warnings.dropped(tool.place.field("strict"));
    }
    let description = tool.description.as_deref().filter(|it| !it.is_empty());
    let (description, schema) = match &tool.kind {
        ToolKind::Function { schema } => {
            let (schema, exact) = schema::of_tool(schema.as_deref());
            if !exact {
                warnings.approximated(tool.place.field("parameters"));
            }
            (description.map(Cow::Borrowed), schema)
        }
        ToolKind::Custom { format } => {
            warnings.approximated(format!("{}/custom", tool.place));
            (custom::description(description, format.as_deref()), Cow::Borrowed(custom::SCHEMA))
        }
    };
    let mark = Mark::of(tool.cache.as_ref(), tool.place);
    Described { name, description, schema, strict: strict && target.structured_outputs, mark }
}
