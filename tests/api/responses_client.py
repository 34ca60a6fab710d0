"""The official OpenAI client's Responses API against a server: responses_client.py BASE_URL MODEL.

One case a feature; exit status 1 when one fails. MODEL generates and has a context of 512 tokens or more."""
import json
import sys

import openai
from openai import OpenAI
from cases import case, run

BASE, MODEL = sys.argv[1].rstrip("/"), sys.argv[2]
client = OpenAI(base_url=BASE + "/v1", api_key="none", max_retries=0)
TOOL = {"type": "function", "name": "weather", "description": "The weather of a city", "strict": True, "parameters": {
    "type": "object", "properties": {"city": {"enum": ["Rome", "Oslo"]}}, "required": ["city"], "additionalProperties": False}}
SCHEMA = {"type": "object", "properties": {"age": {"type": "integer", "minimum": 0, "maximum": 150}},
          "required": ["age"], "additionalProperties": False}


def create(given="Once upon a time", **more):
    more.setdefault("max_output_tokens", 24)
    more.setdefault("temperature", 0)
    return client.responses.create(model=MODEL, input=given, **more)


@case
def response():
    answer = create(metadata={"a": "b"}, user="somebody")
    assert answer.id.startswith("resp_") and answer.object == "response" and answer.model == MODEL
    assert answer.status in ("completed", "incomplete") and answer.output_text and answer.error is None
    assert answer.output[0].type == "message" and answer.output[0].content[0].type == "output_text"
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    assert answer.metadata == {"a": "b"} and answer.temperature == 0 and answer.parallel_tool_calls is True


@case
def streamed_events_in_order():
    events = list(create(stream=True))
    kinds = [event.type for event in events]
    deltas = kinds.count("response.output_text.delta")
    assert deltas > 0 and kinds == [
        "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
        *["response.output_text.delta"] * deltas, "response.output_text.done", "response.content_part.done",
        "response.output_item.done", kinds[-1]], kinds
    assert kinds[-1] in ("response.completed", "response.incomplete")
    assert [event.sequence_number for event in events] == list(range(len(events)))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == create().output_text == events[-1].response.output_text


@case
def stream_helper():
    with client.responses.stream(model=MODEL, input="Once", max_output_tokens=300, temperature=0,
                                 text={"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}}) as stream:
        for _ in stream:
            pass
        final = stream.get_final_response()
    assert json.loads(final.output_text)


@case
def max_output_tokens():
    answer = create(max_output_tokens=3)
    assert answer.status == "incomplete" and answer.incomplete_details.reason == "max_output_tokens"
    assert answer.usage.output_tokens == 3 and answer.output[0].status == "incomplete"


@case
def instructions_and_roles():
    one = create(instructions="Talk of cats.")
    two = create([{"role": "developer", "content": "Talk of cats."},
                  {"role": "user", "content": [{"type": "input_text", "text": "Once upon a time"}]}])
    assert one.output_text == two.output_text and one.instructions == "Talk of cats."


@case
def previous_response():
    first = create("My name is Ann.", max_output_tokens=4)
    second = create("Who am I?", previous_response_id=first.id, max_output_tokens=4)
    assert second.previous_response_id == first.id
    whole = create([{"role": "user", "content": "My name is Ann."}, *[item.to_dict() for item in first.output],
                    {"role": "user", "content": "Who am I?"}], max_output_tokens=4)
    assert second.usage.input_tokens == whole.usage.input_tokens and second.output_text == whole.output_text


@case
def retrieve_and_delete():
    answer = create(max_output_tokens=4)
    kept = client.responses.retrieve(answer.id)
    assert kept.to_dict() == answer.to_dict()
    client.responses.delete(answer.id)
    assert isinstance(error_of(lambda: client.responses.retrieve(answer.id)), openai.NotFoundError)


@case
def input_items():
    answer = create([{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"},
                     {"role": "user", "content": "three"}], max_output_tokens=4)
    texts = [item.content[0].text for item in client.responses.input_items.list(answer.id, limit=2)]
    assert texts == ["three", "two", "one"], texts  # the client asks for the second page by itself
    assert client.responses.input_items.list(answer.id, order="asc").data[0].content[0].text == "one"


@case
def not_stored():
    answer = create(store=False, max_output_tokens=4)
    assert isinstance(error_of(lambda: client.responses.retrieve(answer.id)), openai.NotFoundError)


@case
def cancel_is_refused():
    answer = create(max_output_tokens=4)
    assert isinstance(error_of(lambda: client.responses.cancel(answer.id)), openai.BadRequestError)


@case
def json_formats():
    answer = create(max_output_tokens=300, text={"format": {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}})
    assert 0 <= json.loads(answer.output_text)["age"] <= 150
    assert create(max_output_tokens=40, text={"format": {"type": "json_object"}}).output_text.lstrip().startswith("{")


@case
def function_calls():
    for choice in ("required", {"type": "function", "name": "weather"}):
        answer = create(tools=[TOOL], tool_choice=choice, max_output_tokens=400, parallel_tool_calls=False)
        call = answer.output[-1]
        assert answer.status == "completed" and call.type == "function_call" and call.name == "weather", answer
        assert json.loads(call.arguments)["city"] in ("Rome", "Oslo") and call.call_id and call.id
    result = create([{"role": "user", "content": "Weather?"}, call.to_dict(),
                     {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}], tools=[TOOL], tool_choice="none")
    assert result.output_text
    more = create([{"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}],
                  previous_response_id=answer.id, tools=[TOOL], tool_choice="none")
    assert more.output_text


@case
def function_calls_streamed():
    events = list(create(tools=[TOOL], tool_choice="required", max_output_tokens=400, parallel_tool_calls=False, stream=True))
    arguments = "".join(event.delta for event in events if event.type == "response.function_call_arguments.delta")
    done = [event for event in events if event.type == "response.function_call_arguments.done"]
    assert len(done) == 1 and done[0].arguments == arguments and json.loads(arguments)
    assert events[-1].response.output[-1].arguments == arguments


@case
def reasoning_settings_and_items():
    answer = create(reasoning={"effort": "low", "summary": "auto"}, max_output_tokens=8)
    assert answer.reasoning.effort == "low"
    answer = create([{"role": "user", "content": "Hi"},
                     {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": "Greet."}]},
                     {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "And?"}], max_output_tokens=4)
    assert answer.status


@case
def logprobs():
    answer = create(include=["message.output_text.logprobs"], top_logprobs=2, max_output_tokens=4)
    entries = answer.output[0].content[0].logprobs
    assert len(entries) == 4 and all(len(entry.top_logprobs) == 2 and entry.logprob <= 0 for entry in entries)


@case
def seeds_repeat():
    hot = {"temperature": 1.2, "top_p": 0.9, "extra_body": {"seed": 7}}
    assert create(**hot).output_text == create(**hot).output_text


@case
def truncation():
    turns = [{"role": "user", "content": "Tell me of the dog and the cat. " * 4}] * 100
    turns = [turn for user in turns for turn in (user, {"role": "assistant", "content": "No."})] + [{"role": "user", "content": "Why?"}]
    error = error_of(lambda: create(turns))
    assert isinstance(error, openai.BadRequestError) and error.body["code"] == "context_length_exceeded", error.body
    assert create(turns, truncation="auto").truncation == "auto"


@case
def input_tokens():
    count = client.responses.input_tokens.count(model=MODEL, input="Once upon a time").input_tokens
    assert count == create(max_output_tokens=1).usage.input_tokens


def error_of(function):
    try:
        function()
    except openai.APIStatusError as error:
        return error
    raise AssertionError("no error")


@case
def errors():
    error = error_of(lambda: client.responses.create(model="no-such-model", input="x"))
    assert isinstance(error, openai.NotFoundError) and error.body["code"] == "model_not_found", error.body
    error = error_of(lambda: create(previous_response_id="resp_none"))
    assert error.status_code == 400 and error.body["code"] == "previous_response_not_found", error.body
    error = error_of(lambda: create(temperature=-1))
    assert error.body["param"] == "temperature", error.body
    error = error_of(lambda: create([{"role": "user", "content": [{"type": "input_image", "image_url": "x", "detail": "auto"}]}]))
    assert error.body["param"] == "input[0].content[0].type", error.body
    error = error_of(lambda: create(background=True))
    assert error.body["param"] == "background", error.body
    error = error_of(lambda: create(tools=[{"type": "web_search"}]))
    assert error.body["param"] == "tools[0].type", error.body


run()
