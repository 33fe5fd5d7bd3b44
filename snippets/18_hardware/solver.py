"""Everything that fits a machine, and of that what nothing beats."""

import json
from itertools import product

# --8<-- [start:main]
from fourbit.vram import model, place, settings, weights

# KL divergence of Llama-3-8B, without an importance matrix:
# llama.cpp, tools/perplexity/README.md
DAMAGE = {
    "Q8_0": 0.0014,
    "Q6_K": 0.0055,
    "Q5_K_M": 0.0108,
    "Q5_K_S": 0.0166,
    "Q5_1": 0.0180,
    "Q5_0": 0.0222,
    "Q4_K_M": 0.0313,
    "Q4_K_S": 0.0431,
    "Q4_1": 0.0717,
    "Q4_0": 0.0719,
    "Q3_K_L": 0.0872,
    "Q3_K_M": 0.1019,
    "Q2_K": 0.4451,
}
CACHES = {"f16": 16, "q8_0": 8.5}  # bits


def options(name, gpus, ram, ram_bandwidth, contexts):
    """Each way to run a model that fits, as a dict."""
    read = model.from_table(name)
    for quant, context, cache in product(DAMAGE, contexts, CACHES):
        quantized = weights.weigh(read, weights.Quant.parse(quant))
        asked = settings.Settings(context, type_k=cache, type_v=cache)
        job = place.Job(
            read, quantized, asked, gpus, ram, ram_bandwidth
        )
        found = place.place(job)
        if found.verdict != place.NOT:
            yield {
                "model": name,
                "quant": quant,
                "context": context,
                "cache": cache,
                "on_gpu": found.on_gpu,
                "layers": len(read.dims.layers) + 1,
                "experts": found.experts_in_ram,
                "kl": DAMAGE[quant],
                "speed": found.speed.decode,
                "gib": found.bytes("gpu") / 2**30,
                "tight": found.tight,
            }


def better(a, b):
    """Whether `a` is nowhere worse than `b`, and somewhere better."""
    pairs = [
        (b["kl"], a["kl"]),
        (CACHES[a["cache"]], CACHES[b["cache"]]),
        (a["context"], b["context"]),
        (a["speed"], b["speed"]),
    ]
    return all(x >= y for x, y in pairs) and any(
        x > y for x, y in pairs
    )


def pareto(found):
    """Those that no other beats."""
    found = list(found)
    return [b for b in found if not any(better(a, b) for a in found)]


# --8<-- [end:main]
if __name__ == "__main__":
    from fourbit.vram import devices

    gpu = devices.read("12GB@504")
    found = list(options("qwen3-14b", gpu, 32 << 30, 60, (8192, 32768)))
    front = pareto(found)
    assert front and not any(better(a, b) for a in front for b in front)
    beaten = [b for b in found if b not in front]
    assert all(any(better(a, b) for a in front) for b in beaten)
    never = {b["quant"] for b in found} - {b["quant"] for b in front}
    print(f"{len(found)} ways fit, {len(front)} of them unbeaten")
    print("never among those:", ", ".join(sorted(never)))
    result = {"all": len(found), "front": len(front)}
    print(json.dumps(result | {"never": ", ".join(sorted(never))}))
