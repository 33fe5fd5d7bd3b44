"""No decoder is faster than bandwidth over the bytes of a token."""

import json

# --8<-- [start:main]
# Batch 1, no speculative decoding: every weight is read once a token.
GB = 1e9
file_8b = 4.913 * GB  # Llama-3.1-8B, Q4_K_M
read_8b = 4.617 * GB  # without the embedding table: one row is read
file_70b = 42.5 * GB  # Llama-3.1-70B, Q4_K_M


def ceiling(bandwidth, read):  # bytes a second, bytes a token
    return bandwidth / read  # tokens a second


claims = [  # machine, bandwidth GB/s, model, bytes, tokens/s, source
    ("M3 Pro", 150, "8B", read_8b, 55, "popular claim"),
    ("M3 Pro", 150, "70B", file_70b, 8, "popular claim"),
    ("M2 Pro", 200, "8B", read_8b, 33.0, "measured"),
]
rows = []
for machine, bandwidth, model, read, speed, source in claims:
    limit = ceiling(bandwidth * GB, read)
    share = speed / limit
    verdict = "possible" if share <= 1 else "impossible"
    assert (verdict == "possible") == (source == "measured")
    print(
        f"{machine:7} {model:>3} {speed:5.1f} of at most {limit:4.1f}"
        f" tokens/s = {share:4.0%}  {source}: {verdict}"
    )
    row = {"machine": machine, "bandwidth": bandwidth, "model": model}
    row |= {"speed": speed, "limit": limit, "share": share}
    rows.append(row | {"source": source, "verdict": verdict})

m3_pro_memory = 36 * GB  # the most it was sold with
assert file_70b > m3_pro_memory  # and so it does not even load

sizes = {"GPTQ, groups of 128": 4 + 20 / 128, "Q4_0": 4.5}
sizes |= {"Q4_K_M, 8B model": 4.89, "Q8_0": 8.5}  # bits per weight
gain = {name: 16 / bits for name, bits in sizes.items()}
for name, most in gain.items():
    print(f"{name:19} at most {most:.2f} times 16-bit")
assert max(gain.values()) < 4  # 4 bits never make it 4 times as fast
# --8<-- [end:main]

result = {
    "rows": rows,
    "needs_8b": 55 * read_8b,
    "needs_70b": 8 * file_70b,
    "whole_file_limit": 150 * GB / file_8b,
    "gain": [
        {"name": name, "bits": sizes[name], "gain": most}
        for name, most in gain.items()
    ],
}
print(json.dumps(result))
