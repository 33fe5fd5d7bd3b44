"""llama.cpp: quantized values need flash attention, keys do not."""

import json

# --8<-- [start:main]
import tempfile
from pathlib import Path

from llama import cached

from fourbit import tiny
from fourbit.errors import UserError
from fourbit.gguf.convert import convert

AUTO, OFF = 2**32 - 1, 0
found = {}
with tempfile.TemporaryDirectory() as folder:
    convert(tiny.MODEL, file := Path(folder, "tiny.gguf"), "F16")
    for keys, values, flash in (
        ("Q8_0", "F16", OFF),
        ("F16", "Q8_0", OFF),
        ("F16", "Q8_0", AUTO),
    ):
        say = f"K {keys}, V {values}, "
        say += "off" if flash == OFF else "auto"
        try:
            cached(file, 256, keys, values, flash).close()
            found[say] = "runs"
        except UserError as error:
            found[say] = str(error).split(": ")[-1]
        print(f"{say}: {found[say]}")
# --8<-- [end:main]
assert [text == "runs" for text in found.values()] == [
    True,
    False,
    True,
]
print(json.dumps({"answers": found}))
