"""For each model the cheapest class of hardware that holds it."""

import json

from hardware import cards, needs

CLASSES = (
    *("under 300", "300 to 600", "600 to 1200"),
    *("1200 to 3000", "3000 to 10000"),
)
MOST = 3

models = list(needs())
known = list(cards(models))
found = []
for row in models:
    if row["quant"] == "Q8_0":
        continue
    # for certain: the upper end of what it takes
    fit = [
        c
        for c in known
        if c["kind"] != "CPU" and c["usable"] >= row["chat_most"]
    ]
    price = next(
        (p for p in CLASSES if any(c["price"] == p for c in fit)), None
    )
    best = [c for c in fit if c["price"] == price]
    best.sort(key=lambda c: (-c["bandwidth"], c["name"]))
    listed = [
        f"{c['name']} ({c['bandwidth'] / row['reads']:,.0f})"
        for c in best[:MOST]
    ]
    found.append(
        {
            "model": row["model"],
            "quant": row["quant"],
            "most": row["chat_most"],
            "price": price,
            "cards": ", ".join(listed) or None,
        }
    )
assert all(a["price"] for a in found[:8])
for row in found:
    print(f"{row['model']:28} {row['most']:6.1f} GiB  {row['price']}")
print(json.dumps({"rows": found}))
