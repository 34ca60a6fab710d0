"""The official Anthropic client against a server: anthropic_client.py BASE_URL MODEL.

One case a feature; exit status 1 when one fails. MODEL generates and has a context of 512 tokens or more."""
import json
import sys

import anthropic
from anthropic import Anthropic
from cases import Skipped, case, run

BASE, MODEL = sys.argv[1].rstrip("/"), sys.argv[2]
client = Anthropic(base_url=BASE, api_key="none", max_retries=0)
TOOL = {"name": "weather", "description": "The weather of a city", "input_schema": {
    "type": "object", "properties": {"city": {"enum": ["Rome", "Oslo"]}}, "required": ["city"], "additionalProperties": False}}
CLOCK = {"name": "clock", "input_schema": {"type": "object", "properties": {}, "additionalProperties": False}}


def user(text="Once upon a time"):
    return [{"role": "user", "content": text}]


def create(messages=None, **more):
    """Temperature 0 goes as an extension would: newer clients know no field for it."""
    more.setdefault("max_tokens", 24)
    extra = more.pop("extra_body", {})
    return client.messages.create(model=MODEL, messages=messages or user(), extra_body={"temperature": 0, **extra}, **more)


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


@case
def message():
    answer = create()
    assert answer.type == "message" and answer.role == "assistant" and answer.model == MODEL
    assert answer.id.startswith("msg_") and answer._request_id
    assert [block.type for block in answer.content] == ["text"] and answer.content[0].text
    assert answer.stop_reason in ("end_turn", "max_tokens") and answer.stop_sequence is None
    assert answer.usage.output_tokens > 0


@case
def usage_counts_the_cache_apart():
    counted = client.messages.count_tokens(model=MODEL, messages=user("Count me, please, count me.")).input_tokens
    create(user("Count me, please, count me."))
    usage = create(user("Count me, please, count me.")).usage
    assert usage.input_tokens + usage.cache_read_input_tokens == counted, (usage, counted)


@case
def streamed_events_in_order():
    events = list(create(stream=True))
    kinds = [event.type for event in events]
    assert kinds[:2] == ["message_start", "content_block_start"], kinds
    rest = [kind for kind in kinds[2:] if kind != "ping"]
    deltas = len([kind for kind in rest if kind == "content_block_delta"])
    assert deltas > 0 and rest == ["content_block_delta"] * deltas + ["content_block_stop", "message_delta", "message_stop"], kinds
    assert events[0].message.content == [] and events[0].message.usage.input_tokens > 0
    assert events[-2].delta.stop_reason in ("end_turn", "max_tokens") and events[-2].usage.output_tokens > 0


@case
def ping_is_sent():
    with client.messages.with_streaming_response.create(
            model=MODEL, messages=user(), max_tokens=4, stream=True) as response:
        names = [line[7:] for line in response.iter_lines() if line.startswith("event: ")]
    assert names[:3] == ["message_start", "content_block_start", "ping"], names


@case
def stream_helper_equals_whole():
    whole = create()
    with client.messages.stream(model=MODEL, messages=user(), max_tokens=24, extra_body={"temperature": 0}) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == text_of(whole) == text_of(final)
    assert final.stop_reason == whole.stop_reason and final.usage.output_tokens == whole.usage.output_tokens


@case
def system_as_text_and_blocks():
    as_text = create(system="Talk of cats.")
    as_blocks = create(system=[{"type": "text", "text": "Talk of cats.", "cache_control": {"type": "ephemeral"}}])
    assert text_of(as_text) == text_of(as_blocks)


@case
def content_blocks():
    answer = create([{"role": "user", "content": [{"type": "text", "text": "Once upon a time"}]}])
    assert text_of(answer) == text_of(create())


@case
def turns_and_prefill():
    answer = create([*user("Tell me."), {"role": "assistant", "content": "Once there was"}], max_tokens=8)
    assert answer.content and not text_of(answer).startswith("Once there was")
    turns = client.messages.count_tokens(model=MODEL, messages=[*user("a"), *user("b")]).input_tokens
    assert turns == client.messages.count_tokens(model=MODEL, messages=user("a\nb")).input_tokens


@case
def max_tokens():
    answer = create(max_tokens=3)
    assert answer.stop_reason == "max_tokens" and answer.usage.output_tokens == 3


@case
def stop_sequences():
    text = text_of(create())
    stop = text[len(text) // 2:len(text) // 2 + 2]
    answer = create(stop_sequences=["never to be seen", stop])
    assert answer.stop_reason == "stop_sequence" and answer.stop_sequence == stop, answer
    assert text.startswith(text_of(answer)) and stop not in text_of(answer)
    last = list(create(stop_sequences=[stop], stream=True))[-2]
    assert last.delta.stop_reason == "stop_sequence" and last.delta.stop_sequence == stop


@case
def sampling():
    hot = {"temperature": 1, "top_p": 0.9, "top_k": 20, "seed": 7}
    one, two = create(extra_body=hot), create(extra_body=hot)
    assert text_of(one) == text_of(two)
    assert create(metadata={"user_id": "somebody"}).content


@case
def tool_choice_any_and_tool():
    for choice in ({"type": "any", "disable_parallel_tool_use": True},
                   {"type": "tool", "name": "weather", "disable_parallel_tool_use": True}):
        tools = [TOOL, CLOCK] if choice["type"] == "tool" else [TOOL]
        answer = create(tools=tools, tool_choice=choice, max_tokens=400)
        assert answer.stop_reason == "tool_use", answer
        calls = [block for block in answer.content if block.type == "tool_use"]
        assert len(calls) == 1 and calls[0].name == "weather" and calls[0].id.startswith("toolu_")
        assert calls[0].input["city"] in ("Rome", "Oslo")


@case
def tool_use_streamed():
    choice = {"type": "tool", "name": "weather", "disable_parallel_tool_use": True}
    arguments = ""
    for event in create(tools=[TOOL], tool_choice=choice, max_tokens=400, stream=True):
        if event.type == "content_block_delta" and event.delta.type == "input_json_delta":
            arguments += event.delta.partial_json
    assert json.loads(arguments)["city"] in ("Rome", "Oslo")



@case
def tool_use_by_the_stream_helper():
    try:
        import jiter
        jiter.from_json(b"{}", partial_mode=True)
    except (ImportError, TypeError):
        raise Skipped("the client's jiter is too old for its own stream helper") from None
    choice = {"type": "tool", "name": "weather", "disable_parallel_tool_use": True}
    with client.messages.stream(model=MODEL, messages=user(), max_tokens=400, tools=[TOOL], tool_choice=choice) as stream:
        final = stream.get_final_message()
    assert final.stop_reason == "tool_use" and final.content[-1].input["city"] in ("Rome", "Oslo")


@case
def tool_choice_none_and_auto():
    answer = create(tools=[TOOL], tool_choice={"type": "none"})
    assert all(block.type == "text" for block in answer.content)
    assert create(tools=[TOOL], tool_choice={"type": "auto"}).stop_reason in ("end_turn", "max_tokens", "tool_use")


@case
def tool_results_in_history():
    for result in ("sunny", [{"type": "text", "text": "sunny"}]):
        answer = create([
            *user("Weather?"),
            {"role": "assistant", "content": [{"type": "text", "text": "I look."},
                                              {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Rome"}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": result}]}], tools=[TOOL])
        assert answer.stop_reason


@case
def thinking():
    answer = create(max_tokens=1100, thinking={"type": "enabled", "budget_tokens": 1024}, stop_sequences=["."])
    assert all(block.type in ("thinking", "text") for block in answer.content)
    assert create(thinking={"type": "disabled"}).content
    history = [*user("Hi"), {"role": "assistant", "content": [
        {"type": "thinking", "thinking": "Greet.", "signature": "any"}, {"type": "redacted_thinking", "data": "abc"},
        {"type": "text", "text": "Hello."}]}, *user("And?")]
    assert create(history).stop_reason


@case
def output_schema():
    schema = {"type": "object", "properties": {"age": {"type": "integer", "minimum": 0, "maximum": 150}},
              "required": ["age"], "additionalProperties": False}
    answer = create(max_tokens=200, extra_body={"output_config": {"format": {"type": "json_schema", "schema": schema}}})
    assert 0 <= json.loads(text_of(answer))["age"] <= 150


@case
def count_tokens():
    short = client.messages.count_tokens(model=MODEL, messages=user("a")).input_tokens
    longer = client.messages.count_tokens(model=MODEL, messages=user("a b c d"), system="Be brief.", tools=[TOOL]).input_tokens
    assert 0 < short < longer


def error_of(function):
    try:
        function()
    except anthropic.APIStatusError as error:
        return error
    raise AssertionError("no error")


@case
def errors():
    error = error_of(lambda: client.messages.create(model="no-such-model", messages=user(), max_tokens=1))
    assert isinstance(error, anthropic.NotFoundError) and error.body["error"]["type"] == "not_found_error", error.body
    error = error_of(lambda: create(extra_body={"temperature": 2}))
    assert isinstance(error, anthropic.BadRequestError) and error.body["error"]["type"] == "invalid_request_error"
    assert "temperature" in error.body["error"]["message"]
    error = error_of(lambda: create([{"role": "user", "content": [{"type": "image", "source": {
        "type": "base64", "media_type": "image/png", "data": "AAAA"}}]}]))
    assert isinstance(error, anthropic.BadRequestError) and "messages[0].content[0]" in error.body["error"]["message"]
    error = error_of(lambda: create(user("word " * 20000)))
    assert isinstance(error, anthropic.BadRequestError), error
    error = error_of(lambda: create(user("word " * 20000), stream=True))
    assert isinstance(error, anthropic.BadRequestError), error
    error = error_of(lambda: client.post("/v1/messages", body={"model": MODEL, "messages": user()}, cast_to=object))
    assert "max_tokens" in error.body["error"]["message"]


run()
