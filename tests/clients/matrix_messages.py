"""The anthropic SDK with Messages on targets of every dialect."""

import json

from anthropic import Anthropic, APIError, BadRequestError
from pydantic import BaseModel

from matrix import (
    CITY, DONE, HELLO, PIXEL, WEB_URL, Now, everywhere, gives_back_reasoning, group, http_client, journal, metered, realm, warnings,
)
from support import TOKEN, URL, WEATHER_SCHEMA, valid

client = Anthropic(base_url=URL, api_key=None, auth_token=TOKEN, max_retries=0, http_client=http_client())
USER = [{"role": "user", "content": "Hello"}]
CAP = 4000


def tool(name: str) -> dict:
    return {"name": name, "description": "A tool", "input_schema": WEATHER_SCHEMA}


class City(BaseModel):
    name: str
    population: int


def checked(message, behaviour):
    assert message.model == group(behaviour), message.model
    assert message.id.startswith("msg_"), message.id
    usage = message.usage
    read = usage.input_tokens + (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    return message, metered(read, usage.output_tokens)


def ask(behaviour="plain", messages=USER, max_tokens=CAP, **options):
    """The answer, whole; its model and its usage are checked."""
    made = client.messages.create(model=group(behaviour), max_tokens=max_tokens, messages=messages, **options)
    return checked(valid(made), behaviour)


def stream(behaviour="plain", messages=USER, max_tokens=CAP, **options):
    """The same from a stream, put together by the SDK."""
    with client.messages.stream(model=group(behaviour), max_tokens=max_tokens, messages=messages, **options) as events:
        kinds = [event.type for event in events]
        message = events.get_final_message()
    assert kinds[0] == "message_start" and kinds[-1] == "message_stop", kinds
    return checked(message, behaviour)


def both(*arguments, **options):
    return [ask(*arguments, **options), stream(*arguments, **options)]


def said(message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def text():
    message, _ = ask(system="Be brief.")
    assert (said(message), message.stop_reason) == (HELLO, "end_turn"), message


def streamed():
    message, _ = stream(system="Be brief.")
    assert (said(message), message.stop_reason) == (HELLO, "end_turn"), message


def called(message) -> list:
    assert message.stop_reason == "tool_use", message
    calls = [block for block in message.content if block.type == "tool_use"]
    assert len({call.id for call in calls}) == len(calls) and all(call.id.startswith("toolu_") for call in calls), calls
    return [(call.name, call.input) for call in calls]


def tools():
    for forced in ({"type": "auto"}, {"type": "any"}, {"type": "tool", "name": "get_weather"}):
        for message, _ in both(tools=[tool("get_weather")], tool_choice=forced):
            assert called(message) == [("get_weather", CITY)], message


def parallel_tools():
    for message, _ in both("parallel", tools=[tool("get_weather"), tool("get_news")]):
        assert called(message) == [("get_weather", CITY), ("get_news", CITY)], message
    one = {"type": "auto", "disable_parallel_tool_use": True}
    for message, _ in both("parallel", tools=[tool("get_weather"), tool("get_news")], tool_choice=one):
        assert called(message) == [("get_weather", CITY)], message


def pixel() -> dict:
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}


def tool_results():
    calls = [{"type": "tool_use", "id": f"toolu_{n}", "name": "get_weather", "input": CITY} for n in (1, 2, 3)]
    contents = ["sunny 1", [{"type": "text", "text": "sunny 2"}, pixel()], "no weather"]
    results = [{"type": "tool_result", "tool_use_id": f"toolu_{n}", "content": it} for n, it in enumerate(contents, 1)]
    results[2]["is_error"] = True
    assistant = {"role": "assistant", "content": [{"type": "text", "text": "Let me look."}, *calls]}
    user = {"role": "user", "content": [*results, {"type": "text", "text": "And remember this."}]}
    for message, body in both(messages=[*USER, assistant, user], tools=[tool("get_weather")]):
        # The user has the last word here, and dialects differ in who spoke last.
        assert message.content, message
        sent = json.dumps(body)
        pieces = ("Let me look.", "sunny 1", "sunny 2", "no weather", "And remember this.", PIXEL)
        assert all(piece in sent for piece in pieces), sent
    user = {"role": "user", "content": results}
    for message, _ in both(messages=[*USER, assistant, user], tools=[tool("get_weather")]):
        assert said(message).lower().endswith(DONE.lower()) and message.stop_reason == "end_turn", message


def image():
    parts = [{"type": "text", "text": "What is this?"}, pixel(), {"type": "image", "source": {"type": "url", "url": WEB_URL}}]
    for message, _ in both(messages=[{"role": "user", "content": parts}]):
        assert said(message).startswith("I see 2 images, "), message


def structured_output():
    message = client.messages.parse(model=group(), max_tokens=CAP, messages=USER, output_format=City)
    assert isinstance(message.parsed_output, City), message
    journal()


def reasoning():
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 2000}, "tools": [tool("get_weather")]}
    for message, _ in both(**thinking):
        thought = message.content[0]
        assert thought.type == "thinking" and f"thinks {realm()}" in thought.thinking and thought.signature, message
        call = message.content[-1]
        content = [block.to_dict() for block in message.content]
        result = {"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}
        turns = [{"role": "assistant", "content": content}, {"role": "user", "content": [result]}]
        again, body = ask(messages=[*USER, *turns], **thinking)
        assert said(again) == DONE and gives_back_reasoning(body), body


def stop():
    for message, _ in both(stop_sequences=["every"]):
        if Now.target == "responses":
            assert said(message) == HELLO and "stop" in warnings(), (message, warnings())
        else:
            assert said(message) == HELLO.split("every")[0], message
        if Now.target == "messages":
            assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", "every"), message


def cap():
    for message, _ in both(max_tokens=16):
        assert message.stop_reason == "max_tokens" and HELLO.startswith(said(message)), message


def error():
    for streaming in (False, True):
        try:
            client.messages.create(model=group("refused"), max_tokens=CAP, messages=USER, stream=streaming)
        except BadRequestError as refused:
            assert refused.body["error"]["type"] == "invalid_request_error" and refused.body["error"]["message"], refused.body
        else:
            raise AssertionError("no error")
    journal()


def error_mid_stream():
    heard = ""
    try:
        for event in client.messages.create(model=group("broken"), max_tokens=CAP, messages=USER, stream=True):
            if event.type == "content_block_delta":
                heard += event.delta.text
    except APIError as broken:
        assert heard and HELLO.startswith(heard) and broken.message, (heard, broken)
    else:
        raise AssertionError("no error")
    journal()


if __name__ == "__main__":
    everywhere(
        "messages", text, streamed, tools, parallel_tools, tool_results, image, structured_output, reasoning, stop, cap, error,
        error_mid_stream,
    )
