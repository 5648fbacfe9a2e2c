"""Conversations of twenty turns with tools and reasoning, as an SDK keeps them, that move to another target in the middle of
a turn, and back home later: in every dialect, to every dialect, and between providers of the same one.

Needs MATRIX_UPSTREAM, as matrix.py does, and groups `<provider>-talk`."""

import json
import re

from matrix import gives_back_reasoning, http_client, journal, warnings
from matrix import Now
from support import TOKEN, URL, WEATHER_SCHEMA, run

from anthropic import Anthropic
from openai import OpenAI

HOMES = ["chat", "responses", "messages"]
TURNS, AWAY, BACK = 20, 8, 15

openai = OpenAI(base_url=f"{URL}/v1", api_key=TOKEN, max_retries=0, http_client=http_client())
anthropic = Anthropic(base_url=URL, api_key=None, auth_token=TOKEN, max_retries=0, http_client=http_client())


class Chat:
    """What the caller keeps of a conversation in Chat Completions."""

    REASONING = r"messages\[\d+\]"

    def __init__(self):
        self.messages = [{"role": "system", "content": "Be brief."}]
        function = {"name": "get_weather", "description": "The weather", "parameters": WEATHER_SCHEMA}
        self.options = {"tools": [{"type": "function", "function": function}], "reasoning_effort": "low"}

    def say(self, text):
        self.messages.append({"role": "user", "content": text})

    def ask(self, group, stream):
        asked = {"model": group, "messages": self.messages, **self.options}
        if stream:
            with openai.chat.completions.stream(**asked) as events:
                events.until_done()
                message = events.get_final_completion().choices[0].message
        else:
            message = openai.chat.completions.create(**asked).choices[0].message
        kept = {key: value for key, value in message.to_dict().items() if key not in ("parsed", "refusal", "annotations")}
        for call in kept.get("tool_calls") or []:
            call.pop("index", None)
            call["function"].pop("parsed_arguments", None)
        self.messages.append(kept)
        return [call["id"] for call in kept.get("tool_calls") or []]

    def answer(self, call):
        self.messages.append({"role": "tool", "tool_call_id": call, "content": "sunny"})


class Responses:
    """The same in Responses, without the store."""

    REASONING = r"input\[\d+\]"

    def __init__(self):
        self.items = [{"role": "developer", "content": "Be brief."}]
        tool = {"type": "function", "name": "get_weather", "description": "The weather", "parameters": WEATHER_SCHEMA, "strict": True}
        reasoning = {"reasoning": {"effort": "low", "summary": "auto"}, "include": ["reasoning.encrypted_content"]}
        self.options = {"tools": [tool], "store": False, **reasoning}

    def say(self, text):
        self.items.append({"role": "user", "content": text})

    def ask(self, group, stream):
        asked = {"model": group, "input": self.items, **self.options}
        if stream:
            with openai.responses.stream(**asked) as events:
                for _ in events:
                    pass
                output = events.get_final_response().output
        else:
            output = openai.responses.create(**asked).output
        excluded = {"parsed_arguments": True, "content": {"__all__": {"parsed"}}}
        for item in output:
            exclude = excluded if item.type == "message" else {"parsed_arguments"}
            self.items.append(item.model_dump(mode="json", exclude=exclude, exclude_unset=True))
        return [item.call_id for item in output if item.type == "function_call"]

    def answer(self, call):
        self.items.append({"type": "function_call_output", "call_id": call, "output": "sunny"})


class Messages:
    """The same in Messages."""

    REASONING = r"messages\[\d+\]\.content\[\d+\]"

    def __init__(self):
        self.messages, self.results = [], []
        tool = {"name": "get_weather", "description": "The weather", "input_schema": WEATHER_SCHEMA}
        thinking = {"type": "enabled", "budget_tokens": 2000}
        self.options = {"system": "Be brief.", "tools": [tool], "thinking": thinking, "max_tokens": 4000}

    def say(self, text):
        self.messages.append({"role": "user", "content": text})

    def ask(self, group, stream):
        if self.results:
            self.messages.append({"role": "user", "content": self.results})
            self.results = []
        asked = {"model": group, "messages": self.messages, **self.options}
        if stream:
            with anthropic.messages.stream(**asked) as events:
                message = events.get_final_message()
        else:
            message = anthropic.messages.create(**asked)
        kept = [block.to_dict(exclude_none=True) for block in message.content]
        for block in kept:
            block.pop("parsed_output", None)
        self.messages.append({"role": "assistant", "content": kept})
        return [block["id"] for block in kept if block["type"] == "tool_use"]

    def answer(self, call):
        self.results.append({"type": "tool_result", "tool_use_id": call, "content": "sunny"})


def switched(caller, home: str, away: str):
    """One conversation. A request that the upstream refuses ends it."""
    talk = caller()
    for turn in range(1, TURNS + 1):
        # The tools' answers of a turn in which the target changes go to the new one.
        before = away if AWAY < turn <= BACK else home
        after = away if AWAY <= turn < BACK else home
        talk.say(f"This is turn {turn}.")
        calls = talk.ask(f"{before}-talk", turn % 2 == 0)
        sent(caller, before, turn, home, away)
        assert len(calls) == 2, calls
        for call in calls:
            talk.answer(call)
        assert talk.ask(f"{after}-talk", turn % 3 == 0) == []
        sent(caller, after, turn if before == after else None, home, away)


def sent(caller, target: str, turn: int | None, home: str, away: str):
    """Checks what the upstream received, and what the router said that it left out."""
    (entry,) = journal()
    assert entry["status"] == 200, entry
    body = json.dumps(entry["body"])
    Now.target = target.split("-")[0]
    foreign = home if target == away else away
    # What Chat says aloud is nobody's property, among those who speak it.
    aloud = caller is Chat and Now.target == "chat"
    assert aloud or f"thinks {foreign}-realm" not in body, f"reasoning of {foreign} went to {target}: {body}"
    if not aloud and (turn is None or turn > AWAY):
        assert re.search(f"dropped:[^ ,]*{caller.REASONING}", warnings()), (target, turn, warnings())
    if turn is not None and turn > 1:
        own = turn > AWAY + 1 if target == away else True
        assert not own or gives_back_reasoning(entry["body"]), (target, turn, body)


def conversations():
    for caller in (Chat, Responses, Messages):
        for home in HOMES:
            # To both other dialects, and to another provider of the same one.
            for away in [f"{home}-two" if home == away else away for away in HOMES]:

                def case(caller=caller, home=home, away=away):
                    journal()
                    try:
                        switched(caller, home, away)
                    finally:
                        journal()

                case.__name__ = f"{caller.__name__}_from_{home}_to_{away}_and_back"
                yield case


if __name__ == "__main__":
    run("switching", *conversations())
