"""How many items show a drop of two points? It depends on the pairs."""

import json

# --8<-- [start:needed]
import numpy as np

from fourbit.engine import tasks

DROP = 0.02  # of all items
rows = []
for differ in (0.03, 0.05, 0.10, 0.20, 0.30):
    needed = tasks.items_needed(DROP, differ)  # found 4 times in 5
    rows.append({"differ": differ, "needed": needed})
    print(f"{differ:3.0%} answered differently: {needed:6,d} items")
apart = tasks.items_needed_unpaired(DROP, accuracy=0.70)
print(f"two separate sets of items: {apart:,d} each")
# --8<-- [end:needed]

# --8<-- [start:check]
rng = np.random.default_rng(0)
for row in rows:  # does the formula hold? Play it 2,000 times
    n, differ = row["needed"], row["differ"]
    lost, gained = (differ + DROP) / 2, (differ - DROP) / 2
    games = rng.multinomial(n, [lost, gained, 1 - differ], size=2000)
    found = [tasks.mcnemar(int(b), int(c)) < 0.05 for b, c, _ in games]
    row["found"] = float(np.mean(found))
    assert 0.76 < row["found"] < 0.84
assert rows[-1]["needed"] > 8 * rows[0]["needed"]
assert apart > 2 * rows[2]["needed"]
# --8<-- [end:check]

print(json.dumps({"rows": rows, "apart": apart}))
