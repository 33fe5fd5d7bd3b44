"""AutoGPTQ 0.7.1, in an environment of its own, reads what we write: an independent check of every stored bit."""

import json
import subprocess

import pytest
from stored import store_gptq, tiny_llama

from fourbit.engine.recipe import Recipe

# For each pair of folders, the largest differences between AutoGPTQ's reading of the first and the plain second.
SCRIPT = """
import json, sys
import torch
from auto_gptq import AutoGPTQForCausalLM
from transformers import LlamaForCausalLM

for pair in json.loads(sys.argv[1]):
    theirs = AutoGPTQForCausalLM.from_quantized(pair[0], device="cpu", torch_dtype=torch.float32)
    plain = LlamaForCausalLM.from_pretrained(pair[1], torch_dtype=torch.float32)
    ids = torch.arange(48)[None] * 7 % 64
    weights = []
    with torch.inference_mode():
        logits = plain(ids).logits
        difference = (theirs(input_ids=ids).logits - logits).abs().max().item()
        for name, module in theirs.model.named_modules():
            if hasattr(module, "qweight"):
                stored = module(torch.eye(module.infeatures))
                weights.append((stored - plain.get_submodule(name).weight.T).abs().max().item())
    print(json.dumps({"layers": len(weights), "weights": max(weights), "logits": difference}))
"""

RECIPES = {
    **{f"symmetric, {bits} bits": Recipe(bits=bits, group_size=32) for bits in (2, 3, 4, 8)},
    "one group a row": Recipe(group_size=-1),
    "asymmetric, zero points from 1": Recipe(group_size=32, symmetric=False, format="gptq"),
    "zero points of the other format": Recipe(group_size=32, format="gptq_v2"),
}


@pytest.fixture(scope="module")
def differences(root, tmp_path_factory) -> dict[str, dict]:
    """What AutoGPTQ makes of a checkpoint of each recipe, against the weights that we dequantized."""
    python = root / ".venv-autogptq" / "bin" / "python"
    if not python.exists():
        pytest.skip("needs the environment .venv-autogptq, which `make test` builds")
    pairs = []
    for recipe in RECIPES.values():
        ours, plain = tmp_path_factory.mktemp("ours"), tmp_path_factory.mktemp("plain")
        model = tiny_llama()
        store_gptq(ours, model, recipe)
        model.save_pretrained(plain)
        pairs.append((str(ours), str(plain)))
    done = subprocess.run(
        [python, "-c", SCRIPT, json.dumps(pairs)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return dict(zip(RECIPES, found, strict=True))


@pytest.mark.parametrize("name", list(RECIPES)[:-1])
def test_autogptq_reads_our_integers_exactly(differences, name):
    assert differences[name] == {"layers": 14, "weights": 0, "logits": 0}


def test_it_would_tell_a_zero_point_that_is_off_by_one(differences):
    wrong = differences["zero points of the other format"]
    assert wrong["weights"] > 0.01 and wrong["logits"] > 0.01
