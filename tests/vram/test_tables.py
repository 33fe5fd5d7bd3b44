"""models.toml and hardware.toml: every line has what it should, and its numbers hold together."""

import re

import pytest

from fourbit.errors import UserError
from fourbit.gguf import layout
from fourbit.vram import tables

MODELS, HARDWARE = tables.models(), tables.hardware()
PRICES = {"under 300", "300 to 600", "600 to 1200", "1200 to 3000", "3000 to 10000", "data center", "used"}


def test_there_are_enough():
    assert len(MODELS) >= 60
    assert len(HARDWARE) >= 60


@pytest.mark.parametrize("key", MODELS)
def test_a_model(key):
    entry = MODELS[key]
    assert re.fullmatch(r"[a-z0-9.-]+", key)
    assert set(entry) == {"name", "released", "parameters", "source", "config"}
    assert re.fullmatch(r"20\d\d-\d\d", entry["released"])
    assert entry["source"].startswith("https://")
    found = layout.read(entry["config"])  # an unknown architecture would raise
    assert found.size / 1e9 == pytest.approx(entry["parameters"], rel=0.005)
    assert found.dims.notes == ()
    assert found.dims.context > 0 or found.dims.layers[0].state
    assert len({tensor.name for tensor in found.tensors}) == len(found.tensors)


@pytest.mark.parametrize("key", HARDWARE)
def test_a_device(key):
    entry = HARDWARE[key]
    assert re.fullmatch(r"[a-z0-9.-]+", key)
    assert set(entry) - {"tflops"} == {"name", "kind", "memory", "bandwidth", "price", "released", "source"}
    assert entry["kind"] in ("gpu", "mac", "apu", "cpu")
    assert 1 <= entry["memory"] <= 2048
    assert 10 <= entry["bandwidth"] <= 10000
    assert entry["price"] in PRICES
    assert 2010 <= entry["released"] <= 2026
    assert entry["source"].startswith("https://")
    assert entry.get("tflops", 1) > 0


def test_names_are_found_without_parsing_all():
    assert tables.model("Llama 3.1 8B")[0] == "llama-3.1-8b"
    assert tables.model("LLAMA-3.1-8b")[0] == "llama-3.1-8b"
    assert tables.device("rtx 4090")[0] == tables.device("NVIDIA GeForce RTX 4090")[0] == "rtx-4090"
    assert tables.names("models.toml") == list(MODELS)
    assert all(tables.model(key)[1] == entry for key, entry in list(MODELS.items())[::7])


def test_a_name_that_is_not_there_gets_near_ones():
    with pytest.raises(UserError, match=r"'llama-3.1-9b' is no model of the table; near it: llama-3.1-8b"):
        tables.model("llama-3.1-9b")
    with pytest.raises(UserError, match=r"near it: .*rtx-4090"):
        tables.device("RTX 4095")


def test_the_smallest_card_that_is_large_enough():
    assert tables.card(24)["memory"] == 24
    assert 24 < tables.card(24.5)["memory"] <= 48
    assert tables.card(1000) is None
