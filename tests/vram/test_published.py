"""Sizes that others published against the arithmetic: half a percent, half a digit of rounding included."""

import csv
from pathlib import Path

import pytest

from fourbit.vram import model, weights

LINES = (Path(__file__).parent / "published.csv").read_text().splitlines()
ROWS = list(csv.DictReader(line for line in LINES if line[0] != "#"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['model']}-{row['quant']}")
def test_a_published_size(row):
    read = model.from_table(row["model"])
    found = weights.weigh(read, weights.Quant.parse(row["quant"], row["imatrix"] == "1"))
    size = found.bits if row["unit"] == "bpw" else weights.file_bytes(read, found) / 1e9
    off = abs(size / float(row["size"]) - 1)
    if row["exception"]:
        assert off > 0.005, "no exception any more"
    else:
        assert off <= 0.005


def test_bits_per_weight_of_llama_are_right_to_the_last_digit_but_one():
    mine = [row for row in ROWS if row["unit"] == "bpw"]
    assert len(mine) == 24
    read = model.from_table("llama-3.1-8b")
    for row in mine:
        found = weights.weigh(read, weights.Quant.parse(row["quant"], row["imatrix"] == "1"))
        assert found.bits == pytest.approx(float(row["size"]), abs=0.001), row["quant"]
