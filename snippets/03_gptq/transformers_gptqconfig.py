"""What transformers' own GPTQ settings are, and what they let pass."""

import json

# --8<-- [start:defaults]
from transformers import GPTQConfig

config = GPTQConfig(bits=4)
shown = [
    "group_size",
    "damp_percent",
    "desc_act",
    "act_group_aware",
    "sym",
    "true_sequential",
]
defaults = {name: getattr(config, name) for name in shown}
for name, value in defaults.items():
    print(f"{name:16} {value}")
# --8<-- [end:defaults]

# --8<-- [start:bits]
allowed = []
for bits in range(1, 17):
    try:
        GPTQConfig(bits=bits)
    except ValueError:
        continue
    allowed.append(bits)
print("bits allowed:   ", allowed)
# --8<-- [end:bits]

# --8<-- [start:typo]
# Unknown names are swallowed: a typo leaves the default in place.
mistyped = GPTQConfig(bits=4, grupsize=32)
print("grupsize=32 ->   group_size", mistyped.group_size)
# --8<-- [end:typo]

# Ten times the dampening of the paper and of AutoGPTQ, twice that of
# GPTQModel; act-order inside groups, which costs no speed later.
assert defaults == {
    "group_size": 128,
    "damp_percent": 0.1,
    "desc_act": False,
    "act_group_aware": True,
    "sym": True,
    "true_sequential": True,
}
assert allowed == [2, 3, 4, 8]
assert mistyped.group_size == 128
print(json.dumps({**defaults, "bits": allowed}))
