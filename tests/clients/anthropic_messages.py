"""The anthropic SDK against Messages, token counting and the list of models."""

from anthropic import Anthropic
from pydantic import BaseModel

from support import CITY, GROUP, TOKEN, URL, WEATHER_SCHEMA, counted, run, valid, weather

client = Anthropic(base_url=URL, api_key=None, auth_token=TOKEN, max_retries=0, timeout=30)
TOOL = {"name": "get_weather", "description": "The weather", "input_schema": WEATHER_SCHEMA}
HELLO = [{"role": "user", "content": "Hello"}]
THINKING = {"type": "enabled", "budget_tokens": 1024}


class City(BaseModel):
    name: str
    population: int


def whole():
    answer = valid(client.messages.create(model=GROUP, max_tokens=200, messages=HELLO))
    assert answer.model == GROUP, answer.model
    assert answer.content[0].text and answer.stop_reason == "end_turn"
    counted(answer.usage, "input_tokens", "output_tokens")


def stream():
    kinds = []
    for event in client.messages.create(model=GROUP, max_tokens=200, messages=HELLO, stream=True):
        kinds.append(valid(event).type)
    assert kinds[0] == "message_start" and kinds[-2:] == ["message_delta", "message_stop"], kinds
    with client.messages.stream(model=GROUP, max_tokens=200, messages=HELLO) as events:
        text = "".join(events.text_stream)
        message = events.get_final_message()
    assert text and message.content[0].text == text
    assert message.model == GROUP, message.model
    counted(message.usage, "input_tokens", "output_tokens")


def results(message):
    """The results of the tool calls in a message."""
    calls = [block for block in message.content if block.type == "tool_use"]
    return [{"type": "tool_result", "tool_use_id": call.id, "content": weather(**call.input)} for call in calls]


def loop(ask):
    messages = [{"role": "user", "content": CITY}]
    for rounds in range(4):
        message = valid(ask(messages))
        messages.append({"role": "assistant", "content": message.content})
        tool_results = results(message)
        if not tool_results:
            assert rounds and message.content[-1].text
            return
        assert message.stop_reason == "tool_use"
        messages.append({"role": "user", "content": tool_results})
    raise AssertionError("the tool loop does not end")


def tool_loop():
    loop(lambda messages: client.messages.create(model=GROUP, max_tokens=200, messages=messages, tools=[TOOL]))


def tool_loop_streamed_with_thinking():
    def ask(messages):
        request = {"model": GROUP, "max_tokens": 2048, "messages": messages, "tools": [TOOL], "thinking": THINKING}
        with client.messages.stream(**request) as events:
            message = events.get_final_message()
        assert message.content[0].type == "thinking" and message.content[0].signature
        return message

    loop(ask)


def parse():
    answer = client.messages.parse(model=GROUP, max_tokens=200, messages=HELLO, output_format=City)
    assert isinstance(answer.parsed_output, City)


def output_cap():
    answer = client.messages.create(model=GROUP, max_tokens=3, messages=HELLO)
    assert answer.stop_reason == "max_tokens" and answer.usage.output_tokens <= 3


def count_tokens():
    counted = valid(client.messages.count_tokens(model=GROUP, messages=HELLO, system="Be brief.", tools=[TOOL]))
    assert counted.input_tokens > 0


def models():
    listed = [valid(model).id for model in client.models.list()]
    assert GROUP in listed, listed


if __name__ == "__main__":
    run(
        "anthropic messages", whole, stream, tool_loop, tool_loop_streamed_with_thinking, parse, output_cap, count_tokens, models
    )
