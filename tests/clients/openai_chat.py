"""The openai SDK against Chat Completions and the list of models."""

import json

from openai import OpenAI
from pydantic import BaseModel

from support import CITY, GROUP, TOKEN, URL, WEATHER_SCHEMA, counted, run, valid, weather

client = OpenAI(base_url=f"{URL}/v1", api_key=TOKEN, max_retries=0, timeout=30)
TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": WEATHER_SCHEMA, "strict": True}}
HELLO = [{"role": "user", "content": "Hello"}]


class City(BaseModel):
    name: str
    population: int


def whole():
    answer = valid(client.chat.completions.create(model=GROUP, messages=HELLO))
    assert answer.model == GROUP, answer.model
    assert answer.choices[0].message.content and answer.choices[0].finish_reason == "stop"
    counted(answer.usage, "prompt_tokens", "completion_tokens")


def stream():
    text, usage, finish = "", None, None
    options = {"include_usage": True}
    for chunk in client.chat.completions.create(model=GROUP, messages=HELLO, stream=True, stream_options=options):
        assert valid(chunk).model == GROUP, chunk.model
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
    assert text and finish == "stop"
    counted(usage, "prompt_tokens", "completion_tokens")


def stream_without_usage():
    for chunk in client.chat.completions.create(model=GROUP, messages=HELLO, stream=True):
        assert chunk.usage is None and len(chunk.choices) == 1, chunk


def tool_loop():
    messages = [{"role": "user", "content": CITY}]
    called = 0
    for _ in range(4):
        answer = valid(client.chat.completions.create(model=GROUP, messages=messages, tools=[TOOL]))
        message = answer.choices[0].message
        if not message.tool_calls:
            assert called and message.content
            return
        assert answer.choices[0].finish_reason == "tool_calls"
        messages.append(message)
        for call in message.tool_calls:
            called += 1
            result = weather(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    raise AssertionError("the tool loop does not end")


def sent_back(call) -> dict:
    """A call as the next request repeats it: without what the SDK's stream helper added."""
    call = call.to_dict()
    call.pop("index", None)
    call["function"].pop("parsed_arguments", None)
    return call


def tool_loop_streamed():
    messages = [{"role": "user", "content": CITY}]
    with client.chat.completions.stream(model=GROUP, messages=messages, tools=[TOOL]) as events:
        kinds = {event.type for event in events}
        message = events.get_final_completion().choices[0].message
    assert "tool_calls.function.arguments.done" in kinds, kinds
    messages.append({"role": "assistant", "tool_calls": [sent_back(call) for call in message.tool_calls]})
    for call in message.tool_calls:
        result = weather(**json.loads(call.function.arguments))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    with client.chat.completions.stream(model=GROUP, messages=messages, tools=[TOOL]) as events:
        events.until_done()
        assert events.get_final_completion().choices[0].message.content


def parse():
    answer = client.chat.completions.parse(model=GROUP, messages=HELLO, response_format=City)
    assert isinstance(answer.choices[0].message.parsed, City)


def image():
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]
    answer = client.chat.completions.create(model=GROUP, messages=[{"role": "user", "content": parts}])
    assert answer.choices[0].message.content


def output_cap():
    answer = client.chat.completions.create(model=GROUP, messages=HELLO, max_completion_tokens=3)
    assert answer.choices[0].finish_reason == "length" and answer.usage.completion_tokens <= 3


def models():
    listed = [valid(model).id for model in client.models.list()]
    assert GROUP in listed, listed


if __name__ == "__main__":
    run("openai chat", whole, stream, stream_without_usage, tool_loop, tool_loop_streamed, parse, image, output_cap, models)
