"""The openai SDK with Chat Completions on targets of every dialect."""

import json

from openai import APIError, BadRequestError, LengthFinishReasonError, OpenAI
from pydantic import BaseModel

from matrix import (
    CITY, DATA_URL, DONE, HELLO, WEB_URL, Now, everywhere, gives_back_reasoning, group, http_client, journal, metered, realm, warnings,
)
from support import TOKEN, URL, WEATHER_SCHEMA, valid

client = OpenAI(base_url=f"{URL}/v1", api_key=TOKEN, max_retries=0, http_client=http_client())
USER = [{"role": "user", "content": "Hello"}]


def tool(name: str) -> dict:
    return {"type": "function", "function": {"name": name, "description": "A tool", "parameters": WEATHER_SCHEMA, "strict": True}}


class City(BaseModel):
    name: str
    population: int


def ask(behaviour="plain", messages=USER, **options):
    """The answer's choice, whole; its model and its usage are checked."""
    answer = valid(client.chat.completions.create(model=group(behaviour), messages=messages, **options))
    assert answer.model == group(behaviour), answer.model
    body = metered(answer.usage.prompt_tokens, answer.usage.completion_tokens)
    return answer.choices[0], body


def stream(behaviour="plain", messages=USER, **options):
    """The same from a stream, put together by the SDK."""
    options |= {"stream_options": {"include_usage": True}}
    with client.chat.completions.stream(model=group(behaviour), messages=messages, **options) as events:
        for event in events:
            if event.type == "chunk":
                assert valid(event.chunk).model == group(behaviour)
        answer = events.get_final_completion()
    body = metered(answer.usage.prompt_tokens, answer.usage.completion_tokens)
    return answer.choices[0], body


def both(*arguments, **options):
    return [ask(*arguments, **options), stream(*arguments, **options)]


def text():
    choice, _ = ask()
    assert (choice.message.content, choice.finish_reason) == (HELLO, "stop"), choice


def streamed():
    choice, _ = stream()
    assert (choice.message.content, choice.finish_reason) == (HELLO, "stop"), choice


def called(choice) -> list:
    assert choice.finish_reason == "tool_calls", choice
    calls = choice.message.tool_calls
    assert len({call.id for call in calls}) == len(calls) and all(call.id.startswith("call_") for call in calls), calls
    return [(call.function.name, json.loads(call.function.arguments)) for call in calls]


def tools():
    for forced in ("auto", "required", {"type": "function", "function": {"name": "get_weather"}}):
        for choice, _ in both(tools=[tool("get_weather")], tool_choice=forced):
            assert called(choice) == [("get_weather", CITY)], choice


def parallel_tools():
    for choice, _ in both("parallel", tools=[tool("get_weather"), tool("get_news")]):
        assert called(choice) == [("get_weather", CITY), ("get_news", CITY)], choice
    for choice, _ in both("parallel", tools=[tool("get_weather"), tool("get_news")], parallel_tool_calls=False):
        assert called(choice) == [("get_weather", CITY)], choice


def call(n: int) -> dict:
    return {"id": f"call_{n}", "type": "function", "function": {"name": "get_weather", "arguments": json.dumps(CITY)}}


def tool_results():
    results = [{"role": "tool", "tool_call_id": f"call_{n}", "content": f"sunny {n}"} for n in (1, 2)]
    results[1]["content"] = [{"type": "text", "text": "sunny 2"}]
    assistant = {"role": "assistant", "content": "Let me look.", "tool_calls": [call(1), call(2)]}
    for choice, body in both(messages=[*USER, assistant, *results], tools=[tool("get_weather")]):
        assert (choice.message.content, choice.finish_reason) == (DONE, "stop"), choice
        sent = json.dumps(body)
        assert all(piece in sent for piece in ("Let me look.", "sunny 1", "sunny 2")), sent


def image():
    parts = [{"type": "text", "text": "What is this?"}]
    parts += [{"type": "image_url", "image_url": {"url": url}} for url in (DATA_URL, WEB_URL)]
    for choice, _ in both(messages=[{"role": "user", "content": parts}]):
        assert choice.message.content.startswith("I see 2 images, "), choice


def structured_output():
    answer = client.chat.completions.parse(model=group(), messages=USER, response_format=City)
    assert isinstance(answer.choices[0].message.parsed, City)
    metered(answer.usage.prompt_tokens, answer.usage.completion_tokens)
    choice, _ = stream(response_format=City)
    assert isinstance(choice.message.parsed, City), choice


def reasoning():
    for choice, _ in both(reasoning_effort="medium", tools=[tool("get_weather")]):
        assert f"thinks {realm()}" in choice.message.reasoning_content, choice
        message = choice.message.to_dict()
        for added in ("parsed", "refusal", "annotations"):
            message.pop(added, None)
        for one in message["tool_calls"]:
            one.pop("index", None)
            one["function"].pop("parsed_arguments", None)
        result = {"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "sunny"}
        again, body = ask(messages=[*USER, message, result], reasoning_effort="medium", tools=[tool("get_weather")])
        assert again.message.content == DONE and gives_back_reasoning(body), body


def stop():
    for choice, body in both(stop=["every"]):
        if Now.target == "responses":
            assert choice.message.content == HELLO and "stop" in warnings(), (choice, warnings())
        else:
            assert choice.message.content == HELLO.split("every")[0] and choice.finish_reason == "stop", choice


def cap():
    choice, _ = ask(max_completion_tokens=16)
    assert choice.finish_reason == "length" and HELLO.startswith(choice.message.content), choice
    try:
        stream(max_completion_tokens=16)
    except LengthFinishReasonError as cut:
        choice = cut.completion.choices[0]
        assert choice.finish_reason == "length" and HELLO.startswith(choice.message.content), choice
    else:
        raise AssertionError("no end for its length")
    journal()


def error():
    for streaming in (False, True):
        try:
            client.chat.completions.create(model=group("refused"), messages=USER, stream=streaming)
        except BadRequestError as refused:
            assert refused.body["type"] == "invalid_request_error" and refused.body["message"], refused.body
        else:
            raise AssertionError("no error")
    journal()


def error_mid_stream():
    said = ""
    try:
        for chunk in client.chat.completions.create(model=group("broken"), messages=USER, stream=True):
            said += chunk.choices[0].delta.content or ""
    except APIError as broken:
        assert said and HELLO.startswith(said) and broken.message, (said, broken)
    else:
        raise AssertionError("no error")
    journal()


if __name__ == "__main__":
    everywhere(
        "chat", text, streamed, tools, parallel_tools, tool_results, image, structured_output, reasoning, stop, cap, error,
        error_mid_stream,
    )
