"""Graphics cards, their drivers, and the PyTorch that is to use them."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass

from fourbit.doctor.finding import BROKEN, NOTE, SLOW, Fact, Finding
from fourbit.doctor.machine import Machine

NVIDIA, AMD = "0x10de", "0x1002"  # vendors, as the PCI bus names them
QUERY = ("nvidia-smi", "--query-gpu=name,memory.total,memory.used,driver_version,compute_cap")
DRIVERS = {580: 13, 525: 12, 450: 11}  # oldest driver -> newest CUDA it runs
DRIVERS_SOURCE = "https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html"
CPU_TORCH = "docs/errors/torch-no-cuda.md"
CHOOSER = "the command that pytorch.org/get-started gives"
PROBE_SECONDS = 3.5
PROBE = """
import json, warnings
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    import torch
    there = torch.cuda.is_available()
    error = ""
    if not there:
        try:
            torch.cuda.init()
        except Exception as problem:
            error = str(problem)
archs = torch.cuda.get_arch_list() if there else []
print(json.dumps({"there": there, "archs": archs, "error": error.split("\\n")[0]}))
"""


@dataclass(frozen=True)
class Gpu:
    """A card. memory, used: MiB; capability: of CUDA, as "9.0"."""

    name: str
    memory: int = 0
    used: int = 0
    driver: str = ""
    capability: str = ""


@dataclass(frozen=True)
class Gpus:
    """What was found. said: nvidia-smi's words when it failed;  kind: cuda, rocm, metal or none."""

    cards: tuple[Gpu, ...] = ()
    kind: str = "none"
    said: str = ""

    @property
    def cuda(self) -> int:
        """Newest CUDA, by its first number, that the driver runs; 0 unknown."""
        driver = self.cards[0].driver if self.cards else ""
        first = int(driver.split(".")[0]) if driver[:1].isdigit() else 0
        return next((cuda for oldest, cuda in DRIVERS.items() if first >= oldest), 0)


@dataclass(frozen=True)
class Torch:
    """PyTorch as its files tell it, without importing it. cuda, hip: versions it was built for, or empty."""

    version: str
    cuda: str
    hip: str


def find(machine: Machine) -> Gpus:
    """The cards that programs of this machine can use."""
    if machine.system == "Darwin" and machine.arch == "arm64":
        chip = machine.run("sysctl", "-n", "machdep.cpu.brand_string")
        return Gpus((Gpu(chip[1].strip() if chip else "Apple"),), "metal")
    done = machine.run(*QUERY, "--format=csv,noheader,nounits") if machine.which("nvidia-smi") else None
    if done and done[0] == 0:
        rows = [[part.strip() for part in line.split(",")] for line in done[1].splitlines()]
        cards = (Gpu(row[0], _int(row[1]), _int(row[2]), row[3], row[4]) for row in rows if len(row) == 5)
        return Gpus(tuple(cards), "cuda")
    said = done[1].strip().split("\n")[0] if done else ""
    if (machine.root / "dev/kfd").exists() and AMD in _displays(machine):
        return Gpus((Gpu("AMD"),), "rocm", said)
    return Gpus(said=said)


def _int(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _displays(machine: Machine) -> set[str]:
    """Vendors of the display controllers on the PCI bus."""
    found = set()
    for folder in (machine.root / "sys/bus/pci/devices").glob("*"):
        if machine.read(f"sys/bus/pci/devices/{folder.name}/class").startswith("0x03"):
            found.add(machine.read(f"sys/bus/pci/devices/{folder.name}/vendor").strip())
    return found


def read_torch(machine: Machine) -> Torch | None:
    """PyTorch's build, from torch/version.py: importing it takes seconds."""
    package = machine.package("torch")
    if package is None:
        return None
    try:
        text = (package.folder / "torch" / "version.py").read_text(encoding="utf-8")
    except OSError:
        text = ""
    built = {
        name: value for name, value in re.findall(r"^(cuda|hip)\b.*=\s*['\"]([\d.]+)", text, re.MULTILINE)
    }
    return Torch(package.version, built.get("cuda", ""), built.get("hip", ""))


def ask_torch(machine: Machine) -> dict | None:
    """What PyTorch says of CUDA, from a process of its own; None when it does not answer in time."""
    done = machine.run(machine.python.executable, "-c", PROBE, seconds=PROBE_SECONDS)
    last = done[1].strip().split("\n")[-1] if done and done[0] == 0 else ""
    return json.loads(last) if last.startswith("{") else None


def cards(machine: Machine, gpus: Gpus) -> Iterator[Fact | Finding]:
    """The cards, and what keeps programs from them."""
    names = [
        f"{one.name}, {one.memory / 1024:.0f} GiB ({one.used / 1024:.1f} in use)" if one.memory else one.name
        for one in gpus.cards
    ]
    driver = f"; driver {gpus.cards[0].driver}, CUDA up to {gpus.cuda or '?'}" if gpus.kind == "cuda" else ""
    yield Fact("GPU", ("; ".join(names) or "none that a program can use") + driver)
    inside = any((machine.root / name).exists() for name in (".dockerenv", "run/.containerenv"))
    if gpus.kind == "none" and (gpus.said or NVIDIA in _displays(machine)):
        what = gpus.said or "an NVIDIA card is in this machine, and no driver that works"
        fix = "install the driver, restart, then run: nvidia-smi"
        if inside:
            fix = "start the container with its cards: docker run --gpus all ..."
        yield Finding("driver", BROKEN, what.rstrip("."), "nothing can use the card", fix)
    elif gpus.kind == "cuda" and machine.system == "Linux" and not machine.loads("libcuda.so.1"):
        fix = "start the container with: docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility"
        yield Finding(
            "libcuda",
            BROKEN,
            "nvidia-smi works, libcuda.so.1 is missing",
            "programs that compute on the card need it",
            fix if inside else "install the driver's own libraries again, then run: ldconfig",
        )
    hidden = machine.env.get("CUDA_VISIBLE_DEVICES")
    if gpus.kind == "cuda" and hidden is not None and hidden.strip() in ("", "-1"):
        what = f"CUDA_VISIBLE_DEVICES={hidden!r} hides every card"
        yield Finding("hidden", BROKEN, what, "programs compute on the CPU", "unset CUDA_VISIBLE_DEVICES")
    for one in gpus.cards:
        if one.memory and one.used > one.memory / 5:
            what = f"{one.used / 1024:.1f} of {one.memory / 1024:.0f} GiB of {one.name} are in use"
            yield Finding("in-use", NOTE, what, "other programs hold them", "nvidia-smi")
    if gpus.kind == "none" and machine.system == "Darwin":
        told = machine.run("sysctl", "-n", "sysctl.proc_translated")
        if told and told[1].strip() == "1":
            yield Finding(
                "rosetta",
                SLOW,
                "this Python is for Intel Macs and runs translated",
                "there is no Metal and no wheel for the chip",
                "install a Python for arm64, then make the environment again",
            )


def torch(machine: Machine, gpus: Gpus, answer: Future | None) -> Iterator[Fact | Finding]:
    """PyTorch's build against the cards."""
    built = read_torch(machine)
    if built is None:
        yield Fact("PyTorch", "not installed")
        yield Finding(
            "torch-missing",
            NOTE,
            "PyTorch is not installed",
            "`fourbit quantize` and `fourbit evaluate` need it; `vram`, `inspect` and `errors` do not",
            "pip install 'fourbit[engine]'",
        )
        return
    kind = (
        f"for CUDA {built.cuda}" if built.cuda else f"for ROCm {built.hip}" if built.hip else "without CUDA"
    )
    yield Fact("PyTorch", f"{built.version}, built {kind}")
    again = f"pip uninstall -y torch, then {CHOOSER} for CUDA {gpus.cuda or 12}"
    if gpus.kind == "cuda" and not built.cuda:
        what = f"PyTorch {built.version} was built without CUDA; the card is {gpus.cards[0].name}"
        yield Finding("torch-cpu", BROKEN, what, "it computes on the CPU only", again, CPU_TORCH)
    elif gpus.kind == "rocm" and not built.hip and (machine.root / "opt/rocm").exists():
        what = f"PyTorch {built.version} was built without ROCm, which is installed here"
        fix = f"pip uninstall -y torch, then {CHOOSER} for ROCm"
        yield Finding("torch-rocm", SLOW, what, "it computes on the CPU only", fix, CPU_TORCH)
    elif gpus.kind == "cuda" and gpus.cuda and int(built.cuda.split(".")[0]) > gpus.cuda:
        what = (
            f"PyTorch was built for CUDA {built.cuda}, driver {gpus.cards[0].driver} runs up to {gpus.cuda}"
        )
        why = "it finds no card"
        yield Finding("driver-old", BROKEN, what, why, f"update the driver; or: {again}", DRIVERS_SOURCE)
    elif answer:
        yield from _asked(answer.result(), gpus, again)


def _asked(answer: dict | None, gpus: Gpus, again: str) -> Iterator[Finding]:
    if answer is None:
        what = "PyTorch did not answer in time about its cards"
        yield Finding(
            "torch-slow", NOTE, what, fix='python -c "import torch; print(torch.cuda.is_available())"'
        )
    elif not answer["there"]:
        what = "PyTorch cannot use CUDA" + (f": {answer['error']}" if answer["error"] else "")
        yield Finding("torch-cuda", BROKEN, what.rstrip("."), "it computes on the CPU", again, CPU_TORCH)
    else:
        for one in gpus.cards:
            if one.capability and answer["archs"] and not _runs(one.capability, answer["archs"]):
                what = f"this PyTorch has no code for {one.name} (sm_{one.capability.replace('.', '')})"
                why = f"`no kernel image is available`; it has {', '.join(answer['archs'])}"
                yield Finding("torch-arch", BROKEN, what, why, again, "docs/errors/torch-no-kernel-image.md")


def _runs(capability: str, archs: list[str]) -> bool:
    """Code for sm_XY runs on X.Z with Z >= Y; compute_XY is compiled for any newer card when it is loaded."""
    major, minor = (int(part) for part in capability.split("."))
    for arch in archs:
        kind, _, number = arch.partition("_")
        digits = re.sub(r"\D", "", number)
        there = int(digits[:-1]), int(digits[-1])
        if kind == "compute" and there <= (major, minor):
            return True
        if kind == "sm" and there[0] == major and there[1] <= minor:
            return True
    return False
