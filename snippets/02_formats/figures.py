# /// script
# [tool.fourbit]
# timeout = 300
# ///
"""Bits per weight against errors of weights, and against damage."""

import matplotlib.pyplot as plt
import numpy as np
from style import BLUE, BROWN, INK, save

from fourbit.book import find_root
from fourbit.book.results import Results

results = Results(find_root())

PLACES = {  # of the labels that would touch another one
    "-7 to 7": (5, 7),
    "IQ3_S": (5, 4),
    "Q3_K": (5, -11),
    "Q4_0": (5, 0),
    "IQ4_NL": (5, -14),
    "IQ4_XS": (-50, -4),
    "Q4_K": (-34, -14),
    "Q5_0": (5, 3),
    "Q5_K": (5, -12),
}


def mark(name, x, y, color):
    plt.plot(x, y, "o", ms=5, mfc="none", color=color)
    place = PLACES.get(name, (5, -4))
    plt.annotate(
        name, (x, y), place, color=color, textcoords="offset points"
    )


for row in results["02_formats.compare"].value["rows"]:
    if row["bits"] < 8:
        color = BLUE if row["format"].startswith("Q") else BROWN
        mark(row["format"], row["bits"], row["gauss"], color)
bits = np.linspace(4.1, 5.1)
plt.plot(bits, 4.0**-bits, color=INK, ls=":", lw=1)
plt.annotate("no format can be below", (4.15, 1e-3), color=INK)
plt.gca().yaxis.set_major_formatter(lambda y, _: f"{y:.1%}")
plt.xlim(4.05, 5.15)
plt.ylim(0)
plt.xlabel("bits per weight")
plt.ylabel("error of normal weights")
save("error")

plt.yscale("log")
for row in results["02_formats.types_tiny"].value["rows"]:
    mark(row["type"], row["bits"], row["kl"], BLUE)
plt.xlim(2.3, 9)
plt.xlabel("bits per weight")
plt.ylabel("KL divergence (nats)")
save("kl")
print("2 figures")
