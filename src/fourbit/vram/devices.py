"""Where a model is put: GPUs, Macs, RAM. From the table, from a size in GB, or from this machine."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from fourbit.errors import UserError
from fourbit.vram import tables
from fourbit.vram.lines import GIB, MIB

DEFAULT_RAM = 89.6  # GB/s: two channels of DDR5-5600, where nothing else is known
SHARED = {"mac": 0.75, "apu": 0.75}  # of memory that the GPU may use
SMALL_MAC = 36 * GIB  # up to here a Mac gives its GPU two thirds


@dataclass(frozen=True)
class Device:
    """A memory with a processor. memory: bytes that may be used;  bandwidth: GB/s, 0 unknown;  tflops: 16-bit, 0 unknown."""

    name: str
    kind: str
    memory: int
    bandwidth: float = 0.0
    tflops: float = 0.0
    note: str = ""


def read(text: str) -> list[Device]:
    """From a name in the table, '24GB', '24GB@1008' (GB/s), '2 x RTX 3090', 'RTX 4090 + RTX 3060', or 'auto'. UserError."""
    if text.strip().lower() == "auto":
        return here()
    found = []
    for one in text.split("+"):
        found += _same(one, text)
    return found


def _same(text: str, whole: str) -> list[Device]:
    many = re.fullmatch(r"\s*(\d{1,2})\s*[x*]\s*(.+)", text)
    count, name = (int(many[1]), many[2]) if many else (1, text)
    if not 1 <= count <= 64:
        raise UserError(f"{whole!r}: from 1 to 64 cards")
    size = re.fullmatch(
        r"\s*(\d+(?:\.\d+)?)\s*(?:gb|gib|g)\s*(?:@\s*(\d+(?:\.\d+)?)(?:\s*gb/s)?)?\s*", name, re.IGNORECASE
    )
    if size:
        memory, bandwidth = float(size[1]), float(size[2] or 0)
        if not 0 < memory <= 1 << 20 or bandwidth > 1 << 20:
            raise UserError(f"{whole!r}: no size of a memory in GB")
        return [Device(f"{memory:g} GB", "gpu", round(memory * GIB), bandwidth)] * count
    key, entry = tables.device(name)
    return [of(key, entry)] * count


def of(key: str, entry: dict) -> Device:
    """A device from its entry of hardware.toml."""
    memory, note = round(entry["memory"] * GIB), ""
    if entry["kind"] in SHARED:
        share = 2 / 3 if entry["kind"] == "mac" and memory <= SMALL_MAC else SHARED[entry["kind"]]
        note = f"the GPU may use {share:.0%} of {entry['memory']} GB, unless the limit is raised"
        memory = round(memory * share)
    return Device(entry["name"], entry["kind"], memory, entry["bandwidth"], entry.get("tflops", 0.0), note)


def here() -> list[Device]:
    """GPUs of this machine, else its RAM. Total memory, not what is free just now."""
    if sys.platform == "darwin":
        return [_mac()]
    found = _nvidia()
    return found or [Device("this machine's RAM", "cpu", ram(), DEFAULT_RAM, note="no NVIDIA GPU found")]


def _run(*command: str) -> str:
    import subprocess  # not there in a browser, where this is not called

    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _nvidia() -> list[Device]:
    said = _run("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits")
    found = []
    for line in said.splitlines():
        name, _, memory = line.rpartition(",")
        if memory.strip().isdigit():
            entry = _known(name.strip(), int(memory) * MIB)
            found.append(
                Device(
                    name.strip(), "gpu", int(memory) * MIB, entry.get("bandwidth", 0), entry.get("tflops", 0)
                )
            )
    return found


def _known(name: str, memory: int) -> dict:
    """The table's entry for a name as the driver gives it, of the right size where there are several."""
    key = tables.plain(name.replace("NVIDIA", ""))
    near = [
        e
        for e in tables.hardware().values()
        if tables.plain(e["name"]) in key or key in tables.plain(e["name"])
    ]
    return min(near, key=lambda e: (abs(e["memory"] * GIB - memory), -len(e["name"])), default={})


def _mac() -> Device:
    memory = int(_run("sysctl", "-n", "hw.memsize").strip() or 0)
    chip = _run("sysctl", "-n", "machdep.cpu.brand_string").strip() or "Mac"
    same = [e for e in tables.hardware().values() if e["kind"] == "mac" and e["name"].startswith(f"{chip} ")]
    entry = min(same, key=lambda e: (len(e["name"].split()), abs(e["memory"] * GIB - memory)), default=None)
    return of("here", {**(entry or {"kind": "mac", "bandwidth": 0}), "name": chip, "memory": memory / GIB})


def ram() -> int:
    """Bytes of RAM of this machine. UserError when it cannot be read."""
    try:
        found = re.search(r"MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"))
    except OSError:
        found = None
    if found:
        return int(found[1]) << 10
    size = _run("sysctl", "-n", "hw.memsize").strip()
    if size.isdigit():
        return int(size)
    raise UserError("this machine's memory cannot be read; give --gpu and --ram in GB")
