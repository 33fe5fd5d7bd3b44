"""What can be asked of a machine: its files, commands, packages. Tests put another one in its place."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

PATIENCE = 3.0  # seconds for a command


@dataclass(frozen=True)
class Package:
    """An installed package; folder: where its modules lie."""

    version: str
    requires: tuple[str, ...] = ()
    folder: Path = Path()


@dataclass(frozen=True)
class Python:
    """The interpreter. prefix: of its environment;  managed: the system forbids pip to install."""

    version: tuple[int, int, int]
    executable: str
    prefix: str
    base: str
    bits: int = 64
    managed: bool = False


@dataclass(frozen=True)
class Space:
    """Of a file system: bytes in all and free; files that can still be made (-1: no limit)."""

    total: int
    free: int
    files: int = -1
    writable: bool = True


@dataclass(frozen=True)
class Machine:
    """A computer as seen from one process.

    root      where /proc, /sys and /dev are;  here: the working folder
    package   name -> Package or None;  which: command -> path or None
    run       command, seconds -> (exit code, output), or None when it cannot be run or takes longer
    space     folder -> Space or None;  limit: name of a resource -> bytes or count, None without a limit
    loads     name of a shared library -> whether it is found
    cores     that this process may use;  processors: that the machine has
    """

    system: str  # Linux, Darwin, Windows
    arch: str  # x86_64, AMD64, aarch64, arm64
    python: Python
    env: Mapping[str, str]
    home: Path
    here: Path
    cores: int
    processors: int
    package: Callable[[str], Package | None]
    which: Callable[[str], str | None]
    run: Callable[..., tuple[int, str] | None]
    space: Callable[[Path], Space | None]
    limit: Callable[[str], int | None]
    loads: Callable[[str], bool]
    root: Path = field(default=Path("/"))

    def read(self, path: str) -> str:
        """A small text file under root; empty when it cannot be read."""
        try:
            return (self.root / path).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def is_on(self, name: str) -> bool:
        """Whether a variable of the environment is set to what Hugging Face's libraries take for true."""
        return self.env.get(name, "").upper() in ("1", "ON", "YES", "TRUE")


def this() -> Machine:
    """The machine we run on."""
    base = getattr(sys, "base_prefix", sys.prefix)
    managed = Path(sys.base_prefix, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    python = Python(
        sys.version_info[:3],
        sys.executable,
        sys.prefix,
        base,
        64 if sys.maxsize > 2**32 else 32,
        (managed / "EXTERNALLY-MANAGED").is_file(),
    )
    count = os.cpu_count() or 1
    mine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else count
    return Machine(
        platform.system(),
        platform.machine(),
        python,
        os.environ,
        Path.home(),
        Path.cwd(),
        mine,
        count,
        _package,
        shutil.which,
        _run,
        _space,
        _limit,
        _loads,
    )


def _package(name: str) -> Package | None:
    try:
        found = metadata.distribution(name)
        return Package(found.version, tuple(found.requires or ()), Path(found.locate_file("")))
    except (metadata.PackageNotFoundError, OSError, KeyError, TypeError):  # the last two: broken metadata
        return None


def _run(*command: str, seconds: float = PATIENCE) -> tuple[int, str] | None:
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.returncode, done.stdout.decode(errors="replace")


def _space(folder: Path) -> Space | None:
    """Of the nearest folder above that exists: a cache may not have been made yet."""
    try:
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        disk = shutil.disk_usage(folder)
        files = os.statvfs(folder) if hasattr(os, "statvfs") else None
    except OSError:
        return None
    left = files.f_favail if files and files.f_files else -1
    return Space(disk.total, disk.free, left, os.access(folder, os.W_OK))


def _limit(name: str) -> int | None:
    try:
        import resource  # not on Windows
    except ImportError:
        return None
    soft, _ = resource.getrlimit(getattr(resource, name))
    return None if soft == resource.RLIM_INFINITY else soft


def _loads(name: str) -> bool:
    import ctypes

    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
