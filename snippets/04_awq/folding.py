# /// script
# [tool.fourbit]
# tolerance = 0.05
# ///
"""Where the scales go: into what produces each layer's inputs."""

# --8<-- [start:main]
import torch

from fourbit import calibration, tiny
from fourbit.engine import models

model = models.load(tiny.MODEL)
tokenizer = models.load_tokenizer(tiny.MODEL)
tokens = calibration.tokenize(tokenizer, tiny.text("docs"))
ids = torch.from_numpy(tokens[:256])[None]
torch.manual_seed(0)


def scales(width):  # any positive numbers will do
    return torch.exp(torch.randn(width))


@torch.inference_mode()
def fold(block, round_to=lambda s: s):
    attn, mlp = block.self_attn, block.mlp

    s = round_to(scales(256))  # norm -> q, k, v
    block.input_layernorm.weight /= s
    for layer in (attn.q_proj, attn.k_proj, attn.v_proj):
        layer.weight *= s

    s = round_to(scales(256))  # norm -> gate, up
    block.post_attention_layernorm.weight /= s
    for layer in (mlp.gate_proj, mlp.up_proj):
        layer.weight *= s

    s = round_to(scales(768))  # rows of up -> down
    mlp.up_proj.weight /= s[:, None]
    mlp.down_proj.weight *= s

    s = round_to(scales(256))  # rows of v -> o, tied: 2 heads share v
    attn.v_proj.weight /= s[:, None]
    shared = s.view(4, 1, 64).expand(4, 2, 64).reshape(512)
    attn.o_proj.weight *= shared


with torch.inference_mode():
    before = model(ids).logits
    for block in model.model.layers:
        fold(block, lambda s: 2 ** s.log2().round())
    assert torch.equal(model(ids).logits, before)  # not one bit
    for block in model.model.layers:
        fold(block)
    moved = (model(ids).logits - before).abs().max()
assert moved < 1e-3
print(f"logits up to {before.max():.1f}, moved by less than 0.001")
# --8<-- [end:main]
