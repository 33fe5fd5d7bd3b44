"""Quantizing a 70B model needs one block in memory, not the model."""

import json

# --8<-- [start:main]
GB = 1e9
h, ffn, kv, layers = 8192, 28672, 1024, 80  # Llama-3.1-70B
vocab = 128256
tokens = 128 * 2048  # calibration: 128 windows of 2048

linear = 2 * h * h + 2 * kv * h + 3 * ffn * h  # weights of a block
model = 2 * (layers * linear + 2 * vocab * h)  # bytes, 16-bit


def hessian(d_in):
    return 4 * d_in * d_in  # bytes, float32


# q, k, v share one input, gate and up another: four Hessians.
parts = {
    "weights of the block, 16-bit": 2 * linear,
    "its four Hessians, 32-bit": 3 * hessian(h) + hessian(ffn),
    "factorizing the largest": 2 * hessian(ffn),  # two copies
    "its layer, 32-bit": 4 * h * ffn,
    "activations in, 16-bit": tokens * h * 2,
    "activations out, 16-bit": tokens * h * 2,
}
for part, size in parts.items():
    print(f"{part:30}{size / GB:7.2f} GB")
total = sum(parts.values())
print(f"{'together':30}{total / GB:7.2f} GB")
print(f"{'the whole model, on disk':30}{model / GB:7.2f} GB")
assert total < 25 * GB
assert total + model < 340 * GB / 2  # half of a popular number

for d_in in (4096, 14336, 28672):
    print(f"Hessian at d_in {d_in:<15}{hessian(d_in) / GB:7.2f} GB")
everything = hessian(7_000_000_000)  # one for a whole 7B model
print(f"Hessian of all 7e9 weights {everything / GB:14.2e} GB")
assert everything > 1e9 * model  # a billion 70B models
# --8<-- [end:main]

result = {
    "block_weights": 2 * linear,
    "hessians": parts["its four Hessians, 32-bit"],
    "factorizing": parts["factorizing the largest"],
    "layer_32bit": parts["its layer, 32-bit"],
    "activations": 2 * tokens * h * 2,
    "total": total,
    "model": model,
    "hessian_4096": hessian(4096),
    "hessian_14336": hessian(14336),
    "hessian_28672": hessian(28672),
    "hessian_7b": everything,
}
print(json.dumps(result))
