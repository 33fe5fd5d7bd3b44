"""What hardware runs which model, and how fast it could at most."""

import json

from fourbit.vram import devices, estimate, model, tables
from fourbit.vram.lines import GIB, total
from fourbit.vram.settings import Settings
from fourbit.vram.weights import Quant

MODELS = (  # by size
    ("llama-3.2-3b", "3B: Llama 3.2"),
    ("llama-3.1-8b", "8B: Llama 3.1"),
    ("qwen3-14b", "14B: Qwen3"),
    ("gpt-oss-20b", "20B, experts: gpt-oss"),
    ("mistral-small-3.2-24b", "24B: Mistral Small 3.2"),
    ("gemma-3-27b", "27B: Gemma 3"),
    ("qwen3-30b-a3b", "30B, experts: Qwen3 A3B"),
    ("qwen3-32b", "32B: Qwen3"),
    ("llama-3.3-70b", "70B: Llama 3.3"),
    ("glm-4.5-air", "106B, experts: GLM 4.5 Air"),
    ("gpt-oss-120b", "120B, experts: gpt-oss"),
    ("qwen3-235b-a22b", "235B, experts: Qwen3 A22B"),
)
USES = {  # tokens, sequences
    "chat": (8192, 1),
    "long": (32768, 1),
    "team": (32768, 4),
}
KINDS = {"gpu": "GPU", "mac": "Mac", "apu": "APU", "cpu": "CPU"}
LARGE = devices.Device("any", "gpu", 1 << 50, 1000.0)


# --8<-- [start:need]
def need(name, quant, use, gpus):
    """Lines of a model all on one GPU, or all in RAM."""
    context, sequences = USES[use]
    return estimate.estimate(
        model.from_table(name),
        Quant.parse(quant),
        Settings(context=context, sequences=sequences),
        gpus,
        advise=False,
    )


# --8<-- [end:need]
def needs():
    """A row for each model and quantization. GiB and GB."""
    for name, label in MODELS:
        quants = ("mxfp4",) if "oss" in name else ("Q4_K_M", "Q8_0")
        for quant in quants:
            row = {"id": name, "model": label, "quant": quant.upper()}
            for use in USES:
                lines = need(name, quant, use, [LARGE]).lines
                row[use] = total(lines, where="gpu") / GIB
                row[f"{use}_most"] = total(lines, "high", "gpu") / GIB
            row["ram"] = (
                total(need(name, quant, "chat", []).lines) / GIB
            )
            speed = need(name, quant, "chat", [LARGE]).placement.speed
            row["reads"] = LARGE.bandwidth / speed.decode  # GB a token
            yield row


def ceiling(card, row):
    """Tokens a second at most; None where the model does not fit."""
    size = row["ram"] if card.kind == "cpu" else row["chat"]
    fits = size * GIB <= card.memory
    return card.bandwidth / row["reads"] if fits else None


def cards(found):
    """A row for each entry of hardware.toml."""
    first = [r for r in found if r["quant"] != "Q8_0"]
    for key, entry in tables.hardware().items():
        card = devices.of(key, entry)
        speeds = {r["id"]: ceiling(card, r) for r in first}
        fit = [r["model"] for r in first if speeds[r["id"]]]
        yield {
            "name": card.name,
            "kind": KINDS[card.kind],
            "memory": entry["memory"],
            "usable": card.memory / GIB,
            "bandwidth": card.bandwidth,
            "price": entry["price"],
            "since": entry["released"],
            "largest": fit[-1].split(":")[0] if fit else None,
            "small": speeds["llama-3.1-8b"],
            "experts": speeds["qwen3-30b-a3b"],
            "large": speeds["llama-3.3-70b"],
        }


def main():
    found = list(needs())
    rows = list(cards(found))
    kinds = list(KINDS.values())
    rows.sort(
        key=lambda r: (
            kinds.index(r["kind"]),
            -r["usable"],
            -r["bandwidth"],
            r["name"],
        )
    )
    best = next(r for r in rows if r["name"] == "GeForce RTX 4090")
    one = need(
        "llama-3.1-8b", "Q4_K_M", "chat", devices.read("RTX 4090")
    )
    assert abs(one.placement.speed.decode - best["small"]) < 1e-6
    print(f"{len(rows)} cards, {len(found)} rows of models")
    count = {"cards": len(rows), "models": len(MODELS)}
    print(json.dumps({**count, "rows": rows, "needs": found}))


if __name__ == "__main__":
    main()
