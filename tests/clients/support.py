"""What the client scripts share: where the router is, how cases are run, how answers are judged."""

import os
import sys
import time
import traceback

URL = os.environ.get("SMART_ROUTER_URL", "http://127.0.0.1:8080").rstrip("/")
TOKEN = os.environ.get("SMART_ROUTER_TOKEN", "no-token")
GROUP = os.environ.get("SMART_ROUTER_GROUP", "demo")

CITY = "The weather in Paris, please. Use the tool."
WEATHER_SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}


def weather(city: str, unit: str) -> str:
    """The tool that the loops offer. Wrong arguments end the case."""
    assert isinstance(city, str) and city, city
    assert unit in ("celsius", "fahrenheit"), unit
    return f"sunny in {city}, 21 degrees {unit}"


def valid(model):
    """Checks an SDK object against its own type, which the SDKs themselves do not; returns it."""
    type(model).model_validate_json(model.model_dump_json(by_alias=True, exclude_unset=True, warnings="error"))
    return model


def counted(usage, inputs: str, outputs: str):
    """Checks that an answer says what it cost."""
    assert getattr(usage, inputs) > 0 and getattr(usage, outputs) > 0, usage


def run(client: str, *cases) -> None:
    """Runs cases, prints one line for each, and ends the process: 0 if all passed, 1 otherwise."""
    failed = 0
    for case in cases:
        began = time.monotonic()
        try:
            case()
            verdict = "ok  "
        except Exception:
            failed += 1
            verdict = "FAIL"
            traceback.print_exc()
        took = round((time.monotonic() - began) * 1000)
        print(f"{verdict} {client} {case.__name__.replace('_', ' ')} ({took} ms)", flush=True)
    sys.exit(1 if failed else 0)
