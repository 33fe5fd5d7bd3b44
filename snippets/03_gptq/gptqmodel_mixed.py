# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "GPTQModel compiles extensions; a real model needs a GPU"
# api = ["gptqmodel==7.7.0"]
# ///
"""Different bits for different layers, with GPTQModel."""

# --8<-- [start:mixed]
from gptqmodel import QuantizeConfig

config = QuantizeConfig(
    bits=4,
    group_size=128,
    # Regular expressions over module names; the first that matches
    # wins. An engine that fuses q, k and v, or gate and up, needs one
    # setting for all parts of a fusion: down_proj stands alone.
    dynamic={
        r"-:.*\.0\.mlp\.down_proj$": {},  # block 0: leave at 16 bits
        r"+:.*\.down_proj$": {"bits": 8},  # all others: 8 bits
    },
)
# --8<-- [end:mixed]
