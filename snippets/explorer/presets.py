# /// script
# [tool.fourbit]
# tolerance = 0.02
# timeout = 180
# ///
"""What the presets of the explorer say, computed without it."""

import json
import warnings

from methods import compare

warnings.simplefilter("ignore")  # 64 tokens without damping

# --8<-- [start:main]
PRESETS = {  # what differs from 3 bits, groups of 64, 4,096 tokens
    "start": {},
    "lose": {"layer": "tiny-down", "tokens": 64, "damp": 0},
    "mend": {"layer": "tiny-down", "tokens": 64, "damp": 1},
    "push": {"layer": "tiny-down", "order": "activation"},
    "loud": {"layer": "smollm2-q", "bits": 4},
    "order": {"layer": "smollm2-q", "bits": 4, "order": "activation"},
    "two": {"bits": 2},
    "groups": {"group": 32},
    "wide": {"bits": 4, "group": 256},
}
found = {name: compare(**asked) for name, asked in PRESETS.items()}

start, lose, mend = (found[k] for k in ("start", "lose", "mend"))
assert (
    start["gptq"] < 0.3 * start["rtn"] and start["awq"] < start["rtn"]
)
assert 6.5 < lose["rtn_seen"] / lose["gptq_seen"] < 7.5
assert 1.9 < lose["gptq"] / lose["rtn"] < 2.1
assert mend["gptq"] < mend["rtn"] < 1.1 * mend["gptq"]
assert found["push"]["gptq"] < 2 / 3 * found["push"]["rtn"]
loud, order = found["loud"], found["order"]
assert loud["awq"] < 0.5 * loud["rtn"] and loud["awq"] < loud["gptq"]
assert order["gptq"] < loud["awq"]
two, groups, wide = (found[k] for k in ("two", "groups", "wide"))
assert 5 < two["rtn"] / start["rtn"] < 5.5
assert two["cut"] < 0.5 * two["rtn"]
assert all(groups[k] > 2 * wide[k] for k in ("rtn", "gptq", "awq"))
# --8<-- [end:main]

for name, row in found.items():
    print(f"{name:7}", *(f"{k} {row[k]:.3%}" for k in ("rtn", "gptq")))
rows = [{"name": name, **row} for name, row in found.items()]
print(json.dumps({"rows": rows}))
