"""Where a recorded number comes from: machine, versions, command, date."""

import datetime
import json
import os
import platform
import shutil
import subprocess
from pathlib import Path

from fourbit.book.runner import python
from fourbit.book.snippets import Snippet

PACKAGES = ("numpy", "torch", "transformers", "gguf", "xllamacpp")
PROBE = """
import importlib.metadata, json, platform, sys
found = {"python": platform.python_version()}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def provenance(snippet: Snippet, value: dict, seconds: float) -> dict:
    """All that a reader needs to judge a number, and to measure it again."""
    return {
        "machine": machine(),
        "versions": versions(snippet),
        "date": datetime.date.today().isoformat(),
        "runs": value.get("runs", 1),
        "command": snippet.command,
        "seconds": round(seconds, 1),
        "fingerprint": snippet.fingerprint,
    }


def machine() -> dict:
    """cpu, cores, ram_gb (10^9 bytes), gpu (None without), os."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cpu": _cpu(), "cores": cores(), "ram_gb": round(memory / 1e9), "gpu": _gpu(), "os": _os()}


def versions(snippet: Snippet) -> dict[str, str]:
    """Versions of Python and of the packages that matter, as the snippet's interpreter sees them."""
    command = [python(snippet), "-c", PROBE, *PACKAGES, *snippet.needs]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.is_file() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _gpu() -> str | None:
    if not shutil.which("nvidia-smi"):
        return None
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    names = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split("\n")
    return names[0].strip() or None


def _os() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return f"{platform.system()} {platform.release()}"
