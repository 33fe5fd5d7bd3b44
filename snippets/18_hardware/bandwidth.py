"""How much bandwidth a speed takes, and how much damage a size does."""

import json

# --8<-- [start:main]
from fourbit.vram import devices, estimate, model, settings, weights

any_card = [devices.Device("any", "gpu", 1 << 50, 1000.0)]  # GB/s


def reads(name, quant, context=8192):
    """GB that one token reads: weights in use, and the cache."""
    found = estimate.estimate(
        model.read(name),
        weights.Quant.parse(quant),
        settings.Settings(context=context),
        any_card,
        advise=False,
    )
    return 1000.0 / found.placement.speed.decode


# --8<-- [end:main]
rows = []
for name, label in (
    ("llama-3.2-3b", "Llama 3.2 3B"),
    ("llama-3.1-8b", "Llama 3.1 8B"),
    ("qwen3-14b", "Qwen3 14B"),
    ("qwen3-30b-a3b", "Qwen3 30B A3B"),
    ("qwen3-32b", "Qwen3 32B"),
    ("llama-3.3-70b", "Llama 3.3 70B"),
    ("glm-4.5-air", "GLM 4.5 Air 106B A12B"),
):
    read = reads(name, "Q4_K_M")
    row = {"model": label, "reads": read}
    row |= {f"for_{n}": n * read for n in (5, 10, 30, 100)}
    rows.append(row)
    print(f"{label:22} reads {read:5.2f} GB a token")
dense, experts = rows[4], rows[3]
assert experts["reads"] < dense["reads"] / 5
print(
    json.dumps(
        {"rows": rows, "ratio": dense["reads"] / experts["reads"]}
    )
)
