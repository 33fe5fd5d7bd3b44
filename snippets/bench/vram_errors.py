"""Predicted against planned by llama.cpp, for every oracle row."""

import csv
import json
from pathlib import Path
from statistics import median

from fourbit.vram import cache, compute, model, tables
from fourbit.vram.lines import GIB, MIB
from fourbit.vram.settings import Settings

ORACLE = Path("tests/vram/oracle.csv")
BAR_MIB, BAR_SHARE = 5, 0.03  # the larger of the two
WAYS = ("ours", "thumb", "plain", "calculator")


# --8<-- [start:rules]
def rules(weights, config, context):
    """Bytes in all by what posts and calculators say."""
    config = config.get("text_config", config)
    layers, embed = config["num_hidden_layers"], config["hidden_size"]
    heads = config.get("num_attention_heads", 0)
    shared = config.get("num_key_value_heads", heads)
    wide = config.get("head_dim") or (embed // heads if heads else 0)
    cache = 2 * layers * context * shared * wide * 2  # K and V, f16
    activations = layers * context * embed * 2
    return {
        "thumb": 1.2 * weights,
        "plain": weights + cache,
        "calculator": 1.2 * (weights + activations + cache),
    }


# --8<-- [end:rules]
def rows():
    """Each row of the oracle, with what was predicted. Bytes."""
    lines = ORACLE.read_text().splitlines()
    table = list(csv.DictReader(s for s in lines if s[0] != "#"))
    configs = tables.models()
    models = {
        n: model.from_table(n) for n in {r["model"] for r in table}
    }
    small = {r["model"]: r for r in table if r["quant"] == "Q4_K_M"}
    for row in table:
        dims, same = models[row["model"]].dims, small[row["model"]]
        asked = Settings(
            int(row["context"]), int(row["sequences"]), row["cache"],
            row["cache"], row["flash"] == "1", int(row["batch"]),
            int(row["ubatch"]), int(row["outputs"]) or int(row["batch"]),
            row["unified"] == "1",
        )  # fmt: skip
        weights = int(same["weights_bytes"])  # sizes as for Q4_K_M
        kept = sum(k.bytes for k in cache.layers(dims, asked))
        told = float(row["cache_mib"]) + float(row["state_mib"])
        buffer = compute.planned(dims, asked)
        real = MIB * float(row["compute_mib"])
        told = MIB * told + real + weights  # all of it
        guesses = {"ours": weights + kept + buffer}
        guesses |= rules(
            weights, configs[row["model"]]["config"], asked.context
        )
        yield {
            "model": row["model"],
            "arch": dims.arch,
            "asked": "; ".join(said(row)),
            "split": row["split"],
            "quant": row["quant"],
            "context": asked.context,
            "weights": weights,
            "planned": told,
            "compute": real / MIB,
            "predicted": buffer / MIB,
            "buffer_off": (buffer - real) / MIB,
            "bar": abs(buffer - real)
            / max(BAR_MIB * MIB, BAR_SHARE * real),
            "cache_off": abs(kept + weights + real - told) / MIB,
            "guesses": guesses,
            **{w: guesses[w] / told - 1 for w in WAYS},
        }


def said(row):
    """Context, and how a row differs from the usual settings."""
    yield f"{int(row['context']):,}"
    if row["cache"] != "f16":
        yield row["cache"]
    if row["flash"] == "0":
        yield "no flash"
    if row["ubatch"] != "512":
        yield f"batch {row['ubatch']}"
    if row["sequences"] != "1":
        yield f"{row['sequences']} sequences"
    if row["unified"] == "1":
        yield "one cache"
    if row["outputs"] == "0":
        yield "all logits"


def summary(found, way, name):
    """How far a way is off over all rows."""
    off = sorted(abs(f[way]) for f in found)
    return {
        "way": name,
        "median": median(off),
        "most": off[int(0.95 * len(off))],  # 95 of 100 rows are nearer
        "under": min(f[way] for f in found),
        "over": max(f[way] for f in found),
        "short": sum(f[way] < -0.01 for f in found) / len(found),
        "near": sum(o <= 0.05 for o in off) / len(off),
    }


def main():
    found = list(rows())
    assert max(f["cache_off"] for f in found) < 0.03  # of rounding
    by_model = {}
    for f in sorted(found, key=lambda f: -abs(f["ours"])):
        by_model.setdefault(f["model"], f)
    over = sorted(
        (f for f in found if f["bar"] > 1), key=lambda f: -f["bar"]
    )
    plans = {}  # the weights' type has no part in the plan
    for f in found:
        key = f["model"], f["asked"]
        plans.setdefault(key, set()).add(round(f["compute"], 2))
    assert all(len(values) == 1 for values in plans.values())
    names = {
        "ours": "fourbit.vram",
        "thumb": "Weights and a fifth",
        "plain": "Weights and a plain cache",
        "calculator": "Both, activations, and a fifth",
    }
    ways = [summary(found, *item) for item in names.items()]
    kept = ("model", "arch", "asked", "split", "compute", "predicted")
    kept = (*kept, "buffer_off", *WAYS)

    def row(f):
        return {k: f[k] for k in kept} | {"gib": f["planned"] / GIB}

    result = {
        "rows": len(found),
        "models": len(by_model),
        "architectures": len({f["arch"] for f in found}),
        "bar_mib": BAR_MIB,
        "bar_share": BAR_SHARE,
        "over": len(over),
        "over_models": len({f["model"] for f in over}),
        "over_one": sum(f["model"] == "falcon-h1-34b" for f in over),
        "within_share": 1 - len(over) / len(found),
        "held_out": sum(f["split"] == "held out" for f in found),
        "held_out_over": sum(f["split"] == "held out" for f in over),
        "held_out_models": len(
            {f["model"] for f in found if f["split"] == "held out"}
        ),
        "exact": sum(abs(f["buffer_off"]) < 0.05 for f in found)
        / len(found),
        "mib": sorted(abs(f["buffer_off"]) for f in found)[
            int(0.95 * len(found))
        ],
        "worst_mib": max(abs(f["buffer_off"]) for f in found),
        "ways": ways,
        "worst": list(
            {(f["model"], f["asked"]): row(f) for f in over}.values()
        ),
        "by_model": [row(f) for f in by_model.values()],
    }
    assert result["within_share"] > 0.98 and ways[0]["over"] < 0.02
    for way in ways:
        print(f"{way['way']:31} median {way['median']:6.1%}, "
              f"{way['under']:+.0%} to {way['over']:+.0%}")  # fmt: skip
    print(json.dumps(result))


if __name__ == "__main__":
    main()
