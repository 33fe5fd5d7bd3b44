"""Vectors for comparing fourbit.vram in Python and in the browser: `python tests/vram/parity.py` writes parity.json.

A vector is what was asked and what Python answered: all numbers of all lines, and a checksum of all words.
"""

import json
import zlib
from functools import cache
from itertools import product
from pathlib import Path

from fourbit.errors import UserError
from fourbit.gguf import mix
from fourbit.vram import devices, estimate, settings, tables, weights
from fourbit.vram import model as models

FILE = Path(__file__).with_name("parity.json")
OTHERS = ("gptq", "gptq-3-64", "gptq-8--1", "awq", "nf4", "nf4-dq", "int8", "fp8", "mxfp4", "bf16", "f32")
GPUS = ("", "RTX 4090", "RTX 3060 12GB", "2 x RTX 3090", "8GB", "48GB@900", "m4-max-40-64gb", "ryzen-ai-max-395-128gb",
        "h100-sxm", "ddr5-5600-dual", "4 x RTX 5060 Ti 16GB")  # fmt: skip
CONTEXTS = (1000, 8192, 40960, 131072)
CACHES = (("f16", "f16"), ("q8_0", "q8_0"), ("q8_0", "f16"), ("q4_0", "q4_0"), ("f32", "bf16"))


def cases() -> list[dict]:
    """What is asked. Every model, every quantization; the other choices go round, each with its own period."""
    quants, found = [*mix.FILE_TYPES, *OTHERS], []
    for i, (name, k) in enumerate(product(tables.names("models.toml"), range(16))):
        quant = quants[i % len(quants)]
        case = {
            "model": name,
            "quant": quant,
            "imatrix": quant.startswith("IQ") or k == 5,
            "gpu": GPUS[(i // 3 + k) % len(GPUS)],
            "ram": (0, 16, 64)[i % 3],
            "advise": k == 0,
            "settings": {
                "context": CONTEXTS[(i // 5) % 4],
                "sequences": (1, 1, 1, 4)[i % 4],
                "flash": i % 7 != 0,
            },
        }
        asked = case["settings"]
        if quant in OTHERS:
            asked["runtime"] = ("vllm", "transformers", "quantize", "llama.cpp")[(i // 7) % 4]
        if asked.get("runtime", "llama.cpp") == "llama.cpp":
            asked["type_k"], asked["type_v"] = CACHES[(i // 2) % 5] if asked["flash"] else ("q8_0", "f16")
            asked["unified"] = i % 11 == 0
            asked["ubatch"] = (512, 128)[i % 13 == 0]
        found.append(case)
    return found


@cache
def _model(name: str) -> models.Model:
    return models.from_table(name)


def answer(case: dict) -> dict:
    """What Python says. For a user's mistake, its message."""
    try:
        found = estimate.estimate(
            _model(case["model"]),
            weights.Quant.parse(case["quant"], case["imatrix"]),
            settings.Settings(**case["settings"]),
            devices.read(case["gpu"]) if case["gpu"] else (),
            ram=case["ram"] << 30,
            advise=case["advise"],
        ).as_dict()
    except UserError as error:
        return {"error": str(error)}
    return digest(found)


def digest(found: dict) -> dict:
    """The numbers of an Estimate.as_dict(), and a checksum of its words."""
    speed = found["speed"] or {"decode": 0, "prefill": 0, "formula": ""}
    words = [found[key] for key in ("model", "architecture", "quant", "verdict")] + [speed["formula"]]
    words += found["advice"] + found["warnings"]
    words += [
        line[key]
        for line in found["lines"]
        for key in ("part", "name", "formula", "reference", "reason", "where")
    ]
    return {
        "numbers": [found["parameters"], found["active_parameters"], found["weights_bytes"]]
        + [line[key] for line in found["lines"] for key in ("bytes", "low", "high")],
        "place": [found["layers_on_gpu"], found["experts_in_ram"], found["tight"]],
        "speed": [speed["decode"], speed["prefill"]],
        "words": zlib.crc32("\n".join(map(str, words)).encode()),
    }


def main() -> None:
    rows = [json.dumps({"case": case, "answer": answer(case)}, separators=(",", ":")) for case in cases()]
    FILE.write_text("[\n" + ",\n".join(rows) + "\n]\n", "utf-8")


if __name__ == "__main__":
    main()
