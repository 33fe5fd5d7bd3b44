"""Python, the tools installed beside fourbit, and versions that do not work together."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from fourbit.doctor.finding import BROKEN, NOTE, SLOW, Fact, Finding
from fourbit.doctor.gpus import Gpus, read_torch
from fourbit.doctor.machine import Machine

KNOWN = Path(__file__).with_name("known.toml")
TOOLS = (
    *("torch", "transformers", "tokenizers", "safetensors", "huggingface_hub", "accelerate", "numpy"),
    *("gguf", "libgguf", "xllamacpp", "llama-cpp-python", "gptqmodel", "auto-gptq", "autoawq", "optimum"),
    *("llmcompressor", "compressed-tensors", "auto-round", "bitsandbytes", "torchao", "hqq", "peft", "trl"),
    *("datasets", "pyarrow", "vllm", "triton", "flash-attn", "mlx", "mlx-lm", "exllamav2", "sentencepiece"),
)
PROGRAMS = ("ollama", "llama-server", "llama-cli", "llama-quantize", "nvcc", "cmake", "c++", "git")
CUDA_LINK = "docs/errors/bitsandbytes-cuda-setup.md"
REBUILD = 'CMAKE_ARGS="-DGGML_CUDA=on" pip install --force-reinstall --no-cache-dir llama-cpp-python'


@cache
def known() -> dict:
    """conflicts and wheels of known.toml."""
    return tomllib.loads(KNOWN.read_text(encoding="utf-8"))


def python(machine: Machine) -> Iterator[Fact | Finding]:
    """The interpreter and its environment."""
    one = machine.python
    conda = machine.env.get("CONDA_PREFIX") == one.prefix
    apart = (
        "conda environment"
        if conda
        else "virtual environment"
        if one.prefix != one.base
        else "no environment"
    )
    yield Fact("Python", f"{'.'.join(map(str, one.version))}, {one.bits} bits, {apart} {one.prefix}")
    if one.bits != 64:
        what = f"this Python has {one.bits} bits"
        yield Finding("bits", BROKEN, what, "PyTorch has wheels for 64 bits only", "install a 64-bit Python")
    if apart == "no environment":
        why = (
            "the system forbids pip to install here" if one.managed else "packages of all projects get mixed"
        )
        make = "python -m venv .venv && . .venv/bin/activate"
        yield Finding("environment", NOTE, "this Python is not in a virtual environment", why, make)
    pip = machine.which("pip")
    if pip and apart != "no environment" and Path(pip).parent != Path(one.executable).parent:
        what = f"the pip that the shell finds, {pip}, installs for another Python"
        why = "what it installs is not found here"
        yield Finding("pip", NOTE, what, why, f"{one.executable} -m pip install ...")


def tools(machine: Machine) -> Iterator[Fact | Finding]:
    """Packages and programs that are there."""
    there = {name: one.version for name in TOOLS if (one := machine.package(name))}
    yield Fact("Packages", ", ".join(f"{name} {version}" for name, version in there.items()) or "none")
    yield Fact("Programs", ", ".join(name for name in PROGRAMS if machine.which(name)) or "none of these")


def requirements(machine: Machine) -> Iterator[Finding]:
    """What the installed tools themselves require and do not find, as `pip check` does."""
    from packaging.requirements import InvalidRequirement, Requirement

    for name in TOOLS:
        package = machine.package(name)
        for text in package.requires if package else ():
            try:
                needs = Requirement(text)
            except InvalidRequirement:
                continue
            if needs.marker and not needs.marker.evaluate({"extra": ""}):
                continue
            other = machine.package(needs.name)
            if other and needs.specifier.contains(other.version, prereleases=True):
                continue
            what = f"{name} {package.version} needs {needs.name}{needs.specifier}"
            why = f"installed is {other.version}" if other else "it is not installed"
            fix = f"pip install '{needs.name}{needs.specifier}'"
            if other:
                fix += f", or an environment of its own for {name}"
            yield Finding(f"requires-{name}-{needs.name}".lower(), BROKEN, what, why, fix)


def conflicts(machine: Machine, gpus: Gpus) -> Iterator[Finding]:
    """Versions known not to work together, from known.toml."""
    from packaging.specifiers import SpecifierSet

    for one in known()["conflict"]:
        found = {name: machine.package(name) for name in one["when"]}
        fits = all(
            found[name] and SpecifierSet(limit).contains(found[name].version, prereleases=True)
            for name, limit in one["when"].items()
        )
        if not fits or (one.get("without") == "gpu" and gpus.kind != "none"):
            continue
        if machine.cores > one.get("cores", machine.cores) or machine.env.get(one.get("unset", "")):
            continue
        what = " with ".join(f"{name} {package.version}" for name, package in found.items())
        slug = "conflict-" + "-".join(one["when"])
        yield Finding(slug, one.get("level", BROKEN), what, one["why"], one["fix"], one["link"])


def builds(machine: Machine, gpus: Gpus) -> Iterator[Finding]:
    """Packages that were built without the card that is there."""
    if gpus.kind != "cuda":
        return
    llama = machine.package("llama-cpp-python")
    if llama and not list((llama.folder / "llama_cpp" / "lib").glob("*ggml-cuda*")):
        what = f"llama-cpp-python {llama.version} was built without CUDA"
        why = "it ignores n_gpu_layers and computes on the CPU"
        yield Finding("llama-cpu", SLOW, what, why, REBUILD)
    bits, torch = machine.package("bitsandbytes"), read_torch(machine)
    if bits and torch and torch.cuda:
        wanted = f"libbitsandbytes_cuda{torch.cuda.replace('.', '')}"
        if not list((bits.folder / "bitsandbytes").glob(f"{wanted}*")):
            what = f"bitsandbytes {bits.version} has no library for PyTorch's CUDA {torch.cuda}"
            why = f"it looks for {wanted}"
            yield Finding(
                "bitsandbytes-cuda", BROKEN, what, why, "pip install --upgrade bitsandbytes", CUDA_LINK
            )


def wheels(machine: Machine) -> Iterator[Fact | Finding]:
    """Packages that pip would have to compile for this Python."""
    mine = machine.python.version[:2]
    absent = [
        one["name"]
        for one in known()["wheel"]
        if not machine.package(one["name"])
        and (not one["newest"] or mine > tuple(int(part) for part in one["newest"].split(".")))
    ]
    yield Fact("Wheels", f"to be compiled if you install them: {', '.join(absent) or 'none'}")
    if absent and not any(machine.which(name) for name in ("c++", "g++", "clang++", "cl")):
        what = f"no C++ compiler, and no wheel for this Python of {', '.join(absent)}"
        compiler = (
            "xcode-select --install"
            if machine.system == "Darwin"
            else "apt-get install build-essential cmake"
        )
        yield Finding("compiler", NOTE, what, "pip fails to build them", compiler)
    if "libgguf" in absent and not machine.package("libgguf"):
        newest = next(one["newest"] for one in known()["wheel"] if one["name"] == "libgguf")
        what = f"libgguf has wheels for Python up to {newest}"
        why = "`pip install 'fourbit[engine]'` compiles it here"
        yield Finding("wheel-libgguf", SLOW, what, why, f"use Python {newest}: python{newest} -m venv .venv")
