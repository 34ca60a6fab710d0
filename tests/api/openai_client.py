"""The official OpenAI client against a server: openai_client.py BASE_URL MODEL [EMBEDDER].

One case a feature; exit status 1 when one fails. MODEL generates and has a context of 512 tokens or more."""
import base64
import json
import struct
import sys

import openai
from openai import OpenAI
from cases import case, run

BASE, MODEL = sys.argv[1].rstrip("/"), sys.argv[2]
EMBEDDER = sys.argv[3] if len(sys.argv) > 3 else MODEL
client = OpenAI(base_url=BASE + "/v1", api_key="none", max_retries=0)


def chat(text="Once upon a time", **more):
    more.setdefault("max_tokens", 24)
    more.setdefault("temperature", 0)
    return client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": text}], **more)


@case
def models_list_and_retrieve():
    ids = [model.id for model in client.models.list()]
    assert MODEL in ids, ids
    assert client.models.retrieve(MODEL).id == MODEL


@case
def chat_completion():
    answer = chat()
    choice = answer.choices[0]
    assert choice.message.role == "assistant" and choice.message.content
    assert choice.finish_reason in ("stop", "length")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.object == "chat.completion" and answer.id


@case
def streamed_equals_whole():
    whole = chat().choices[0].message.content
    text, ids, roles, finish = "", set(), [], None
    for chunk in chat(stream=True):
        ids.add((chunk.id, chunk.created, chunk.model))
        assert chunk.object == "chat.completion.chunk"
        delta = chunk.choices[0].delta
        if delta.role:
            roles.append(delta.role)
        text += delta.content or ""
        finish = chunk.choices[0].finish_reason or finish
        assert chunk.usage is None
    assert text == whole and len(ids) == 1 and roles == ["assistant"] and finish, (text, whole, ids, roles, finish)


@case
def stream_usage():
    chunks = list(chat(stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens > 0
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert chunks[-1].usage.total_tokens == chat().usage.total_tokens


@case
def same_twice_at_temperature_zero():
    assert chat().choices[0].message.content == chat().choices[0].message.content


@case
def seeds_repeat():
    one = chat(temperature=1.2, seed=7).choices[0].message.content
    assert one == chat(temperature=1.2, seed=7).choices[0].message.content
    others = {chat(temperature=1.2, seed=seed).choices[0].message.content for seed in range(20, 26)}
    assert len(others) > 1


@case
def several_choices():
    answer = chat(n=3, temperature=1.0, seed=1)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    indices = {chunk.choices[0].index for chunk in chat(n=2, stream=True) if chunk.choices}
    assert indices == {0, 1}


@case
def max_tokens_and_length():
    answer = chat(max_tokens=3)
    assert answer.choices[0].finish_reason == "length" and answer.usage.completion_tokens == 3
    answer = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "x"}], max_completion_tokens=2, temperature=0)
    assert answer.usage.completion_tokens <= 2


@case
def stop_strings():
    text = chat().choices[0].message.content
    stop = text[len(text) // 2:len(text) // 2 + 2]
    answer = chat(stop=[stop])
    assert stop not in answer.choices[0].message.content and answer.choices[0].finish_reason == "stop"
    assert text.startswith(answer.choices[0].message.content)


@case
def logprobs():
    answer = chat(logprobs=True, top_logprobs=3, max_tokens=4)
    content = answer.choices[0].logprobs.content
    assert len(content) == 4 and all(len(token.top_logprobs) == 3 for token in content)
    assert all(token.logprob <= 0 and token.bytes is not None for token in content)
    assert all(token.top_logprobs[0].logprob >= token.top_logprobs[1].logprob for token in content)
    streamed = [token for chunk in chat(logprobs=True, top_logprobs=3, max_tokens=4, stream=True)
                if chunk.choices and chunk.choices[0].logprobs for token in chunk.choices[0].logprobs.content]
    assert [token.token for token in streamed] == [token.token for token in content]


@case
def logprobs_without_others():
    for top in ({}, {"top_logprobs": 0}):
        content = chat(logprobs=True, max_tokens=4, **top).choices[0].logprobs.content
        assert len(content) == 4 and all(token.top_logprobs == [] for token in content), content
    for asked in ({}, {"logprobs": False}):
        assert chat(max_tokens=4, **asked).choices[0].logprobs is None
    streamed = [token for chunk in chat(logprobs=True, max_tokens=4, stream=True)
                if chunk.choices and chunk.choices[0].logprobs for token in chunk.choices[0].logprobs.content]
    assert [token.token for token in streamed] == [token.token for token in content]


@case
def logit_bias():
    token = client.post("/tokenize", body={"model": MODEL, "content": "Once upon a time"}, cast_to=object)["tokens"][-1]
    text = client.post("/detokenize", body={"model": MODEL, "tokens": [token] * 3}, cast_to=object)["content"]
    assert chat(max_tokens=3, logit_bias={str(token): 100}).choices[0].message.content.strip() == text.strip()
    answer = chat(max_tokens=1, logit_bias={str(token): -100}, logprobs=True, top_logprobs=1)
    assert answer.choices[0].logprobs.content[0].token.strip() != text.strip()


@case
def penalties_and_top_p():
    assert chat(top_p=0.5, frequency_penalty=1.0, presence_penalty=0.5, temperature=0.8, seed=1).choices


@case
def json_object():
    answer = chat(response_format={"type": "json_object"}, max_tokens=200).choices[0]
    assert answer.message.content.lstrip().startswith("{")
    if answer.finish_reason == "stop":  # a weak model may write strings without end
        assert isinstance(json.loads(answer.message.content), dict)


SCHEMA = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 8}, "age": {"type": "integer", "minimum": 0, "maximum": 150}},
          "required": ["name", "age"], "additionalProperties": False}


@case
def json_schema():
    for stream in (False, True):
        answer = chat(response_format={"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA, "strict": True}},
                      max_tokens=300, stream=stream)
        text = "".join(c.choices[0].delta.content or "" for c in answer) if stream else answer.choices[0].message.content
        value = json.loads(text)
        assert set(value) == {"name", "age"} and 0 <= value["age"] <= 150


TOOL = {"type": "function", "function": {"name": "weather", "description": "The weather of a city", "parameters": {
    "type": "object", "properties": {"city": {"enum": ["Rome", "Oslo"]}}, "required": ["city"], "additionalProperties": False}}}


@case
def tool_choice_required_and_named():
    for choice in ("required", {"type": "function", "function": {"name": "weather"}}):
        answer = chat(tools=[TOOL], tool_choice=choice, max_tokens=400, parallel_tool_calls=False)
        assert answer.choices[0].finish_reason == "tool_calls", answer
        call = answer.choices[0].message.tool_calls[0]
        assert call.type == "function" and call.id and call.function.name == "weather"
        assert json.loads(call.function.arguments)["city"] in ("Rome", "Oslo")


@case
def tool_calls_streamed():
    name, arguments, finish, ids = "", "", None, []
    for chunk in chat(tools=[TOOL], tool_choice="required", max_tokens=400, parallel_tool_calls=False, stream=True):
        choice = chunk.choices[0]
        for call in choice.delta.tool_calls or []:
            assert call.index == 0
            if call.id:
                ids.append(call.id)
            name += call.function.name or ""
            arguments += call.function.arguments or ""
        finish = choice.finish_reason or finish
    assert name == "weather" and len(ids) == 1 and json.loads(arguments) and finish == "tool_calls"


@case
def tool_choice_none_and_auto():
    assert not chat(tools=[TOOL], tool_choice="none").choices[0].message.tool_calls
    assert chat(tools=[TOOL]).choices[0].finish_reason in ("stop", "length", "tool_calls")


@case
def tool_results_in_history():
    answer = client.chat.completions.create(model=MODEL, max_tokens=8, temperature=0, tools=[TOOL], messages=[
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Rome"}'}}]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny"}])
    assert answer.choices[0].message


@case
def content_parts_and_developer_role():
    answer = client.chat.completions.create(model=MODEL, max_tokens=4, user="someone", messages=[
        {"role": "developer", "content": "Be short."},
        {"role": "user", "content": [{"type": "text", "text": "One"}, {"type": "text", "text": " two"}]}])
    assert answer.choices


@case
def extensions():
    assert chat(extra_body={"top_k": 5, "min_p": 0.1, "repeat_penalty": 1.1, "cache_prompt": True}).choices
    assert chat(extra_body={"grammar": 'root ::= "yes" | "no"'}).choices[0].message.content in ("yes", "no")
    assert chat(extra_body={"something_unknown": 1}).choices


@case
def completions():
    answer = client.completions.create(model=MODEL, prompt="Once upon a time", max_tokens=8, temperature=0)
    assert answer.object == "text_completion" and answer.choices[0].text
    text = "".join(c.choices[0].text for c in client.completions.create(
        model=MODEL, prompt="Once upon a time", max_tokens=8, temperature=0, stream=True))
    assert text == answer.choices[0].text
    both = client.completions.create(model=MODEL, prompt=["Once", "One day"], max_tokens=4, temperature=0, echo=True, n=2)
    assert len(both.choices) == 4 and both.choices[0].text.startswith("Once") and both.choices[3].text.startswith("One day")
    scored = client.completions.create(model=MODEL, prompt="Once", max_tokens=3, temperature=0, logprobs=2)
    assert len(scored.choices[0].logprobs.tokens) == 3 and len(scored.choices[0].logprobs.top_logprobs[0]) == 2
    ids = client.post("/tokenize", body={"model": MODEL, "content": "Once upon"}, cast_to=object)["tokens"]
    assert client.completions.create(model=MODEL, prompt=ids, max_tokens=2, temperature=0).choices[0].text


@case
def embeddings():
    plain = client.embeddings.create(model=EMBEDDER, input=["one", "two words"], encoding_format="float")
    assert len(plain.data) == 2 and [row.index for row in plain.data] == [0, 1]
    default = client.embeddings.create(model=EMBEDDER, input="one")  # the client asks for base64
    assert all(abs(a - b) < 1e-5 for a, b in zip(default.data[0].embedding, plain.data[0].embedding))
    raw = client.post("/embeddings", body={"model": EMBEDDER, "input": "one", "encoding_format": "base64"}, cast_to=object)
    values = struct.unpack("<%df" % len(plain.data[0].embedding), base64.b64decode(raw["data"][0]["embedding"]))
    assert abs(values[0] - plain.data[0].embedding[0]) < 1e-5
    assert len(client.embeddings.create(model=EMBEDDER, input="one", dimensions=8).data[0].embedding) == 8


def status_of(function):
    try:
        function()
    except openai.APIStatusError as error:
        return error
    raise AssertionError("no error")


@case
def errors():
    error = status_of(lambda: client.chat.completions.create(model="no-such-model", messages=[{"role": "user", "content": "x"}]))
    assert isinstance(error, openai.NotFoundError) and error.body["code"] == "model_not_found", error.body
    error = status_of(lambda: chat(temperature=-1))
    assert isinstance(error, openai.BadRequestError) and error.body["param"] == "temperature", error.body
    error = status_of(lambda: chat("word " * 20000))
    assert isinstance(error, openai.BadRequestError) and error.body["code"] == "context_length_exceeded", error.body
    error = status_of(lambda: chat(response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "nonsense"}}}))
    assert isinstance(error, openai.BadRequestError)
    error = status_of(lambda: client.chat.completions.create(model=MODEL, messages=[]))
    assert error.body["param"] == "messages", error.body


run()
