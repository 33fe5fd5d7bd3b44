# /// script
# [tool.fourbit]
# timeout = 600
# tolerance = 0.1
# ///
"""Calibrate on one kind of text, evaluate on each."""

import json

# --8<-- [start:main]
import numpy as np
from trial import Lab, interval

from fourbit import tiny

lab = Lab(n=16)
share = {domain: lab.draw(domain, 18) for domain in tiny.DOMAINS}
sets = {domain: rows[:18] for domain, rows in share.items()}
sets["a third of each"] = np.concatenate(
    [rows[:6] for rows in share.values()]
)
found = {"nothing": lab.quantized(sets["docs"], method="rtn")}
found |= {name: lab.quantized(rows) for name, rows in sets.items()}

kl = {
    name: {domain: lab.kl(model, domain) for domain in tiny.DOMAINS}
    for name, model in found.items()
}
rows = []
for name, results in kl.items():
    row = {"calibrated": name}
    for domain, values in results.items():
        low, high = interval(values)
        row[domain] = values.mean()
        row[domain + "_low"], row[domain + "_high"] = low, high
        row[domain + "_pm"] = (high - low) / 2
    rows.append(row)
    print(f"{name:15}", *(f"{row[d]:.4f}" for d in tiny.DOMAINS))

mixed = kl["a third of each"]
for home in tiny.DOMAINS:
    for away in set(tiny.DOMAINS) - {home}:  # paired: same windows
        lost, _ = interval(kl[away][home] - kl[home][home])
        assert lost > 0  # each kind of text prefers itself
    gained, lost = interval(mixed[home] - kl[home][home])
    assert gained < 0.002 and lost < 0.01  # about as good as home
    assert kl["nothing"][home].mean() > 1.4 * max(
        kl[name][home].mean() for name in sets
    )
# --8<-- [end:main]
tokens = int(sets["docs"].size)
print(json.dumps({"rows": rows, "tokens": tokens}))
