"""Claude Code CLI: one task with one shell command, over Messages."""

from agent import TASK, execute
from support import GROUP, TOKEN, URL, run

ENVIRONMENT = {
    "ANTHROPIC_BASE_URL": URL,
    "ANTHROPIC_AUTH_TOKEN": TOKEN,
    "ANTHROPIC_MODEL": GROUP,
    "ANTHROPIC_SMALL_FAST_MODEL": GROUP,
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
}


def blocks(events, role: str, kind: str):
    """The blocks of one kind in the messages of one role."""
    messages = [event["message"] for event in events if event["type"] == role]
    contents = [message["content"] for message in messages if isinstance(message["content"], list)]
    return [block for content in contents for block in content if block["type"] == kind]


def task_with_a_command():
    # Root may not skip permissions, but it may allow one tool.
    arguments = ["-p", TASK, "--allowedTools", "Bash", "--output-format", "stream-json", "--verbose", "--max-turns", "4"]
    events = execute("claude", arguments, ENVIRONMENT)
    calls = blocks(events, "assistant", "tool_use")
    results = blocks(events, "user", "tool_result")
    assert [call["name"] for call in calls] == ["Bash"], calls
    assert len(results) == 1 and not results[0].get("is_error") and "sandbox" in str(results[0]["content"]), results
    ended = events[-1]
    assert ended["type"] == "result" and ended["subtype"] == "success" and not ended["is_error"], ended
    assert ended["result"] and ended["usage"]["output_tokens"] > 0, ended


if __name__ == "__main__":
    run("claude", task_with_a_command)
