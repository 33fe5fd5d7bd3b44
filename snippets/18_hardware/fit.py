"""The best type of weights that fits, by model and by memory."""

import json

# --8<-- [start:main]
from fourbit.vram import devices, model, place, settings, weights

SIZES = (8, 12, 16, 24, 32, 48, 64, 96)  # GB
# --8<-- [end:main]
MODELS = (
    ("llama-3.2-3b", "Llama 3.2 3B"),
    ("llama-3.1-8b", "Llama 3.1 8B"),
    ("gemma-3-12b", "Gemma 3 12B"),
    ("qwen3-14b", "Qwen3 14B"),
    ("mistral-small-3.2-24b", "Mistral Small 24B"),
    ("gemma-3-27b", "Gemma 3 27B"),
    ("qwen3-30b-a3b", "Qwen3 30B A3B"),
    ("qwen3-32b", "Qwen3 32B"),
    ("llama-3.3-70b", "Llama 3.3 70B"),
    ("glm-4.5-air", "GLM 4.5 Air 106B"),
    ("gpt-oss-120b", "gpt-oss 120B"),
)


# --8<-- [start:best]
def best(name, gib, context):
    """The type with most bits that fits whole on such a card."""
    read = model.from_table(name)
    stored = "mxfp4" if "oss" in name else "Q4_K_M"  # as published
    weighed = weights.weigh(read, weights.Quant.parse(stored))
    asked = settings.Settings(context=context)
    job = place.Job(read, weighed, asked, devices.read(f"{gib}GB"))
    if stored == "mxfp4":
        fits = place.place(job).verdict == place.FITS
        return "MXFP4" if fits else None
    return place.best_quant(job)


# --8<-- [end:best]
result = {}
for context, key in ((8192, "short"), (32768, "long")):
    result[key] = [
        {
            "model": label,
            **{f"g{s}": best(n, s, context) for s in SIZES},
        }
        for n, label in MODELS
    ]
order = (*place.QUANTS, "MXFP4")
for short, long in zip(*result.values(), strict=True):
    for size in SIZES:  # more context never leaves room for more bits
        a, b = short[f"g{size}"], long[f"g{size}"]
        assert b is None or order.index(a) <= order.index(b)
    print(f"{short['model']:18} 24 GB: {short['g24']}, {long['g24']}")
print(json.dumps(result))
