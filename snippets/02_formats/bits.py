"""Bits per weight: the code, and each stored number by its share."""

import json

# --8<-- [start:main]
from fourbit.gguf.types import TYPES

FORMATS = {  # bits of a code + bits of its scale (and zero) / group
    "GPTQ, AWQ; group 128": "4 + (16 + 4) / 128",
    "GPTQ, AWQ; group 32": "4 + (16 + 4) / 32",
    "GPTQ; one group a row of 4096": "4 + (16 + 4) / 4096",
    "Q4_0": "4 + 16 / 32",
    "Q4_1": "4 + (16 + 16) / 32",
    "Q4_K": "4 + (6 + 6) / 32 + (16 + 16) / 256",
    "Q3_K": "3 + 6 / 16 + 16 / 256",
    "Q6_K": "6 + 8 / 16 + 16 / 256",
    "Q8_0": "8 + 16 / 32",
    "NF4": "4 + 32 / 64",
    "NF4, double quantization": "4 + 8 / 64 + 32 / (64 * 256)",
    "MXFP4": "4 + 8 / 32",
    "NVFP4": "4 + 8 / 16",
    "MLX, 4 bits": "4 + (16 + 16) / 64",
    "FP8, a scale for each row of 4096": "8 + 32 / 4096",
}
rows = []
for name, formula in FORMATS.items():
    bits = eval(formula)
    rows.append({"format": name, "formula": formula, "bits": bits})
    print(f"{name:34} {formula:35} {bits:.3f}")
    if name in TYPES:  # as many bytes as llama.cpp's block has
        assert bits == TYPES[name].bits
# --8<-- [end:main]

by_name = {row["format"]: row["bits"] for row in rows}
assert by_name["Q4_0"] == by_name["Q4_K"] == by_name["NF4"]
print(json.dumps({"rows": rows}))
