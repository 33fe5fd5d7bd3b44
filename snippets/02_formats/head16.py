"""What a 4-bit GPTQ file leaves in 16 bits, and Q4_K_M does not."""

import json

# --8<-- [start:main]
from fourbit.gguf import layout, mix

MODELS = {  # hidden, ffn, layers, heads, key heads, head size, vocabulary
    "Llama-2-7B": (4096, 11008, 32, 32, 32, 128, 32000),
    "Llama-3.1-8B": (4096, 14336, 32, 32, 8, 128, 128256),
    "Llama-3.1-70B": (8192, 28672, 80, 64, 8, 128, 128256),
    "Qwen3-0.6B": (1024, 3072, 28, 16, 8, 128, 151936),
}
KEYS = """hidden_size intermediate_size num_hidden_layers
    num_attention_heads num_key_value_heads head_dim vocab_size"""

rows = []
for name, values in MODELS.items():
    kind = "Qwen3" if name.startswith("Qwen") else "Llama"
    config = dict(zip(KEYS.split(), values, strict=True))
    config["architectures"] = [f"{kind}ForCausalLM"]
    config["tie_word_embeddings"] = kind == "Qwen3"
    plan = layout.read(config)
    kept = linear = 0  # weights in tables, and in linear layers
    for tensor in plan.tensors:
        if tensor.name in ("token_embd.weight", "output.weight"):
            kept += tensor.size
        elif len(tensor.shape) == 2:
            linear += tensor.size
    gptq = linear * (4 + 20 / 128) / 8 + kept * 2  # bytes
    shapes = [(tensor.name, tensor.shape) for tensor in plan.tensors]
    gqa = values[3] // values[4]
    types = mix.choose(shapes, "Q4_K_M", plan.arch, n_gqa=gqa)
    q4_k_m = mix.bytes_of(types, shapes)
    row = {"model": name, "kept": 2 * kept, "gptq": gptq}
    row |= {"share": 2 * kept / gptq, "q4_k_m": q4_k_m}
    row["gptq_bits"] = 8 * gptq / plan.size
    row["q4_k_m_bits"] = 8 * q4_k_m / plan.size
    rows.append(row)
    print("{model}: {kept:,} of {gptq:,.0f} bytes".format(**row))
# --8<-- [end:main]
assert 2.1e9 < rows[1]["kept"] < 2.11e9
assert rows[3]["share"] > 0.5 > rows[1]["share"] > rows[2]["share"]
assert rows[1]["q4_k_m"] < rows[1]["gptq"]
print(json.dumps({"rows": rows}))
