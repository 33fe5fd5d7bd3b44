# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the figures of this chapter import it"
# ///
"""How the pictures of the chapter look, and where they go."""

from pathlib import Path

import matplotlib.pyplot as plt

folder = Path("docs/assets/figures/01_memory_wall")
folder.mkdir(parents=True, exist_ok=True)
BROWN, GREEN, BLUE, INK = "#b3541e", "#2c7a4b", "#1f5fa8", "#24292f"
LIGHT = "#c3d7ee"
plt.rcParams.update(
    {
        "svg.hashsalt": "fourbit",
        "font.size": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "svg.fonttype": "none",
        "font.family": "sans-serif",
    }
)


def save(name):
    plt.tight_layout()
    plt.savefig(folder / f"{name}.svg", metadata={"Date": None})
    plt.close()
