"""Which models fit which cards in Q4_K_M, and with what context."""

import json

from fourbit.vram import devices, estimate, model, place, tables
from fourbit.vram.lines import GIB, total
from fourbit.vram.settings import Settings
from fourbit.vram.weights import Quant

MODELS = (
    *("qwen3-4b", "llama-3.1-8b", "qwen3.5-9b", "gemma-3-12b"),
    *("gpt-oss-20b", "mistral-small-3.2-24b", "gemma-3-27b"),
    *("qwen3-30b-a3b", "qwen3-32b", "llama-3.3-70b"),
    *("glm-4.5-air", "gpt-oss-120b", "qwen3-235b-a22b"),
)
CARDS = {
    "rtx-4060": "c8",
    "rtx-3060-12gb": "c12",
    "rtx-5080": "c16",
    "rtx-4090": "c24",
    "rtx-5090": "c32",
    "m4-max-40-64gb": "mac",
}
SETTINGS = Settings(context=8192)


def cell(read, weights, card):
    """The most tokens that fit whole; else whether some part does."""
    ram = (16 if "mac" in CARDS[card] else 64) * GIB  # a Mac shares it
    job = place.Job(read, weights, SETTINGS, devices.read(card), ram)
    most = place.most_context(job)
    if most >= 2048:  # fewer are no use
        return f"{most:,}"
    return "no" if place.place(job).verdict == place.NOT else "in part"


# --8<-- [start:main]
rows = []
for name in MODELS:
    read = model.from_table(name)
    found = estimate.estimate(
        read, Quant.parse("Q4_K_M"), SETTINGS, devices.read("80GB")
    )
    rows.append(
        {
            "model": tables.model(name)[1]["name"],
            "gib": total(found.lines, where="gpu") / GIB,
            **{
                column: cell(read, found.weights, card)
                for card, column in CARDS.items()
            },
        }
    )
# --8<-- [end:main]
assert rows[1]["c8"][0].isdigit() and rows[-1]["c8"] == "no"
counts = {
    "models": len(tables.models()),
    "cards": len(tables.hardware()),
}
print(json.dumps({"rows": rows} | counts))
