"""Processor, cores and memory, and what a container leaves of them."""

import re
from collections.abc import Iterator

from fourbit.doctor.finding import BROKEN, NOTE, SLOW, Fact, Finding
from fourbit.doctor.machine import Machine

GIB = 1 << 30
FEATURES = {  # as /proc/cpuinfo names them -> as people do, if they speed up quantized models
    "avx2": "AVX2",
    "f16c": "F16C",
    "fma": "FMA",
    "avx512f": "AVX-512",
    "avx512_vnni": "AVX-512 VNNI",
    "avx_vnni": "AVX-VNNI",
    "avx512_bf16": "AVX-512 BF16",
    "amx_int8": "AMX",
    "asimd": "NEON",
    "asimddp": "dot product",
    "i8mm": "I8MM",
    "sve": "SVE",
}
MACS = ("hw.optional.avx2_0", "hw.optional.arm.FEAT_DotProd", "hw.optional.arm.FEAT_I8MM")
UNLIMITED = 1 << 60  # bytes: cgroups of version 1 write a huge number for none
LEAST = 1 * GIB  # of memory free


def cpu(machine: Machine) -> Iterator[Fact | Finding]:
    """The processor's name and the instructions that matter here."""
    info = machine.read("proc/cpuinfo")
    flags = set(" ".join(re.findall(r"^(?:flags|Features)\s*:(.*)$", info, re.MULTILINE)).split())
    named = re.search(r"^model name\s*:\s*(.+)$", info, re.MULTILINE)
    name = named[1].strip() if named else machine.arch
    if machine.system == "Darwin":
        told = machine.run("sysctl", "-n", "machdep.cpu.brand_string")
        name = told[1].strip() if told and told[0] == 0 else name
        flags = {"asimd", "asimddp"} if machine.arch == "arm64" else flags
    has = [FEATURES[flag] for flag in FEATURES if flag in flags]
    yield Fact("CPU", f"{name} ({machine.arch}): {', '.join(has) or 'instructions not known'}")
    if machine.arch in ("x86_64", "AMD64") and flags and "avx2" not in flags:
        yield Finding(
            "avx2",
            SLOW,
            "this processor, or the virtual machine on it, has no AVX2",
            "models run slowly; programs compiled for AVX2 end with `illegal instruction`",
            "let the virtual machine pass the host's CPU through; else compile llama.cpp here",
            "https://github.com/JamePeng/llama-cpp-python/issues/19",
        )


def cores(machine: Machine) -> Iterator[Fact | Finding]:
    """Cores, and the share of them that a container grants."""
    quota = _quota(machine)
    text = f"{machine.cores} of {machine.processors} usable"
    yield Fact("Cores", text + (f"; the container grants the time of {quota:g}" if quota else ""))
    usable = max(1, min(machine.cores, round(quota) if quota else machine.cores))
    threads = machine.env.get("OMP_NUM_THREADS", "")
    started = int(threads) if threads.isdigit() else machine.cores
    if started > usable:
        what = f"programs start {started} threads for the time of {usable} cores"
        why = "they wait for one another"
        yield Finding("threads", SLOW, what, why, f"export OMP_NUM_THREADS={usable}")


def _quota(machine: Machine) -> float | None:
    """Cores whose time the control group grants; None without a limit."""
    for folder in _groups(machine, "cpu"):
        new = machine.read(f"{folder}/cpu.max").split()
        old = machine.read(f"{folder}/cpu.cfs_quota_us").split()
        if new and new[0].isdigit():
            return int(new[0]) / int(new[1])
        if old and int(old[0]) > 0:
            return int(old[0]) / int(machine.read(f"{folder}/cpu.cfs_period_us") or 100_000)
    return None


def _groups(machine: Machine, controller: str) -> Iterator[str]:
    """Folders that may hold this process's limits: control groups of version 2, then 1; own, then the top."""
    for line in machine.read("proc/self/cgroup").splitlines():
        _, names, path = [*line.split(":", 2), "", ""][:3]
        if names == "" or controller in names.split(","):
            base = "sys/fs/cgroup" + (f"/{controller}" if names else "")
            yield f"{base}/{path.strip('/')}".rstrip("/")
            yield base


def memory(machine: Machine) -> Iterator[Fact | Finding]:
    """Memory in all, free, and what a container allows."""
    sizes = _meminfo(machine)
    total, free = sizes.get("MemTotal", 0), sizes.get("MemAvailable", 0)
    limit, used = _limit(machine)
    text = f"{total / GIB:.1f} GiB, {free / GIB:.1f} free" if free else f"{total / GIB:.1f} GiB"
    swap = f"{sizes['SwapTotal'] / GIB:.1f} GiB swap" if sizes.get("SwapTotal") else "no swap"
    text = f"{text}; {swap}" if machine.system == "Linux" else text
    if total and limit and limit < total:
        text += f"; the container may use {limit / GIB:.1f} GiB"
        free = max(0, min(free, limit - used))
        yield Finding(
            "memory-limit",
            NOTE,
            f"the container may use {limit / GIB:.1f} of {total / GIB:.1f} GiB",
            "programs that read the machine's size are ended without a message",
            f"fourbit vram MODEL --ram {limit / GIB:.0f}",
            "docs/errors/process-killed.md",
        )
    yield Fact("Memory", text if total else "not known")
    if free and free < LEAST:
        what = f"{free / GIB:.2f} GiB of memory are free"
        why = "loading a model will fail or fill the swap"
        mend = "end other programs: ps aux --sort=-rss | head"
        yield Finding("memory", BROKEN, what, why, mend, "docs/errors/torch-cpu-out-of-memory.md")
    if "microsoft" in machine.read("proc/version").lower():
        yield Finding(
            "wsl",
            NOTE,
            "WSL gives Linux a part of the machine's memory only",
            "a model that fits Windows may not fit here",
            "set memory= under [wsl2] in .wslconfig, then: wsl --shutdown",
        )


def _meminfo(machine: Machine) -> dict[str, int]:
    """Bytes, by the names of /proc/meminfo."""
    found = re.findall(r"^(\w+):\s+(\d+) kB", machine.read("proc/meminfo"), re.MULTILINE)
    if not found and machine.system == "Darwin":
        told = machine.run("sysctl", "-n", "hw.memsize")
        return {"MemTotal": int(told[1])} if told and told[1].strip().isdigit() else {}
    return {name: int(size) << 10 for name, size in found}


def _limit(machine: Machine) -> tuple[int, int]:
    """(limit, in use) of the control group in bytes; 0 without a limit."""
    for folder in _groups(machine, "memory"):
        new, old = (
            machine.read(f"{folder}/{name}").strip() for name in ("memory.max", "memory.limit_in_bytes")
        )
        size = new or old
        if size.isdigit() and int(size) < UNLIMITED:
            used = machine.read(f"{folder}/{'memory.current' if new else 'memory.usage_in_bytes'}").strip()
            return int(size), int(used) if used.isdigit() else 0
    return 0, 0
