"""The sizes published for Llama-3.1-8B, from the rules."""

import json

# --8<-- [start:main]
from fourbit.gguf import layout, mix

# bits per weight: llama.cpp, tools/quantize/README.md
published = {
    "IQ1_S": 2.0042,
    "IQ1_M": 2.1460,
    "IQ2_XXS": 2.3824,
    "IQ2_XS": 2.5882,
    "IQ2_S": 2.7403,
    "IQ2_M": 2.9294,
    "IQ3_XXS": 3.2548,
    "IQ3_XS": 3.4977,
    "IQ3_S": 3.6606,
    "IQ3_M": 3.7628,
    "IQ4_XS": 4.4597,
    "IQ4_NL": 4.6818,
    "Q2_K_S": 2.9697,
    "Q2_K": 3.1593,
    "Q3_K_S": 3.6429,
    "Q3_K_L": 4.2979,
    "Q4_K_S": 4.6672,
    "Q4_K_M": 4.8944,
    "Q5_K_S": 5.5704,
    "Q5_K_M": 5.7036,
    "Q6_K": 6.5633,
    "Q8_0": 8.5008,
    "F16": 16.0005,
}
llama = {
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
rows = []
for name, theirs in published.items():
    imatrix = name.startswith(("IQ1", "IQ2", "IQ3"))
    kinds = mix.choose(
        tensors, name, found.arch, n_gqa=4, imatrix=imatrix
    )
    ours = 8 * mix.bytes_of(kinds, tensors) / found.size
    rows.append({"type": name, "ours": ours, "published": theirs})
    assert abs(ours / theirs - 1) < 1e-4, (name, ours, theirs)
off = max(abs(r["ours"] / r["published"] - 1) for r in rows)
print(f"{len(rows)} of {len(rows)} within {off:.4%}")
# --8<-- [end:main]
print(json.dumps({"count": len(rows), "off": off, "rows": rows}))
