# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the counts of this chapter import it"
# ///
"""Counts what a forward pass of a PyTorch model reads and multiplies."""

# --8<-- [start:main]
from collections import Counter

import torch


def count(model, ids, cache=None):
    """Bytes of weights by part, multiplications and additions."""
    read, flops, hooks = Counter(), Counter(), []

    def look(part, kind):
        def hook(module, inputs, output):
            weights = module.weight
            tokens = inputs[0].shape[1]
            if kind == "Embedding":  # one row for each token
                read[part] += tokens * weights[0].nbytes
            else:  # all of it, whatever the number of tokens
                read[part] += weights.nbytes
            if kind == "Linear":
                flops[part] += 2 * tokens * weights.numel()

        return hook

    for name, module in model.named_modules():
        kind = type(module).__name__
        if hasattr(module, "weight"):
            part = name.split(".")[3] if ".layers." in name else name
            part = part.removeprefix("model.")
            part = "norms" if "norm" in part else part
            hooks.append(module.register_forward_hook(look(part, kind)))
    with torch.no_grad():
        out = model(ids, past_key_values=cache, use_cache=True)
    for hook in hooks:
        hook.remove()
    return read, flops, out.past_key_values


# --8<-- [end:main]
