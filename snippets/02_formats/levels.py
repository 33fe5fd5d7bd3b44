# /// script
# [tool.fourbit]
# timeout = 300
# ///
"""A real layer's weights, and where five grids have their levels."""

import matplotlib.pyplot as plt
from grids import E2M1, EIGHT, SEVEN, e4m3, nf4
from style import BLUE, BROWN, GREEN, INK, save

from fourbit import tiny

W = tiny.layer("model.layers.1.self_attn.q_proj")[0].reshape(-1, 64)
share = (W / abs(W).max(axis=1, keepdims=True)).ravel()
plt.hist(share, bins=101, color="#c8d1da", density=True)
GRIDS = {
    "-7 to 7": (SEVEN / 7, BLUE),
    "-8 to 7": (EIGHT / 7.5, BLUE),
    "NF4": (nf4(), GREEN),
    "E2M1 (MXFP4)": (E2M1 / 6, BROWN),
    "E4M3 (FP8)": (e4m3() / 448, INK),
}
for place, (name, (levels, color)) in enumerate(GRIDS.items(), 1):
    plt.vlines(levels, -0.3 * place, -0.3 * place + 0.2, color, lw=1.2)
    plt.annotate(name, (1.06, -0.3 * place + 0.03), color=color)
plt.xticks([-1, -0.5, 0, 0.5, 1])
plt.yticks([])
plt.gca().spines["left"].set_visible(False)
plt.xlabel("weight / largest weight of its group of 64")
save("levels")
print("1 figure")
