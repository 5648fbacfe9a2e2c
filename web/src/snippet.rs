/// A ready text that sends a first request from some client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The client: `Claude Code`.
    pub client: &'static str,
    /// Where the text goes: `In a terminal`, `~/.codex/config.toml`.
    pub place: &'static str,
    /// The text.
    pub text: String,
}

/// What snippets are made for.
#[derive(Clone, Copy, Debug)]
pub struct SnippetFor<'a> {
    /// Where routers listen, without a path: `https://router.example`.
    pub base_url: &'a str,
    /// The token where it is shown, else the name of the variable that holds it: `$SMART_ROUTER_TOKEN`.
    pub token: &'a str,
    /// A group that the caller may use.
    pub group: &'a str,
}

impl SnippetFor<'_> {
    /// For every client, those at a terminal first.
    pub fn all(self) -> Vec<Snippet> {
        let snippet = |client, place, text: String| Snippet { client, place, text };
        vec![
            snippet("curl", "In a terminal", self.curl()),
            snippet("OpenAI SDK", "Python, openai", self.openai()),
            snippet("Anthropic SDK", "Python, anthropic", self.anthropic()),
            snippet("Codex", "~/.codex/config.toml", self.codex()),
            snippet("Claude Code", "In a terminal", self.claude_code()),
            snippet("opencode", "opencode.json", self.opencode()),
            snippet("Cursor", "Settings, Models, API keys", self.cursor()),
        ]
    }

    fn curl(self) -> String {
        let Self { base_url, token, group } = self;
        format!(
            "curl {base_url}/v1/chat/completions \\\n  -H \"authorization: Bearer {token}\" \\\n  -H 'content-type: application/json' \\\n  \
             -d '{{\"model\":\"{group}\",\"messages\":[{{\"role\":\"user\",\"content\":\"Hello\"}}]}}'"
        )
    }

    /// The token as Python and Codex take it: from the environment where it is not shown.
    fn python_token(self) -> String {
        match self.token.strip_prefix('$') {
            Some(variable) => format!("os.environ[\"{variable}\"]"),
            None => format!("\"{}\"", self.token),
        }
    }

    fn openai(self) -> String {
        let (Self { base_url, group, .. }, token) = (self, self.python_token());
        format!(
            "import os\nfrom openai import OpenAI\n\nclient = OpenAI(base_url=\"{base_url}/v1\", api_key={token})\n\
             response = client.responses.create(model=\"{group}\", input=\"Hello\")\nprint(response.output_text)"
        )
    }

    fn anthropic(self) -> String {
        let (Self { base_url, group, .. }, token) = (self, self.python_token());
        format!(
            "import os\nfrom anthropic import Anthropic\n\nclient = Anthropic(base_url=\"{base_url}\", api_key={token})\n\
             message = client.messages.create(model=\"{group}\", max_tokens=200, messages=[{{\"role\": \"user\", \"content\": \"Hello\"}}])\n\
             print(message.content[0].text)"
        )
    }

    fn codex(self) -> String {
        let Self { base_url, token, group } = self;
        let set = if token.starts_with('$') { String::new() } else { format!("# export SMART_ROUTER_TOKEN={token}\n") };
        format!(
            "{set}model = \"{group}\"\nmodel_provider = \"smart-router\"\n\n[model_providers.smart-router]\nname = \"Smart Router\"\n\
             base_url = \"{base_url}/v1\"\nenv_key = \"SMART_ROUTER_TOKEN\"\nwire_api = \"responses\""
        )
    }

    fn claude_code(self) -> String {
        let Self { base_url, token, group } = self;
        format!(
            "export ANTHROPIC_BASE_URL={base_url} ANTHROPIC_AUTH_TOKEN=\"{token}\"\nunset ANTHROPIC_API_KEY\nclaude --model {group} -p \"Hello\""
        )
    }

    fn opencode(self) -> String {
        let Self { base_url, token, group } = self;
        let key = token.strip_prefix('$').map_or_else(|| token.to_owned(), |it| format!("{{env:{it}}}"));
        format!(
            "{{\n  \"$schema\": \"https://opencode.ai/config.json\",\n  \"model\": \"smart-router/{group}\",\n  \"provider\": {{\n    \
             \"smart-router\": {{\n      \"npm\": \"@ai-sdk/openai-compatible\",\n      \"name\": \"Smart Router\",\n      \
             \"options\": {{ \"baseURL\": \"{base_url}/v1\", \"apiKey\": \"{key}\" }},\n      \
             \"models\": {{ \"{group}\": {{ \"name\": \"{group}\" }} }}\n    }}\n  }}\n}}"
        )
    }

    fn cursor(self) -> String {
        let Self { base_url, token, group } = self;
        format!(
            "OpenAI API key            {token}\nOverride OpenAI base URL  {base_url}/v1\nAdd a custom model        {group}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_token_comes_from_the_environment() {
        let hidden = SnippetFor { base_url: "http://r", token: "$SMART_ROUTER_TOKEN", group: "fast" }.all();
        let text =
            |client: &str| hidden.iter().find(|it| it.client == client).map(|it| it.text.clone()).unwrap_or_default();
        assert!(text("OpenAI SDK").contains("api_key=os.environ[\"SMART_ROUTER_TOKEN\"]"));
        assert!(text("opencode").contains("{env:SMART_ROUTER_TOKEN}"));
        let shown = SnippetFor { base_url: "http://r", token: "sr_a_b", group: "fast" }.all();
        assert!(shown.iter().all(|it| it.text.contains("sr_a_b") && it.text.contains("fast")));
    }
}
