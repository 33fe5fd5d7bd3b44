# /// script
# [tool.fourbit]
# timeout = 300
# ///
"""Exercise: the size of Llama-2-7B in GPTQ, and what 3.5 GB misses."""

import json

# --8<-- [start:main]
import os
import subprocess
import tempfile

from sizes import SHAPES, gptq_parts

rows = []
for group in (32, 64, 128, -1):
    row = {"group": str(group) if group > 0 else "a row"}
    for name, shape in SHAPES.items():
        row[name] = sum(gptq_parts(shape, 4, group).values())
    rows.append(row)
    print("group {group:5}: {7B:13,} bytes".format(**row))

# Is the formula right? Quantize a model, and look at the file.
folder = tempfile.mkdtemp() + "/tiny-gptq"
command = "fourbit quantize tiny --method rtn --group-size 64 --out"
subprocess.run([*command.split(), folder], check=True, stdout=-1)
file = f"{folder}/model.safetensors"
with open(file, "rb") as f:
    header = 8 + int.from_bytes(f.read(8), "little")
assert os.path.getsize(file) == header + rows[1]["tiny"]

# AutoGPTQ's file of the 70B without groups, made in 2023
published = 35_332_232_264
predicted = sum(gptq_parts(SHAPES["70B"], 4, -1, bias=2).values())
assert 0 < published - predicted < 0.4e6  # names and shapes
# --8<-- [end:main]

# --8<-- [start:halves]
parts = gptq_parts(SHAPES["7B"], 4, 128)
codes, tables = parts["codes"], parts["tables"]
stored = parts["scales"] + parts["zeros"] + parts["g_idx"]
print(f"7 billion halves of a byte  {7e9 / 2 / 1e9:.3f} GB")
print(f"codes, really               {codes / 1e9:.3f} GB")
print(f"scales, zeros, g_idx        {stored / 1e9:.3f} GB")
print(f"embedding and head, 16 bits {tables / 1e9:.3f} GB")
print(f"all                         {rows[2]['7B'] / 1e9:.3f} GB")
# --8<-- [end:halves]
assert rows[2]["7B"] > 1.1 * 3.5e9
more = {"codes": codes, "stored": stored, "tables": tables}
more |= {
    "over": rows[2]["7B"] / 3.5e9 - 1,
    "bias": published - predicted,
}
print(json.dumps({"rows": rows} | more))
