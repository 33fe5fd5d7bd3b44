"""The cache is read for every token too."""

import json

# --8<-- [start:main]
from rule import bandwidth, parts

rows = []
for context in (0, 4096, 8192, 32768, 131072):
    read = parts("llama-3.1-8b", "Q4_K_M", context)
    total = sum(read.values())
    row = {"context": context, "cache": read["cache"]}
    row |= {"read": total, "share": read["cache"] / total}
    row["ceiling"] = bandwidth("RTX 3090") / total  # tokens/s
    rows.append(row)
    assert read["cache"] == context * 32 * 2 * 8 * 128 * 2
    # layers, keys and values, heads, numbers of a head, bytes
# --8<-- [end:main]

# --8<-- [start:measured]
DAI = {512: 115.42, 1024: 111.74, 4096: 97.31, 8192: 87.49}
measured = []  # llama-bench: tokens written, from an empty cache
for written, speed in DAI.items():
    read = parts("llama-3.1-8b", "Q4_K_M", written // 2)  # on average
    limit = bandwidth("RTX 3090") / sum(read.values())
    assert speed < limit
    measured.append({"written": written, "speed": speed})
    measured[-1] |= {"limit": limit, "share": speed / limit}
# --8<-- [end:measured]
assert rows[-1]["share"] > 0.75
result = {"rows": rows, "measured": measured}
result["bandwidth"] = bandwidth("RTX 3090") / 1e9
print(json.dumps(result))
