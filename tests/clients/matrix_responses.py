"""The openai SDK with Responses on targets of every dialect."""

import json

from openai import APIError, BadRequestError, OpenAI
from pydantic import BaseModel

from matrix import CITY, DATA_URL, DONE, HELLO, WEB_URL, everywhere, gives_back_reasoning, group, http_client, journal, metered, realm
from support import TOKEN, URL, WEATHER_SCHEMA, valid

client = OpenAI(base_url=f"{URL}/v1", api_key=TOKEN, max_retries=0, http_client=http_client())
USER = [{"role": "user", "content": "Hello"}]


def tool(name: str) -> dict:
    return {"type": "function", "name": name, "description": "A tool", "parameters": WEATHER_SCHEMA, "strict": True}


class City(BaseModel):
    name: str
    population: int


def checked(answer, behaviour):
    assert answer.model == group(behaviour), answer.model
    assert answer.id.startswith("resp_"), answer.id
    return answer, metered(answer.usage.input_tokens, answer.usage.output_tokens)


def ask(behaviour="plain", input=USER, **options):
    """The answer, whole; its model and its usage are checked."""
    return checked(valid(client.responses.create(model=group(behaviour), input=input, store=False, **options)), behaviour)


def stream(behaviour="plain", input=USER, **options):
    """The same from a stream, event by event."""
    numbers, kinds, said, answer = [], [], "", None
    for event in client.responses.create(model=group(behaviour), input=input, store=False, stream=True, **options):
        valid(event)
        numbers.append(event.sequence_number)
        kinds.append(event.type)
        if event.type == "response.output_text.delta":
            said += event.delta
        answer = getattr(event, "response", answer)
    assert numbers == list(range(len(numbers))), numbers
    assert kinds[:2] == ["response.created", "response.in_progress"], kinds
    assert kinds[-1] in ("response.completed", "response.incomplete"), kinds
    assert answer.output_text == said, (answer.output_text, said)
    return checked(answer, behaviour)


def both(*arguments, **options):
    return [ask(*arguments, **options), stream(*arguments, **options)]


def text():
    answer, _ = ask()
    assert (answer.output_text, answer.status) == (HELLO, "completed"), answer


def streamed():
    answer, _ = stream()
    assert (answer.output_text, answer.status) == (HELLO, "completed"), answer


def called(answer) -> list:
    calls = [item for item in answer.output if item.type == "function_call"]
    assert len({call.call_id for call in calls}) == len(calls), calls
    assert all(call.call_id.startswith("call_") and call.id.startswith("fc_") for call in calls), calls
    return [(call.name, json.loads(call.arguments)) for call in calls]


def tools():
    for forced in ("auto", "required", {"type": "function", "name": "get_weather"}):
        for answer, _ in both(tools=[tool("get_weather")], tool_choice=forced):
            assert called(answer) == [("get_weather", CITY)], answer


def parallel_tools():
    for answer, _ in both("parallel", tools=[tool("get_weather"), tool("get_news")]):
        assert called(answer) == [("get_weather", CITY), ("get_news", CITY)], answer
    for answer, _ in both("parallel", tools=[tool("get_weather"), tool("get_news")], parallel_tool_calls=False):
        assert called(answer) == [("get_weather", CITY)], answer


def tool_results():
    calls = [
        {"type": "function_call", "call_id": f"call_{n}", "name": "get_weather", "arguments": json.dumps(CITY)} for n in (1, 2)
    ]
    outputs = [{"type": "function_call_output", "call_id": "call_1", "output": "sunny 1"}]
    parts = [{"type": "input_text", "text": "sunny 2"}, {"type": "input_image", "image_url": DATA_URL, "detail": "auto"}]
    outputs.append({"type": "function_call_output", "call_id": "call_2", "output": parts})
    assistant = {"role": "assistant", "content": [{"type": "output_text", "text": "Let me look."}]}
    for answer, body in both(input=[*USER, assistant, *calls, *outputs], tools=[tool("get_weather")]):
        assert answer.output_text.lower().endswith(DONE.lower()), answer
        assert answer.output_text.startswith("I see 1 image, "), answer
        sent = json.dumps(body)
        assert all(piece in sent for piece in ("Let me look.", "sunny 1", "sunny 2")), sent


def image():
    parts = [{"type": "input_text", "text": "What is this?"}]
    parts += [{"type": "input_image", "image_url": url, "detail": "auto"} for url in (DATA_URL, WEB_URL)]
    for answer, _ in both(input=[{"role": "user", "content": parts}]):
        assert answer.output_text.startswith("I see 2 images, "), answer


def structured_output():
    answer = client.responses.parse(model=group(), input=USER, text_format=City, store=False)
    assert isinstance(answer.output_parsed, City)
    metered(answer.usage.input_tokens, answer.usage.output_tokens)
    with client.responses.stream(model=group(), input=USER, text_format=City, store=False) as events:
        for _ in events:
            pass
        assert isinstance(events.get_final_response().output_parsed, City)
    journal()


def reasoning():
    thinking = {"reasoning": {"effort": "medium", "summary": "auto"}, "include": ["reasoning.encrypted_content"]}
    for answer, _ in both(tools=[tool("get_weather")], **thinking):
        thought, call = answer.output
        assert thought.type == "reasoning" and f"thinks {realm()}" in thought.summary[0].text, answer
        assert thought.encrypted_content, thought
        items = [item.to_dict() for item in answer.output]
        result = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
        again, body = ask(input=[*USER, *items, result], tools=[tool("get_weather")], **thinking)
        assert again.output_text == DONE and gives_back_reasoning(body), body


def cap():
    for answer, _ in both(max_output_tokens=16):
        assert (answer.status, answer.incomplete_details.reason) == ("incomplete", "max_output_tokens"), answer
        assert HELLO.startswith(answer.output_text), answer


def error():
    for streaming in (False, True):
        try:
            client.responses.create(model=group("refused"), input=USER, stream=streaming, store=False)
        except BadRequestError as refused:
            assert refused.body["type"] == "invalid_request_error" and refused.body["message"], refused.body
        else:
            raise AssertionError("no error")
    journal()


def error_mid_stream():
    said, kinds = "", []
    try:
        for event in client.responses.create(model=group("broken"), input=USER, stream=True, store=False):
            kinds.append(event.type)
            said += event.delta if event.type == "response.output_text.delta" else ""
    except APIError as broken:
        assert said and HELLO.startswith(said) and broken.message, (said, broken)
    else:
        assert said and kinds[-1] == "response.failed", kinds
    journal()


if __name__ == "__main__":
    # This dialect has no stop sequences.
    everywhere(
        "responses", text, streamed, tools, parallel_tools, tool_results, image, structured_output, reasoning, cap, error,
        error_mid_stream,
    )
