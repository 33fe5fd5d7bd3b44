"""GGUF and safetensors files put together byte by byte, so that each of them can be wrong in one place."""

import json
import struct

CODES = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
BLOCKS = {0: (1, 4), 1: (1, 2), 2: (32, 18), 8: (32, 34), 12: (256, 144)}  # type -> weights, bytes
ARRAY = 9


def string(text: str | bytes) -> bytes:
    octets = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(octets)) + octets


def value(kind: int, item) -> bytes:
    """A value of the metadata; an array is (kind of its elements, elements)."""
    if kind == 8:
        return string(item)
    if kind == ARRAY:
        inner, items = item
        return struct.pack("<IQ", inner, len(items)) + b"".join(value(inner, one) for one in items)
    return struct.pack(CODES[kind], item)


def entry(key: str | bytes, kind: int, item) -> bytes:
    return string(key) + struct.pack("<I", kind) + value(kind, item)


def tensor(name: str | bytes, shape: tuple[int, ...], kind: int, offset: int) -> bytes:
    """shape: rows first."""
    return string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape[::-1], kind, offset)


def nbytes(shape: tuple[int, ...], kind: int) -> int:
    block, size = BLOCKS[kind]
    weights = 1
    for n in shape:
        weights *= n
    return weights // block * size


def gguf(entries=(), tensors=(), version=3, counts=None, alignment=32, magic=b"GGUF", data=None) -> bytes:
    """entries: bytes of `entry`;  tensors: (name, shape, kind), laid out one after the other, or bytes of `tensor`."""
    infos, end = [], 0
    for one in tensors:
        if isinstance(one, bytes):
            infos.append(one)
        else:
            infos.append(tensor(*one, end))
            end += -(-nbytes(*one[1:]) // alignment) * alignment
    number = counts or (len(infos), len(entries))
    head = magic + struct.pack("<IQQ", version, *number) + b"".join(entries) + b"".join(infos)
    if not infos:
        return head
    return head + bytes(-len(head) % alignment) + (bytes(end) if data is None else data)


ALL_KINDS = [
    entry("general.architecture", 8, "llama"),
    *(entry(f"number.{kind}", kind, 1) for kind in CODES),
    entry("strings", ARRAY, (8, ["a", "b", "ü"])),
    entry("numbers", ARRAY, (5, [-1, 0, 1])),
    entry("flags", ARRAY, (7, [True, False])),
    entry("nested", ARRAY, (ARRAY, [(5, [1, 2]), (8, ["x"])])),
    entry("vocabulary", ARRAY, (8, [f"token {i}" for i in range(2000)])),
    entry("token types", ARRAY, (5, list(range(2000)))),
    entry("general.alignment", 4, 64),
    entry("last", 8, "after the arrays"),
]
SOME_TENSORS = [
    ("token_embd.weight", (16, 256), 8),
    ("blk.0.attn_q.weight", (8, 256), 12),
    ("blk.0.attn_norm.weight", (256,), 0),
    ("blk.0.ffn_up_exps.weight", (2, 3, 32), 2),
    ("blk.0.ffn_gate_inp.weight", (2, 32), 1),
]


def sound() -> bytes:
    """A file with every kind of value."""
    return gguf(ALL_KINDS, SOME_TENSORS, alignment=64)


def safetensors(header, data: int | bytes = 0) -> bytes:
    """header: an object or its text;  data: bytes, or how many zeros."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + (bytes(data) if isinstance(data, int) else data)


def sound_safetensors() -> bytes:
    header = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, dtype, shape, size in (
        ("model.embed_tokens.weight", "BF16", [16, 8], 256),
        ("model.layers.0.self_attn.q_proj.weight", "F16", [8, 8], 128),
        ("model.layers.0.input_layernorm.weight", "F32", [8], 32),
        ("lm_head.weight", "F8_E4M3", [16, 8], 128),
    ):
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    return safetensors(header, end)
