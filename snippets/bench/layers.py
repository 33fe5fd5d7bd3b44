# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the comparison scripts take their layers from it"
# ///
"""Real layers on real text: twelve of SmolLM2.

Each comes as W (d_out, d_in), H of the calibration inputs, H of
held-out inputs and the number of calibration tokens.
"""

import torch

from fourbit import tiny
from fourbit.calibration.cut import tokenize, windows
from fourbit.engine import models
from fourbit.engine.hessian import Hessian

BLOCKS = (2, 15, 27)  # early, middle and late, of 30
NAMES = ("self_attn.q_proj", "self_attn.o_proj")
NAMES += ("mlp.up_proj", "mlp.down_proj")


@torch.inference_mode()
def smollm2(tokens=8192, unseen=8192):
    """The held-out text is another one of the same kind."""
    folder = models.find("smollm2")
    model, tokenizer = (
        models.load(folder),
        models.load_tokenizer(folder),
    )
    layers = {
        name: model.get_submodule(name)
        for block in BLOCKS
        for name in (f"model.layers.{block}.{kind}" for kind in NAMES)
    }
    sums = []
    for split, count in {
        "calibration": tokens,
        "evaluation": unseen,
    }.items():
        text = tokenize(tokenizer, tiny.text("docs", split))
        sums.append(
            {n: Hessian(m.in_features) for n, m in layers.items()}
        )
        hooks = [
            layer.register_forward_pre_hook(
                lambda _, x, total=sums[-1][name]: total.add(x[0])
            )
            for name, layer in layers.items()
        ]
        for window in windows(text, count // 512, 512):
            model.model(torch.from_numpy(window)[None], use_cache=False)
        for hook in hooks:
            hook.remove()
    for name, layer in layers.items():
        H, held_out = (one[name].matrix().numpy() for one in sums)
        W = layer.weight.numpy()
        yield name, W, H, held_out, sums[0][name].tokens
