"""Exercise: the best file of an 8B and of a 14B for 6.5 GB."""

import json

# --8<-- [start:main]
from fourbit.gguf import layout, mix

llama_8b = {
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "rope_scaling": {"rope_type": "llama3"},
}
qwen3_14b = {
    "architectures": ["Qwen3ForCausalLM"],
    "hidden_size": 5120,
    "intermediate_size": 17408,
    "num_hidden_layers": 40,
    "num_attention_heads": 40,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151936,
}
large = ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q4_K_S", "Q3_K_M")
kinds = (*large, "IQ3_M", "Q3_K_S", "IQ3_XS", "IQ3_XXS", "Q2_K")


def sizes(config):
    """Bytes of the weights for each type."""
    found = layout.read(config)
    tensors = [(t.name, t.shape) for t in found.tensors]
    shared = config["num_attention_heads"]
    gqa = shared // config["num_key_value_heads"]
    facts = {"n_gqa": gqa, "imatrix": True}
    chosen = {
        k: mix.choose(tensors, k, found.arch, **facts) for k in kinds
    }
    return {k: mix.bytes_of(c, tensors) for k, c in chosen.items()}


def best(config, free):
    fits = {k: n for k, n in sizes(config).items() if n <= free}
    return max(fits, key=fits.get)


for config in (llama_8b, qwen3_14b):
    found = sizes(config).items()
    for part in (list(found)[:6], list(found)[6:]):
        print(*(f"{k} {n / 1e9:.2f}" for k, n in part))
# --8<-- [end:main]
eight, fourteen = best(llama_8b, 6.5e9), best(qwen3_14b, 6.5e9)
print(eight, fourteen)
assert (eight, fourteen) == ("Q5_K_M", "IQ3_XS")
assert 6.5e9 < sizes(llama_8b)["Q6_K"] < 6.7e9  # just misses
both = {
    "small": sizes(llama_8b) | {"best": eight},
    "large": sizes(qwen3_14b) | {"best": fourteen},
}
print(json.dumps(both))
