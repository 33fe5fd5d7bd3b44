"""The README.md of a quantized model: what was done to it, what it cost, who can load it."""

import json
from collections import Counter

from fourbit.engine.evaluate import KL_BOUND

MEASURED = (
    "tried on a small Llama with transformers 5.23 (optimum 2.3), GPTQModel 7.6 and AutoGPTQ 0.7.1; "
    "of vLLM the source was read"
)
MOST_RULES = 12  # above, the card counts layers instead of listing rules
LABELS = {"rtn": "rounding to nearest", "gptq": "GPTQ", "awq": "AWQ", "awq+gptq": "AWQ scales, then GPTQ"}
EFFORTS = {
    "fast": "grids from minimum and maximum",
    "default": "grids searched",
    "best": "codes and scales refined",
}


def card(record: dict) -> str:
    """The model card in Markdown, from what a run stores as fourbit.json."""
    sections = (
        _title(record),
        "## Method\n\n" + _table(("", ""), method_rows(record)),
        _calibration(record),
        _quality(record),
        _loading(record),
    )
    return f"{_front_matter(record)}\n" + "\n\n".join(sections) + "\n"


def _front_matter(record: dict) -> str:
    """YAML that model hubs read; values are JSON strings, which are YAML too."""
    lines = ["---"]
    if "/" in (base := record.get("base_model") or ""):  # a hub id
        lines += [f"base_model: {json.dumps(base)}", "base_model_relation: quantized"]
    lines += ["pipeline_tag: text-generation", "library_name: transformers", "tags:"]
    lines += [f"- {tag}" for tag in dict.fromkeys(("gptq", f"{record['recipe']['bits']}-bit", "fourbit"))]
    return "\n".join([*lines, "---"])


def bits_used(record: dict) -> list[int]:
    """The bits of the quantized layers, each once, in order."""
    return sorted({layer["bits"] for layer in record["layers"]})


def _title(record: dict) -> str:
    bits = " and ".join(map(str, bits_used(record)))
    of = f" of `{record['base_model']}`" if record.get("base_model") else ""
    return (
        f"# {bits}-bit version{of}\n\n"
        f"{len(record['layers'])} linear layers quantized: {record['bytes_before'] / 1e6:,.1f} MB became "
        f"{record['bytes_after'] / 1e6:,.1f} MB, {record['bits_per_weight']:.3f} bits per quantized weight with "
        "scales, zero points and group indices."
    )


def method_rows(record: dict) -> list[tuple[str, str]]:
    """What was done, as (name, value) in Markdown."""
    recipe = record["recipe"]
    size = recipe["group_size"]
    rows = [
        ("method", LABELS[recipe["method"]]),
        ("bits", ", ".join(map(str, bits_used(record)))),
        ("group size", "whole rows" if size == -1 else str(size)),
        ("grid", "symmetric" if recipe["symmetric"] else "asymmetric"),
    ]
    if "gptq" in recipe["method"]:
        groups = "static" if recipe["static_groups"] else "dynamic"
        rows += [
            ("order of columns", f"{recipe['order']}, {groups} groups"),
            ("damping", f"{recipe['damp']:g}"),
            ("effort", f"{recipe['effort']}: {EFFORTS[recipe['effort']]}"),
        ]
    rows.append(("format", f"`{recipe['format']}`"))
    if len(recipe["rules"]) <= MOST_RULES:
        rows += [
            (f"`{rule['pattern']}`", "not quantized" if rule["bits"] is None else f"{rule['bits']} bits")
            for rule in recipe["rules"]
        ]
    else:
        counts = Counter(layer["bits"] for layer in record["layers"])
        rows += [(f"layers at {bits} bits", str(counts[bits])) for bits in sorted(counts)]
    rows.append(("LM head", "quantized" if recipe["head"] else "as in the base model"))
    return rows + list(record["versions"].items())


def _calibration(record: dict) -> str:
    data = record["calibration"]
    return (
        "## Calibration\n\n"
        f"{data['tokens']:,} tokens in {data['windows']} windows of {data['length']}"
        + (f", from `{data['source']}`" if "source" in data else "")
        + (f", drawn with seed {data['seed']}" if "seed" in data else "")
        + f".\n\nSHA-256 of the token ids (little-endian int64): `{data['sha256']}`"
    )


def _quality(record: dict) -> str:
    quality = record.get("quality")
    if not quality:
        return "## Quality\n\nNot measured."
    return (
        f"## Quality\n\nOn {quality['tokens']:,} tokens of {quality['text']}, with 95 % intervals:\n\n"
        + _table(("", "value"), quality_rows(quality))
    )


def quality_rows(quality: dict) -> list[tuple[str, str]]:
    """What a record says of a model's quality: a label and a value with its interval each."""
    measures = (
        ("kl", "KL divergence from the base model (nats)", ".4f"),
        ("kl_above", f"tokens where it is above {KL_BOUND:g}", ".1%"),
        ("top1", "same most likely token", ".1%"),
        ("perplexity_ratio", "perplexity over that of the base model", ".4f"),
        ("perplexity", "perplexity", ".2f"),
    )
    rows = [(label, interval(quality[key], spec)) for key, label, spec in measures]
    rows.insert(1, ("99th percentile of the tokens'", f"{quality['kl_p99']:.4f}"))
    return rows


def interval(estimate: dict, spec: str) -> str:
    """A measured value with its 95 % interval, where it has one."""
    value, low, high = (estimate[key] for key in ("value", "low", "high"))
    if low is None:
        return format(value, spec)
    return f"{value:{spec}} ({low:{spec}} to {high:{spec}})"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _loading(record: dict) -> str:
    limits = loading_limits(record)
    return "\n".join(
        (
            "## Load it",
            "",
            f"Which library loads this recipe: {MEASURED}.",
            "",
            f"**transformers** (`pip install optimum gptqmodel`): {limits['transformers']}",
            "",
            "```python",
            "from transformers import AutoModelForCausalLM, AutoTokenizer",
            "",
            'model = AutoModelForCausalLM.from_pretrained("this-folder", device_map="auto")',
            'tokenizer = AutoTokenizer.from_pretrained("this-folder")',
            "```",
            "",
            f"**GPTQModel**: {limits['gptqmodel']}",
            "",
            "```python",
            "from gptqmodel import GPTQModel",
            "",
            'model = GPTQModel.load("this-folder")',
            "```",
            "",
            f"**vLLM**: {limits['vllm']}",
            "",
            "```bash",
            "vllm serve this-folder",
            "```",
            "",
            f"**AutoGPTQ 0.7.1**: {limits['autogptq']}",
            "",
            "**PyTorch alone**, on a CPU too: `fourbit.engine.checkpoint.weights.load` returns the model with its",
            "weights dequantized to float32.",
        )
    )


def loading_limits(record: dict) -> dict[str, str]:
    """What each library can do with this very recipe, in one sentence each; MEASURED says how that is known."""
    recipe = record["recipe"]
    bits = bits_used(record)
    mixed = len(bits) > 1 or bits != [recipe["bits"]]
    skips = any(rule["bits"] is None for rule in recipe["rules"])
    v2 = recipe["format"] == "gptq_v2"
    limits = dict.fromkeys(("transformers", "gptqmodel", "vllm", "autogptq"), "loads it.")
    if not recipe["symmetric"] and not v2:
        limits["gptqmodel"] = 'refuses asymmetric weights in format "gptq"; quantize with `--format gptq_v2`.'
    if skips:
        limits["transformers"] = (
            "loads it if every block keeps the same layers unquantized, and not otherwise: it reads "
            "`modules_in_block_to_quantize`, not `dynamic`."
        )
        limits["autogptq"] = (
            "reads it wrongly, and without an error: it expects every layer of a block quantized."
        )
    if mixed:
        limits["transformers"] = "cannot load it: it does not read the bits of single layers (`dynamic`)."
        limits["autogptq"] = "cannot load it: it knows one number of bits for the whole model."
    if recipe["head"]:
        limits["transformers"] = (
            "loads it with a random LM head, and without an error: it does not read a quantized one."
        )
        limits["autogptq"] = "reads it wrongly, and without an error: it does not know quantized heads."
    if v2:
        limits["autogptq"] = (
            'reads it wrongly, and without an error: it knows format "gptq" only, not "gptq_v2".'
        )
    sorted_groups = recipe["order"] == "activation" and not recipe["static_groups"]
    if not recipe["symmetric"] or set(bits) - {4, 8} or (sorted_groups and recipe["group_size"] != -1):
        limits["vllm"] = (
            "refuses it, by the source of release 0.33: it takes symmetric 4 and 8 bits, with static groups."
        )
    else:
        limits["vllm"] = "loads it, by the source of release 0.33; not run here."
    return limits
