"""What Q4_K_M is made of: the rule, applied to Llama-3.1-8B."""

import json

# --8<-- [start:main]
from collections import Counter

from fourbit.gguf import layout, mix

llama = {  # what its config.json says of shapes
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "rope_scaling": {"rope_type": "llama3"},
}
found = layout.read(llama)
tensors = [(t.name, t.shape) for t in found.tensors]
choices = mix.choose(tensors, "Q4_K_M", found.arch, n_gqa=4)

weights = Counter()
for tensor in found.tensors:
    weights[choices[tensor.name].type] += tensor.size
size = mix.bytes_of(choices, tensors)
bits = 8 * size / found.size
for kind, count in weights.most_common():
    print(
        f"{kind.name:5}{kind.bits:7.4f} bits {count / found.size:6.1%}"
    )
print(f"{size:,} bytes = {size / 2**30:.2f} GiB, {bits:.4f} bits")

up = [n for n, c in choices.items() if c.type.name == "Q6_K"]
layers = [n.split(".")[1] for n in up if n.endswith("attn_v.weight")]
assert up[0] == "output.weight" and len(up) == 1 + 2 * len(layers)
print("Q6_K: the output, and in layers", *layers)
# --8<-- [end:main]

shares = {k.name: n / found.size for k, n in weights.items()}
assert round(bits, 4) == 4.8944 and round(size / 2**30, 2) == 4.58
out = {"bytes": size, "gib": size / 2**30, "bits": bits}
print(json.dumps(out | {"layers": len(layers), "shares": shares}))
