//! Tools on offer, which of them the sandbox calls, and with which arguments.

use serde_json::{Value, json};

use crate::schema;

/// Names under which agents offer a shell. Called before anything else, with a harmless `echo`.
const SHELLS: &[&str] = &[
    "bash",
    "exec_command",
    "execute_command",
    "local_shell",
    "run_command",
    "run_shell_command",
    "shell",
    "shell_command",
];

/// Parameters under which a shell takes its command.
const COMMANDS: &[&str] = &["cmd", "command"];

/// The program that a code-running tool gets: the form of Codex, whose tools are methods there.
const PROGRAM: &str = r#"const r = await tools.exec_command({cmd: "echo sandbox"}); text(r);"#;

/// A tool that the client runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// Its name, unique in its namespace.
    pub name: String,
    /// The namespace it was offered in.
    pub namespace: Option<String>,
    /// What it takes.
    pub kind: ToolKind,
}

/// What a tool takes.
#[derive(Debug, Clone, PartialEq)]
pub enum ToolKind {
    /// JSON arguments that match this schema.
    Function(Value),
    /// Any text.
    FreeText,
    /// A command, in the Responses item of its own.
    LocalShell,
}

/// One call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The tool's name.
    pub name: String,
    /// The tool's namespace.
    pub namespace: Option<String>,
    /// What it is called with.
    pub input: Input,
}

/// What a tool is called with.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// JSON arguments.
    Arguments(Value),
    /// A text.
    Text(String),
    /// The words of a command.
    Command(Vec<String>),
}

impl Tool {
    /// A function tool outside of any namespace.
    pub fn function(name: impl Into<String>, schema: Value) -> Self {
        Self { name: name.into(), namespace: None, kind: ToolKind::Function(schema) }
    }

    fn is_shell(&self) -> bool {
        match &self.kind {
            ToolKind::LocalShell => true,
            ToolKind::FreeText => false,
            ToolKind::Function(schema) => {
                let name = self.name.to_ascii_lowercase();
                SHELLS.contains(&name.as_str()) && command_parameter(schema).is_some()
            }
        }
    }

    /// Lower is called first. Free text comes last, since no text is known to suit its grammar, and
    /// before it what a namespace holds, which is often another agent.
    fn rank(&self) -> u8 {
        match &self.kind {
            _ if self.is_shell() => 0,
            ToolKind::Function(_) | ToolKind::LocalShell if self.namespace.is_none() => 1,
            ToolKind::FreeText if self.name == "exec" => 2,
            ToolKind::Function(_) | ToolKind::LocalShell => 3,
            ToolKind::FreeText => 4,
        }
    }

    fn call(&self) -> Call {
        Call {
            name: self.name.clone(),
            namespace: self.namespace.clone(),
            input: match &self.kind {
                ToolKind::LocalShell => Input::Command(echo()),
                ToolKind::FreeText if self.name == "exec" => Input::Text(PROGRAM.to_owned()),
                ToolKind::FreeText => Input::Text("sandbox".to_owned()),
                ToolKind::Function(schema) => Input::Arguments(self.arguments(schema)),
            },
        }
    }

    fn arguments(&self, schema: &Value) -> Value {
        let mut arguments = match schema::instance(schema) {
            Value::Object(arguments) => arguments,
            _ => serde_json::Map::new(),
        };
        if self.is_shell()
            && let Some((name, words)) = command_parameter(schema)
        {
            let command = if words { json!(echo()) } else { json!("echo sandbox") };
            arguments.insert(name.to_owned(), command);
        }
        Value::Object(arguments)
    }
}

impl Call {
    /// Bytes that count as output.
    pub fn size(&self) -> usize {
        let input = match &self.input {
            Input::Arguments(arguments) => arguments.to_string().len(),
            Input::Text(text) => text.len(),
            Input::Command(words) => words.iter().map(|word| word.len() + 1).sum(),
        };
        self.name.len() + input
    }
}

/// Which tools may be called.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// None.
    None,
    /// A call if it helps.
    #[default]
    Auto,
    /// Some call, always.
    Required,
    /// A call of this tool, always.
    Named(String),
}

/// The calls of one answer: the forced tool, the `wanted` one or the first by rank; `count` of them in turn. A shell
/// is called alone, so that an agent never runs anything but `echo`.
pub fn calls(tools: &[Tool], choice: &ToolChoice, wanted: Option<&str>, count: usize) -> Vec<Call> {
    let mut on_offer: Vec<&Tool> = match choice {
        ToolChoice::None => vec![],
        ToolChoice::Named(name) => tools.iter().filter(|tool| tool.name == *name).collect(),
        ToolChoice::Auto | ToolChoice::Required => tools.iter().collect(),
    };
    let is_wanted = |tool: &Tool| wanted.is_some_and(|it| tool.name.ends_with(it));
    if on_offer.iter().any(|tool| is_wanted(tool)) {
        on_offer.retain(|tool| is_wanted(tool));
    }
    on_offer.sort_by_key(|tool| tool.rank());
    if let Some(best) = on_offer.first().map(|tool| tool.rank()) {
        on_offer.retain(|tool| tool.rank() == best);
    }
    on_offer.iter().cycle().take(count).map(|tool| tool.call()).collect()
}

/// The parameter for the command, and whether it takes words rather than a line.
fn command_parameter(schema: &Value) -> Option<(&'static str, bool)> {
    COMMANDS.iter().find_map(|name| {
        let parameter = schema.get("properties")?.get(name)?;
        Some((*name, parameter.get("type")? == "array"))
    })
}

fn echo() -> Vec<String> {
    ["echo", "sandbox"].map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Input, Tool, ToolChoice, ToolKind, calls};

    fn shell(name: &str, parameter: &str, kind: &str) -> Tool {
        let schema = json!({"type": "object", "required": [parameter, "why"],
            "properties": {parameter: {"type": kind, "items": {"type": "string"}}, "why": {"type": "string"}}});
        Tool::function(name, schema)
    }

    fn one(tools: &[Tool]) -> (String, Input) {
        let call = calls(tools, &ToolChoice::Auto, None, 1).remove(0);
        (call.name, call.input)
    }

    #[test]
    fn shells_get_an_echo_in_their_own_form() {
        let other = Tool::function("write_file", json!({"type": "object"}));
        for (tool, command) in [
            (shell("Bash", "command", "string"), json!("echo sandbox")),
            (shell("exec_command", "cmd", "string"), json!("echo sandbox")),
            (shell("shell", "command", "array"), json!(["echo", "sandbox"])),
        ] {
            let (name, input) = one(&[other.clone(), tool.clone()]);
            assert_eq!(name, tool.name);
            let Input::Arguments(arguments) = input else { panic!("{input:?}") };
            assert!(arguments.as_object().is_some_and(|map| map.values().any(|v| *v == command)));
            assert!(arguments["why"].is_string());
        }
    }

    #[test]
    fn a_code_tool_is_preferred_to_an_agent_in_a_namespace() {
        let agent = Tool { namespace: Some("agents".to_owned()), ..Tool::function("spawn_agent", json!({})) };
        let code = Tool { name: "exec".to_owned(), namespace: Some("functions".to_owned()), kind: ToolKind::FreeText };
        let (name, input) = one(&[agent, code]);
        assert_eq!(name, "exec");
        assert!(matches!(input, Input::Text(text) if text.contains("echo sandbox")));
    }

    #[test]
    fn several_calls_stay_with_the_shell() {
        let tools = [shell("Bash", "command", "string"), Tool::function("Write", json!({}))];
        let called = calls(&tools, &ToolChoice::Required, None, 2);
        assert!(called.iter().all(|call| call.name == "Bash") && called.len() == 2);
        assert!(calls(&tools, &ToolChoice::None, None, 2).is_empty());
        assert!(calls(&tools, &ToolChoice::Named("Nope".to_owned()), None, 1).is_empty());
    }

    #[test]
    fn the_wanted_tool_is_called_where_it_is_on_offer() {
        let tools = [shell("bash", "command", "string"), Tool::function("goals__create_goal", json!({}))];
        for (wanted, called) in [("create_goal", "goals__create_goal"), ("nope", "bash")] {
            let calls = calls(&tools, &ToolChoice::Auto, Some(wanted), 1);
            assert_eq!(calls[0].name, called);
        }
    }
}
