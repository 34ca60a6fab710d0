"""The official Ollama client against a server: ollama_client.py BASE_URL MODEL [EMBEDDER [GGUF]].

One case a feature; exit status 1 when one fails. MODEL generates and has a context of 512 tokens or more. GGUF: a file
to make a model of, on this machine; without it those cases are left out. Models that are made are removed again."""
import json
import re
import sys
from datetime import datetime, timedelta, timezone

import httpx
import ollama
from ollama import AsyncClient, Client, ResponseError
from cases import case, run

BASE, MODEL = sys.argv[1].rstrip("/"), sys.argv[2]
EMBEDDER = sys.argv[3] if len(sys.argv) > 3 else MODEL
GGUF = sys.argv[4] if len(sys.argv) > 4 else None
client = Client(host=BASE)
START = "Once upon a time"
FIXED = {"temperature": 0, "num_predict": 24}
SCHEMA = {"type": "object", "properties": {"age": {"type": "integer", "minimum": 0, "maximum": 150},
                                           "kind": {"enum": ["cat", "dog"]}},
          "required": ["age", "kind"], "additionalProperties": False}


def generate(prompt=START, **more):
    more.setdefault("options", FIXED)
    return client.generate(model=MODEL, prompt=prompt, **more)


def chat(text=START, **more):
    more.setdefault("options", FIXED)
    return client.chat(model=MODEL, messages=[{"role": "user", "content": text}], **more)


def check_numbers(answer):
    assert answer.done is True and answer.done_reason in ("stop", "length"), answer
    for name in ("total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration", "eval_count",
                 "eval_duration"):
        value = getattr(answer, name)
        assert isinstance(value, int) and value >= 0, (name, value)
    assert answer.prompt_eval_count > 0 and answer.eval_count > 0
    assert answer.total_duration >= answer.eval_duration, answer
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", answer.created_at), answer.created_at


def fails(status, call, text=""):
    try:
        call()
    except ResponseError as error:
        assert error.status_code == status, (error.status_code, error.error)
        assert text in error.error, error.error
        return
    raise AssertionError("no error")


def names():
    return [model.model for model in client.list().models]


def with_tag(name):
    return name if ":" in name.split("/")[-1] else name + ":latest"


@case
def server_answers_head_and_get():
    assert httpx.head(BASE + "/").status_code == 200
    answer = httpx.get(BASE + "/")
    assert answer.status_code == 200 and answer.text


@case
def version():
    answer = httpx.get(BASE + "/api/version").json()
    assert tuple(int(part) for part in answer["version"].split(".")) >= (0, 6, 4), answer


@case
def list_models():
    listed = client.list().models
    found = [model for model in listed if model.model == with_tag(MODEL)]
    assert found, [model.model for model in listed]
    model = found[0]
    assert model.size > 0 and re.fullmatch("[0-9a-f]{64}", model.digest)
    assert isinstance(model.modified_at, datetime) and model.modified_at.tzinfo
    assert model.details.format and model.details.family in model.details.families
    assert model.details.parameter_size and model.details.quantization_level


@case
def show():
    shown = client.show(MODEL)
    assert shown.modelfile and shown.details.family and "completion" in shown.capabilities
    assert isinstance(shown.modified_at, datetime)
    arch = shown.modelinfo["general.architecture"]
    assert shown.modelinfo["general.parameter_count"] > 0
    assert shown.modelinfo[arch + ".context_length"] > 0
    assert shown.modelinfo[arch + ".embedding_length"] > 0
    verbose = httpx.post(BASE + "/api/show", json={"model": MODEL, "verbose": True}).json()
    assert verbose["tensors"][0]["shape"] and verbose["tensors"][0]["type"]
    fails(404, lambda: client.show("no-such-model"), "not found")


@case
def generate_whole():
    answer = generate()
    assert answer.model == MODEL and answer.response
    check_numbers(answer)
    assert answer.eval_count <= 24


@case
def generate_streamed_equals_whole():
    whole = generate()
    parts = list(generate(stream=True))
    assert "".join(part.response for part in parts) == whole.response
    assert all(not part.done for part in parts[:-1]) and len(parts) > 2
    assert parts[-1].response == ""
    check_numbers(parts[-1])
    assert parts[-1].context == whole.context and parts[-1].eval_count == whole.eval_count


@case
def stream_is_the_default_and_lines():
    with httpx.stream("POST", BASE + "/api/generate", json={"model": MODEL, "prompt": "a", "options": FIXED}) as answer:
        assert answer.headers["content-type"].startswith("application/x-ndjson"), answer.headers
        lines = [json.loads(line) for line in answer.iter_lines()]
    assert lines[-1]["done"] and not lines[0]["done"]


@case
def generate_with_seed():
    options = {"temperature": 1.0, "num_predict": 16}
    first = generate(options={**options, "seed": 7}).response
    assert generate(options={**options, "seed": 7}).response == first
    assert any(generate(options={**options, "seed": seed}).response != first for seed in range(8, 14))


@case
def generate_with_every_option():
    generate(options={"num_keep": 5, "seed": 42, "num_predict": 8, "top_k": 20, "top_p": 0.9, "min_p": 0.0,
                      "typical_p": 0.7, "repeat_last_n": 33, "temperature": 0.8, "repeat_penalty": 1.2,
                      "presence_penalty": 1.5, "frequency_penalty": 1.0, "penalize_newline": True,
                      "stop": ["\n", "user:"], "numa": False, "num_ctx": 1024, "num_batch": 2, "num_gpu": 1,
                      "main_gpu": 0, "use_mmap": True, "num_thread": 8})
    generate(options={"num_predict": 8, "mirostat": 2, "mirostat_tau": 0.8, "mirostat_eta": 0.6, "seed": 1})


@case
def num_predict_and_stop():
    answer = generate(options={"temperature": 0, "num_predict": 5})
    assert answer.eval_count == 5 and answer.done_reason == "length"
    whole = generate().response
    stop = whole[3:8]
    answer = generate(options={**FIXED, "stop": [stop]})
    assert answer.response == whole[:whole.index(stop)] and answer.done_reason == "stop", (whole, answer.response)


@case
def context_goes_on():
    first = generate(options={"temperature": 0, "num_predict": 6})
    assert first.context and len(first.context) == first.prompt_eval_count + first.eval_count, first
    second = generate(" and", context=first.context, options={"temperature": 0, "num_predict": 4})
    assert second.prompt_eval_count > len(first.context)
    assert second.context[:len(first.context)] == first.context


@case
def raw_prompt():
    answer = generate(raw=True)
    assert answer.response and not answer.context
    fails(400, lambda: generate(raw=True, system="x"))


@case
def system_and_template():
    answer = generate(system="Be brief.", template="{{ if .System }}{{ .System }}\n{{ end }}{{ .Prompt }}")
    plain = generate(template="{{ .Prompt }}")
    assert answer.prompt_eval_count > plain.prompt_eval_count
    fails(400, lambda: generate(template="{{ .Colour }}"), ".Colour")


@case
def format_json():
    answer = generate(format="json", think=False, options={"temperature": 0, "num_predict": 200})
    if answer.done_reason == "stop":
        assert isinstance(json.loads(answer.response), dict)
    else:
        assert answer.response.lstrip().startswith("{")


@case
def format_schema():
    options = {"temperature": 0, "num_predict": 100}
    for answer in (generate(format=SCHEMA, think=False, options=options).response,
                   chat(format=SCHEMA, think=False, options=options).message.content):
        value = json.loads(answer)
        assert 0 <= value["age"] <= 150 and value["kind"] in ("cat", "dog")
    fails(400, lambda: client.generate(model=MODEL, prompt="x", format={"type": "nothing"}))


@case
def logprobs():
    answer = generate(logprobs=True, top_logprobs=3)
    ends = answer.done_reason == "stop"  # by a token that is counted, but is no part of the answer
    assert len(answer.logprobs) == answer.eval_count - ends, (len(answer.logprobs), answer.eval_count)
    assert all(len(one.top_logprobs) == 3 and one.logprob <= 0 for one in answer.logprobs)
    assert all(one.top_logprobs[0].token == one.token for one in answer.logprobs)  # at temperature 0
    assert "".join(one.token for one in answer.logprobs).strip() == answer.response.strip()
    streamed = [one for part in chat(logprobs=True, stream=True) for one in part.logprobs or []]
    assert [one.token for one in streamed] == [one.token for one in chat(logprobs=True).logprobs]


@case
def load_and_unload():
    answer = client.generate(model=MODEL, keep_alive="10m")
    assert answer.done and answer.done_reason == "load" and answer.response == ""
    running = [model for model in client.ps().models if model.model == with_tag(MODEL)]
    assert running and running[0].size > 0 and running[0].size_vram == 0 and running[0].context_length > 0
    left = running[0].expires_at - datetime.now(timezone.utc)
    assert timedelta(minutes=9) < left < timedelta(minutes=11), left
    answer = client.chat(model=MODEL, keep_alive=-1)
    assert answer.done_reason == "load" and answer.message.content == ""
    forever = [model for model in client.ps().models if model.model == with_tag(MODEL)]
    assert forever[0].expires_at.year > 2090
    answer = client.generate(model=MODEL, keep_alive=0)
    assert answer.done_reason == "unload"
    for _ in range(200):
        if with_tag(MODEL) not in [model.model for model in client.ps().models]:
            break
    else:
        raise AssertionError("still loaded")
    assert generate(keep_alive="5m").load_duration > 0


@case
def chat_whole_and_streamed():
    whole = chat()
    assert whole.message.role == "assistant" and whole.message.content and whole.model == MODEL
    assert whole.message.thinking is None and whole.message.tool_calls is None
    check_numbers(whole)
    parts = list(chat(stream=True))
    assert "".join(part.message.content for part in parts) == whole.message.content
    assert all(part.message.role == "assistant" for part in parts)
    check_numbers(parts[-1])


@case
def chat_with_history():
    messages = [{"role": "system", "content": "You tell stories."}, {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "Hello."}, {"role": "user", "content": START}]
    answer = client.chat(model=MODEL, messages=messages, options=FIXED)
    assert answer.prompt_eval_count > chat().prompt_eval_count


@case
def chat_with_tools():
    def add(a: int, b: int) -> int:
        """Add two numbers

        Args:
          a: the first
          b: the second
        """
        return a + b

    answer = client.chat(model=MODEL, messages=[{"role": "user", "content": "2+3?"}], tools=[add], options=FIXED)
    for call in answer.message.tool_calls or []:
        assert call.function.name == "add" and isinstance(call.function.arguments, dict)
    messages = [{"role": "user", "content": "2+3?"},
                {"role": "assistant", "content": "", "tool_calls": [
                    {"function": {"name": "add", "arguments": {"a": 2, "b": 3}}}]},
                {"role": "tool", "tool_name": "add", "content": "5"}]
    answer = client.chat(model=MODEL, messages=messages, tools=[add], options=FIXED)
    check_numbers(answer)


@case
def think():
    can_think = "thinking" in client.show(MODEL).capabilities
    assert chat(think=False).message.content is not None
    if can_think:
        answer = chat(think=True, options={"num_predict": 40, "temperature": 0})
        assert answer.message.thinking or answer.message.content
        assert "<think>" not in answer.message.content
        chat(think="low")
    else:
        fails(400, lambda: chat(think=True), "does not support thinking")


@case
def images_are_refused():
    fails(400, lambda: generate(images=["aGVsbG8="]), "images")
    message = {"role": "user", "content": "x", "images": ["aGVsbG8="]}
    fails(400, lambda: client.chat(model=MODEL, messages=[message]), "images")


@case
def suffix():
    if "insert" in client.show(MODEL).capabilities:
        assert generate("def f(", suffix="    return x").response is not None
    else:
        fails(400, lambda: generate("def f(", suffix="    return x"), "fill")


@case
def embed():
    one = client.embed(model=EMBEDDER, input="the sky is blue")
    assert one.model == EMBEDDER and len(one.embeddings) == 1 and one.prompt_eval_count > 0
    assert one.total_duration > 0 and one.load_duration >= 0
    assert abs(sum(x * x for x in one.embeddings[0]) - 1) < 1e-3
    two = client.embed(model=EMBEDDER, input=["a grey cat", "the sky is blue"])
    assert max(abs(a - b) for a, b in zip(two.embeddings[1], one.embeddings[0])) < 1e-4
    cut = client.embed(model=EMBEDDER, input="the sky is blue", dimensions=8)
    assert len(cut.embeddings[0]) == 8 and abs(sum(x * x for x in cut.embeddings[0]) - 1) < 1e-3
    assert client.embed(model=EMBEDDER, input=[]).embeddings == []
    long = "blue " * 20000
    assert client.embed(model=EMBEDDER, input=long).embeddings[0]
    fails(400, lambda: client.embed(model=EMBEDDER, input=long, truncate=False))


@case
def embeddings():
    old = client.embeddings(model=EMBEDDER, prompt="the sky is blue").embedding
    new = client.embed(model=EMBEDDER, input="the sky is blue").embeddings[0]
    norm = sum(x * x for x in old) ** 0.5
    assert max(abs(a / norm - b) for a, b in zip(old, new)) < 1e-4


@case
def copy_and_delete():
    assert client.copy(MODEL, "hearth-copy").status == "success"
    try:
        assert "hearth-copy:latest" in names()
        copied = client.generate(model="hearth-copy", prompt=START, options=FIXED)
        assert copied.response == generate().response
    finally:
        assert client.delete("hearth-copy").status == "success"
    assert "hearth-copy:latest" not in names()
    fails(404, lambda: client.delete("hearth-copy"), "not found")
    fails(404, lambda: client.copy("no-such-model", "x"), "not found")


@case
def create_from_a_model():
    parts = list(client.create(model="hearth-made", from_=MODEL, system="You tell stories.", stream=True,
                               template="{{ .System }} {{ .Prompt }}", license=["MIT", "more"],
                               parameters={"temperature": 0, "num_predict": 3, "stop": ["zzz", "yyy"]},
                               messages=[{"role": "user", "content": "Hi"},
                                         {"role": "assistant", "content": "Hello."}]))
    try:
        assert parts[-1].status == "success" and len(parts) > 1
        assert "hearth-made:latest" in names()
        shown = client.show("hearth-made")
        assert "You tell stories." in shown.modelfile and "MIT" in shown.license
        assert re.search(r"^num_predict +3$", shown.parameters, re.M)
        assert client.generate(model="hearth-made", prompt=START).eval_count == 3
        assert client.create(model="hearth-made", from_=MODEL, system="Another").status == "success"
        assert client.generate(model="hearth-made", prompt=START, options=FIXED).eval_count > 3
    finally:
        client.delete("hearth-made")
    fails(404, lambda: client.create(model="x", from_="no-such-model"), "not found")
    fails(400, lambda: client.create(model="x"), "from")
    fails(400, lambda: client.create(model="x", from_=MODEL, adapters={"a": "sha256:" + "0" * 64}), "adapters")


@case
def create_from_a_modelfile():
    text = f'FROM {MODEL}\nSYSTEM """You tell stories."""\nPARAMETER num_predict 2\nMESSAGE user Hi\n'
    answer = httpx.post(BASE + "/api/create", json={"name": "hearth-file", "modelfile": text, "stream": False})
    try:
        assert answer.status_code == 200 and answer.json() == {"status": "success"}, answer.text
        assert client.generate(model="hearth-file", prompt=START).eval_count == 2
    finally:
        client.delete("hearth-file")


@case
def create_from_a_file():
    if GGUF is None:
        return
    digest = client.create_blob(GGUF)
    assert digest.startswith("sha256:")
    assert httpx.head(f"{BASE}/api/blobs/{digest}").status_code == 200
    assert httpx.head(f"{BASE}/api/blobs/sha256:{'0' * 64}").status_code == 404
    wrong = httpx.post(f"{BASE}/api/blobs/sha256:{'0' * 64}", content=b"hello")
    assert wrong.status_code == 400 and "digest" in wrong.json()["error"]
    try:
        assert client.create(model="hearth-sent", files={"model.gguf": digest}).status == "success"
        assert client.generate(model="hearth-sent", prompt=START, options=FIXED).response
        parts = list(client.create(model="hearth-small", from_="hearth-sent", quantize="q8_0", stream=True))
        assert any("quantizing" in part.status for part in parts) and parts[-1].status == "success"
        assert client.generate(model="hearth-small", prompt=START, options=FIXED).response
    finally:
        for name in ("hearth-sent", "hearth-small"):
            if name + ":latest" in names():
                client.delete(name)
    assert not [name for name in names() if name.startswith("hearth-s")]
    fails(400, lambda: client.create(model="x", files={"a.gguf": "sha256:" + "0" * 64}))


@case
def pull_says_what_is_wrong():
    fails(400, lambda: client.pull("https://127.0.0.1/x.gguf"), "address")
    fails(400, lambda: list(client.pull("https://127.0.0.1/x.gguf", stream=True)), "address")


@case
def push_is_refused():
    fails(400, lambda: client.push("me/model"), "push")


@case
def errors():
    fails(404, lambda: client.generate(model="no-such-model", prompt="x"), "model 'no-such-model' not found")
    fails(404, lambda: client.chat(model="no-such-model", messages=[{"role": "user", "content": "x"}]), "not found")
    fails(404, lambda: list(client.generate(model="no-such-model", prompt="x", stream=True)), "not found")
    fails(404, lambda: client.embed(model="no-such-model", input="x"), "not found")
    fails(400, lambda: generate(options={"temperature": "hot"}), "temperature")
    for body in ("", "{", "[]", '{"model":5}'):
        answer = httpx.post(BASE + "/api/chat", content=body)
        assert answer.status_code == 400 and list(answer.json()) == ["error"], answer.text
    fails(400, lambda: generate("word " * 100_000), "context")


@case
def the_async_client_streams():
    import asyncio

    async def run():
        text = ""
        async for part in await AsyncClient(host=BASE).chat(
                model=MODEL, messages=[{"role": "user", "content": START}], options=FIXED, stream=True):
            text += part.message.content
        many = await asyncio.gather(*(AsyncClient(host=BASE).generate(model=MODEL, prompt=START, options=FIXED)
                                      for _ in range(8)))
        return text, many

    text, many = asyncio.run(run())
    assert text == chat().message.content
    assert {answer.response for answer in many} == {generate().response}


@case
def a_client_that_leaves_is_forgotten():
    for part in generate(stream=True, options={"temperature": 0, "num_predict": 100}):
        if part.response:
            break
    assert generate().response


run()
