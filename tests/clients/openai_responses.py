"""The openai SDK against Responses."""

import json

from openai import OpenAI
from pydantic import BaseModel

from support import CITY, GROUP, TOKEN, URL, WEATHER_SCHEMA, counted, run, valid, weather

client = OpenAI(base_url=f"{URL}/v1", api_key=TOKEN, max_retries=0, timeout=30)
TOOL = {"type": "function", "name": "get_weather", "parameters": WEATHER_SCHEMA, "strict": True}


class City(BaseModel):
    name: str
    population: int


def whole():
    answer = valid(client.responses.create(model=GROUP, input="Hello", store=False))
    assert answer.model == GROUP, answer.model
    assert answer.status == "completed" and answer.output_text
    counted(answer.usage, "input_tokens", "output_tokens")


def stream():
    text, kinds, expected = "", [], 0
    for event in client.responses.create(model=GROUP, input="Hello", store=False, stream=True):
        valid(event)
        assert event.sequence_number == expected, event
        expected += 1
        kinds.append(event.type)
        if event.type == "response.output_text.delta":
            text += event.delta
    assert kinds[:2] == ["response.created", "response.in_progress"] and kinds[-1] == "response.completed", kinds
    assert event.response.output_text == text and text
    assert event.response.model == GROUP, event.response.model
    counted(event.response.usage, "input_tokens", "output_tokens")


def outputs(items):
    """The results of the function calls among the items."""
    for item in items:
        if item.type == "function_call":
            result = weather(**json.loads(item.arguments))
            yield {"type": "function_call_output", "call_id": item.call_id, "output": result}


def sent_back(item):
    """An item as the next request repeats it: without what the SDK's stream helper added."""
    return item.model_dump(mode="json", exclude={"parsed_arguments"}, exclude_unset=True)


def tool_loop():
    items = [{"role": "user", "content": CITY}]
    called = 0
    for _ in range(4):
        answer = valid(client.responses.create(model=GROUP, input=items, tools=[TOOL], store=False))
        results = list(outputs(answer.output))
        if not results:
            assert called and answer.output_text
            return
        called += len(results)
        items += answer.output + results
    raise AssertionError("the tool loop does not end")


def tool_loop_streamed():
    items = [{"role": "user", "content": CITY}]
    reasoning = {"effort": "low", "summary": "auto"}
    for rounds in range(4):
        with client.responses.stream(model=GROUP, input=items, tools=[TOOL], store=False, reasoning=reasoning) as events:
            for event in events:
                pass
            answer = events.get_final_response()
        results = list(outputs(answer.output))
        if not results:
            assert rounds and answer.output_text
            return
        items += [sent_back(item) for item in answer.output] + results
    raise AssertionError("the tool loop does not end")


def parse():
    answer = client.responses.parse(model=GROUP, input="A city", text_format=City, store=False)
    assert isinstance(answer.output_parsed, City)


def output_cap():
    answer = client.responses.create(model=GROUP, input="Hello", max_output_tokens=16, store=False)
    assert answer.status == "incomplete" and answer.incomplete_details.reason == "max_output_tokens"


if __name__ == "__main__":
    run("openai responses", whole, stream, tool_loop, tool_loop_streamed, parse, output_cap)
