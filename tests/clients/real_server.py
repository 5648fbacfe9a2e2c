"""The official SDKs against a target that is a real server of its own making, not a sandbox: llama.cpp's, with the tiny
model of tests/llama. What it says is known, since it says few things."""

import openai_chat
import openai_responses
import anthropic_messages
from anthropic import BadRequestError as AnthropicBadRequest
from openai import BadRequestError
from support import GROUP, run

GREETING = "Hello from a tiny model with random weights."
THOUGHTS = "The user wants something short, so I will"
CONTEXT = 20_000


def named(dialect: str, *cases):
    """The cases of another script, under names of their own."""

    def renamed(case):
        def started():
            case()

        started.__name__ = f"{dialect}_{case.__name__}"
        return started

    return [renamed(case) for case in cases]


def greetings():
    chat = openai_chat.client.chat.completions.create(model=GROUP, messages=openai_chat.HELLO)
    assert chat.choices[0].message.content == GREETING, chat
    assert openai_responses.client.responses.create(model=GROUP, input="Hello", store=False).output_text == GREETING
    message = anthropic_messages.client.messages.create(model=GROUP, max_tokens=200, messages=anthropic_messages.HELLO)
    assert message.content[0].text == GREETING and message.id.startswith("msg_"), message


def thoughts():
    """Reasoning arrives as the caller's dialect has it, beside the text."""
    asked = {"model": GROUP, "messages": openai_chat.HELLO}
    chat = openai_chat.client.chat.completions.create(**asked, reasoning_effort="low")
    assert chat.choices[0].message.reasoning_content.strip() == THOUGHTS, chat
    reasoning = {"effort": "low", "summary": "auto"}
    response = openai_responses.client.responses.create(model=GROUP, input="Hello", store=False, reasoning=reasoning)
    assert response.output[0].summary[0].text.strip() == THOUGHTS and response.output_text.strip() == GREETING, response
    thinking = anthropic_messages.THINKING
    message = anthropic_messages.client.messages.create(**asked, max_tokens=2048, thinking=thinking)
    assert [block.type for block in message.content] == ["thinking", "text"], message
    assert message.content[0].thinking.strip() == THOUGHTS and message.content[0].signature, message


def forced_tools():
    tools = {"tools": [openai_chat.TOOL], "tool_choice": "required"}
    chat = openai_chat.client.chat.completions.create(model=GROUP, messages=openai_chat.HELLO, **tools)
    assert [call.function.name for call in chat.choices[0].message.tool_calls] == ["get_weather"], chat
    tools = {"tools": [anthropic_messages.TOOL], "tool_choice": {"type": "any"}}
    asked = {"model": GROUP, "max_tokens": 300, "messages": anthropic_messages.HELLO}
    message = anthropic_messages.client.messages.create(**asked, **tools)
    assert message.stop_reason == "tool_use" and message.content[-1].name == "get_weather", message


def too_long():
    """The server's own refusal of a prompt beyond its context, in the words that each client knows."""
    words = "x " * CONTEXT
    try:
        openai_chat.client.chat.completions.create(model=GROUP, messages=[{"role": "user", "content": words}])
    except BadRequestError as refused:
        assert "context" in str(refused), refused
    else:
        raise AssertionError("no error")
    try:
        asked = {"model": GROUP, "max_tokens": 100, "messages": [{"role": "user", "content": words}]}
        anthropic_messages.client.messages.create(**asked)
    except AnthropicBadRequest as refused:
        assert "prompt is too long" in str(refused), refused
    else:
        raise AssertionError("no error")


if __name__ == "__main__":
    chat, responses, messages = openai_chat, openai_responses, anthropic_messages
    run(
        "real server",
        greetings,
        thoughts,
        forced_tools,
        too_long,
        *named(
            "chat", chat.whole, chat.stream, chat.stream_without_usage, chat.tool_loop, chat.tool_loop_streamed, chat.parse,
            chat.output_cap,
        ),
        *named(
            "responses", responses.whole, responses.stream, responses.tool_loop, responses.tool_loop_streamed, responses.parse,
        ),
        *named(
            "messages", messages.whole, messages.stream, messages.tool_loop, messages.tool_loop_streamed_with_thinking,
            messages.parse, messages.output_cap,
        ),
    )
