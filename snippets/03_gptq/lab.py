# /// script
# [tool.fourbit]
# timeout = 300
# tolerance = 0.02
# ///
# %% [markdown]
# # Lab: GPTQ on a real layer
#
# Change the numbers, run the cells again, and explain what happens.
# `pip install -e '.[engine]'` in a clone gives everything you need.

# %%
from fourbit import tiny
from fourbit.gptq import gptq, hessian, relative_error
from fourbit.grid import quantize_rtn

W, X = tiny.layer("model.layers.0.mlp.down_proj")
unseen = hessian(tiny.layer(split="evaluation")[1])
print(W.shape, X.shape)

# %% [markdown]
# ## 1. Rounding against GPTQ
#
# Before you run it: at how many bits will the two differ most? Then
# explain what you see. (Which part of the problem depends on bits?)

# %%
for bits in (8, 4, 3, 2):
    plain = quantize_rtn(W, bits, 64).dequantize()
    solved = gptq(W, hessian(X), bits, 64).dequantize()
    ratio = relative_error(W, plain, unseen) / relative_error(
        W, solved, unseen
    )
    print(f"{bits} bits: rounding loses {ratio:.2f} times as much")

# %% [markdown]
# ## 2. Make GPTQ lose
#
# Find the smallest number of tokens with which it still wins.

# %%
plain = relative_error(W, quantize_rtn(W, 4, 64).dequantize(), unseen)
for tokens in (128, 512, 1024, 2048, 4096):
    solved = gptq(W, hessian(X[:tokens]), 4, 64).dequantize()
    error = relative_error(W, solved, unseen)
    print(
        f"{tokens:5} tokens: {error:.3%}",
        "wins" if error < plain else "loses",
    )

# %% [markdown]
# ## 3. Another layer
#
# Try `model.layers.0.self_attn.q_proj`. Its inputs are 256 wide: how
# many tokens does it need?

# %%
W, X = tiny.layer("model.layers.0.self_attn.q_proj")
_, other = tiny.layer(
    "model.layers.0.self_attn.q_proj", split="evaluation"
)
plain = relative_error(
    W, quantize_rtn(W, 4, 64).dequantize(), hessian(other)
)
for tokens in (32, 64, 128, 256, 512):
    solved = gptq(W, hessian(X[:tokens]), 4, 64).dequantize()
    error = relative_error(W, solved, hessian(other))
    print(
        f"{tokens:5} tokens: {error:.3%}",
        "wins" if error < plain else "loses",
    )
