"""Tokens per second of an embedding model in PyTorch or ONNX Runtime, for bench_peers.py.

Usage: python3 encoder_peer.py bf16|f32|onnx FOLDER THREADS TOKENS BATCH
Prints {"tokens_per_second": …}: the best of three batches, after one that does not count.
"""
import json
import sys
import time


def torch_model(folder, kind, threads):
    import torch
    import transformers
    torch.set_num_threads(threads)
    model = transformers.AutoModel.from_pretrained(folder, dtype=torch.bfloat16 if kind == "bf16" else torch.float32).eval()

    def run(ids):
        with torch.inference_mode():
            ids = torch.tensor(ids)
            hidden = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
            return torch.nn.functional.normalize(hidden.float().mean(dim=1), dim=-1)
    return run, model.config.vocab_size


def onnx_model(folder, threads):
    import numpy
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(f"{folder}/onnx/model_int8.onnx", options, providers=["CPUExecutionProvider"])
    names = {each.name for each in session.get_inputs()}
    with open(f"{folder}/config.json", encoding="utf-8") as file:
        vocab = json.load(file)["vocab_size"]

    def run(ids):
        ids = numpy.array(ids, dtype=numpy.int64)
        feed = {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)}
        return session.run(None, {name: value for name, value in feed.items() if name in names})
    return run, vocab


def main():
    kind, folder, threads, tokens, batch = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
    run, vocab = onnx_model(folder, threads) if kind == "onnx" else torch_model(folder, kind, threads)
    ids = [[(7919 * (i * tokens + j) + 13) % vocab for j in range(tokens)] for i in range(batch)]
    run(ids)
    best = float("inf")
    for _ in range(3):
        begin = time.monotonic()
        run(ids)
        best = min(best, time.monotonic() - begin)
    print(json.dumps({"tokens_per_second": batch * tokens / best}))


main()
