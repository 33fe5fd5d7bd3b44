"""Machines to examine: a clean one, and ways to break it."""

from dataclasses import replace
from pathlib import Path

from fourbit.doctor.machine import Machine, Package, Python, Space

TORCH = "cuda: Optional[str] = {cuda}\nhip: Optional[str] = {hip}\n"
CPUINFO = "model name : Test CPU\nflags : sse4_2 avx avx2 f16c fma avx512f\n"
MEMINFO = "MemTotal: 33554432 kB\nMemAvailable: 25165824 kB\nSwapTotal: 0 kB\n"
CARD = "NVIDIA GeForce RTX 4090, 24564, 300, 580.65.06, 8.9\n"
ANSWER = '{"there": true, "archs": ["sm_80", "sm_90", "compute_90"], "error": ""}'
PACKAGES = {
    "numpy": "2.4.6",
    "torch": "2.13.0+cpu",
    "transformers": "5.23.0",
    "tokenizers": "0.23.3",
    "libgguf": "0.2.2",
}


class Made:
    """A clean Linux machine in a folder; each method changes one thing and returns the machine to examine."""

    def __init__(self, root: Path):
        self.root = root
        self.versions = dict(PACKAGES)
        self.requires: dict[str, tuple[str, ...]] = {}
        self.answers: dict[str, tuple[int, str]] = {}
        self.write("proc/cpuinfo", CPUINFO)
        self.write("proc/meminfo", MEMINFO)
        self.write("proc/mounts", "disk / ext4 rw 0 0\n")
        self.write("proc/self/cgroup", "0::/app\n")
        self.write("site/torch/version.py", TORCH.format(cuda=None, hip=None))
        self.write("home/.cache/huggingface/token", "secret")
        environment = {"PATH": "/venv/bin"}
        self.machine = Machine(
            "Linux",
            "x86_64",
            Python((3, 12, 4), "/venv/bin/python", "/venv", "/usr"),
            environment,
            root / "home",
            root / "work",
            8,
            8,
            package=self.package,
            which={"git": "/usr/bin/git", "c++": "/usr/bin/c++", "pip": "/venv/bin/pip"}.get,
            run=self.run,
            space=lambda folder: Space(500 * 10**9, 200 * 10**9),
            limit={"RLIMIT_NOFILE": 4096}.get,
            loads=lambda name: True,
            root=root,
        )

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def package(self, name: str) -> Package | None:
        version = self.versions.get(name)
        return version and Package(version, self.requires.get(name, ()), self.root / "site")

    def run(self, *command: str, seconds: float = 0) -> tuple[int, str] | None:
        return self.answers.get(Path(command[0]).name)

    def but(self, **changes) -> Machine:
        """The machine with other fields; `env` adds to the environment, `which` to the commands."""
        if "env" in changes:
            changes["env"] = {**self.machine.env, **changes["env"]}
        if "which" in changes:
            before, added = self.machine.which, changes["which"]
            changes["which"] = lambda name: added.get(name, before(name))
        return replace(self.machine, **changes)

    def with_card(self, card: str = CARD, cuda: str = "'12.8'", answer: str = ANSWER, **changes) -> Machine:
        """With an NVIDIA card, a driver, and a PyTorch for this CUDA."""
        self.answers |= {"nvidia-smi": (0, card), "python": (0, answer)}
        self.versions["torch"] = "2.13.0"
        self.write("site/torch/version.py", TORCH.format(cuda=cuda, hip=None))
        return self.but(which={"nvidia-smi": "/usr/bin/nvidia-smi"} | changes.pop("which", {}), **changes)
