"""Three methods on one of the explorer's layers."""

import json

# --8<-- [start:main]
import numpy as np
from read import Layer

from fourbit.awq import RATIOS, channel_scales, quantize_clipped
from fourbit.gptq import gptq, relative_error
from fourbit.grid import quantize_rtn


def compare(layer="tiny-q", bits=3, group=64, tokens=4096, **more):
    layer = Layer(layer)
    W, (H, loud) = layer.W, layer.calibrate(tokens)
    grid = {"bits": bits, "group_size": group, "symmetric": False}

    def scaled(ratio):
        s = channel_scales(loud, ratio)
        return quantize_rtn(W * s, **grid).dequantize() / s

    tried = [relative_error(W, scaled(ratio), H) for ratio in RATIOS]
    results = {
        "rtn": quantize_rtn(W, **grid).dequantize(),
        "gptq": gptq(W, H, **grid, **more).dequantize(),
        "awq": scaled(RATIOS[np.argmin(tried)]),
        "cut": quantize_clipped(W, H, **grid).dequantize(),  # shrunk
    }
    row = {"bits": bits, "group": group, "tokens": tokens}
    for name, V in results.items():
        row[name] = relative_error(W, V, layer.unseen)
        row[f"{name}_seen"] = relative_error(W, V, H)
    return row


# --8<-- [end:main]
if __name__ == "__main__":
    row = compare()
    assert row["gptq"] < row["awq"] < row["rtn"]
    print(json.dumps({"methods": 3}))
