"""The ceiling of generation: bytes that one token makes the processor read, and how fast this machine reads memory.

At batch size one every weight that takes part is read once a token, so tokens per second cannot exceed bandwidth over
bytes. Both are taken on the safe side: bytes leave out what is not certain to be read, and the bandwidth is what NumPy
got, which the memory could do at least. A model that fits in the processor's cache is not bound by memory at all.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from math import prod
from pathlib import Path
from time import perf_counter

import numpy as np

from fourbit.gguf.header import Header

KV_BYTES = 2  # float16, llama.cpp's default
PASSES = 4
READERS = (lambda part: part @ part, lambda part: np.bitwise_xor.reduce(part.view(np.uint64)))
EXPERTS = ("ffn_gate_exps", "ffn_up_exps", "ffn_down_exps", "ffn_gate_up_exps")


def measure(threads: int) -> float:
    """Bytes per second that `threads` threads read from memory, the best of several passes; takes about a second.

    Each reads its part of a buffer, to add or to xor it: which of them keeps up with memory depends on the processor.
    The buffer is at least four times the last cache, or smaller when that would take more than a quarter of the memory.
    """
    size = max(256 << 20, 4 * cache_size())
    if "SC_AVPHYS_PAGES" in getattr(os, "sysconf_names", ()):
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        size = min(size, max(free // 4, 16 << 20))
    part = size // threads // 8 * 2
    parts = [np.ones(part, np.float32) for _ in range(threads)]  # pages not written to would all be one page
    best = np.inf
    with ThreadPoolExecutor(threads) as pool:
        for reader in READERS * PASSES:
            began = perf_counter()
            list(pool.map(reader, parts))
            best = min(best, perf_counter() - began)
    return threads * part * 4 / best


def cache_size() -> int:
    """Bytes of the largest cache of the first processor; 0 where the system does not tell."""
    sizes = []
    for file in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size"):
        text = file.read_text().strip()  # such as "32768K"
        sizes.append(int(text.rstrip("KM")) << {"K": 10, "M": 20}.get(text[-1:], 0))
    return max(sizes, default=0)


def bytes_per_token(headers: Sequence[Header], context: float) -> int:
    """Bytes read for one token with `context` tokens in the cache; `headers` are those of all parts of a model.

    Of embeddings one row is read, unless they are the output as well; of experts, the share that is used.
    """
    metadata = headers[0].metadata
    arch = metadata.get("general.architecture")
    tensors = [tensor for header in headers for tensor in header.tensors]
    tied = all(tensor.name != "output.weight" for tensor in tensors)
    experts = metadata.get(f"{arch}.expert_count", 0)
    used = metadata.get(f"{arch}.expert_used_count", 0) / experts if experts else 1
    draft = metadata.get(f"{arch}.nextn_predict_layers", 0)  # the last blocks, which plain generation skips
    blocks = metadata.get(f"{arch}.block_count", 0) - draft
    total = 0.0
    for tensor in tensors:
        row = tensor.type.row_bytes(tensor.shape[-1])
        size = prod(tensor.shape[:-1]) * row
        block, _, part = tensor.name.removeprefix("blk.").partition(".")
        if block.isdigit() and int(block) >= blocks:
            continue
        if block.endswith("_embd") and not (tied and block == "token_embd"):
            size = row
        elif part.startswith(EXPERTS):
            size *= used
        total += size
    return int(total + _cache_bytes(metadata, arch, blocks, context))


def _cache_bytes(metadata: dict, arch: str, blocks: int, context: float) -> float:
    """Keys and values read; models that keep them in another way count as none, sliding windows as everywhere."""
    if f"{arch}.attention.kv_lora_rank" in metadata or any(
        key.startswith(f"{arch}.ssm.") for key in metadata
    ):
        return 0
    heads = metadata.get(f"{arch}.attention.head_count", 0)
    shared = metadata.get(f"{arch}.attention.head_count_kv", heads)
    kv_heads = sum(shared) if isinstance(shared, list | tuple) else shared * blocks
    most = max(heads) if isinstance(heads, list | tuple) else heads
    width = metadata.get(f"{arch}.embedding_length", 0) // max(most, 1)
    key = metadata.get(f"{arch}.attention.key_length", width)
    value = metadata.get(f"{arch}.attention.value_length", width)
    window = metadata.get(f"{arch}.attention.sliding_window", 0) or context
    return kv_heads * (key + value) * KV_BYTES * min(context, window)
