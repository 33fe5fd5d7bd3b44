"""A model that is too large for a card, and two cards."""

import json

from fourbit.vram import (
    devices,
    estimate,
    model,
    place,
    settings,
    weights,
)
from fourbit.vram.lines import GIB


def ask(name, quant, cards, ram=64 * GIB):
    """The estimate at 8,192 tokens, and the type that fits whole."""
    read = model.from_table(name)
    kind = weights.Quant.parse(quant)
    asked = settings.Settings(context=8192)
    found = estimate.estimate(read, kind, asked, cards, ram=ram)
    weighed = weights.weigh(read, kind)
    return found, place.best_quant(
        place.Job(read, weighed, asked, cards)
    )


card = devices.read("RTX 4090")
part, best = ask("llama-3.3-70b", "Q4_K_M", card)
assert part.placement.verdict == place.OFFLOAD
small, _ = ask("llama-3.3-70b", best, card, ram=0)
assert small.placement.verdict == place.FITS and small.weights.bits < 3
seventy = {
    "file": part.weights.total / GIB,
    "best": best,
    "best_bits": small.weights.bits,
    "layers": part.placement.on_gpu,
    "of": len(part.model.dims.layers) + 1,
    "speed": part.placement.speed.decode,
    "whole": small.placement.speed.decode,
}

one, two = devices.read("RTX 3090"), devices.read("2 x RTX 3090")
speeds = [
    ask("llama-3.1-8b", "Q4_K_M", cards)[0].placement.speed.decode
    for cards in (one, two)
]
assert abs(speeds[1] / speeds[0] - 1) < 1e-9  # they take turns
both = ask("llama-3.3-70b", "Q4_K_M", two)[0].placement
assert both.verdict == place.FITS
pair = {"one": speeds[0], "two": speeds[1], "large": both.speed.decode}
layers = f"{seventy['layers']} of {seventy['of']} layers in Q4_K_M"
print(f"70B on 24 GB: {best} whole, or {layers}")
print(
    f"two cards: {speeds[0]:.0f} and {speeds[1]:.0f} tokens/s at most"
)
print(json.dumps({"seventy": seventy, "pair": pair}))
