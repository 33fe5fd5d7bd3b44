"""Disks, limits of files, and where Hugging Face's libraries keep their downloads."""

import re
from collections.abc import Iterator
from pathlib import Path

from fourbit.doctor.finding import BROKEN, NOTE, SLOW, Fact, Finding
from fourbit.doctor.machine import Machine, Space

GB = 1e9  # as disks and downloads are counted
LEAST, LITTLE = 5 * GB, 20 * GB  # an 8B model takes 5 GB at 4 bits and 16 GB at 16
SMALL_FILES = ("vfat", "msdos", "exfat-fuse")  # no file beyond 4 GiB
REMOTE = ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs")
FILES = 1024  # open at once; a model in shards, its data and its sockets stay below it
OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")
MANY_FILES = "docs/errors/dataloader-too-many-open-files.md"
HUB_LINK = "docs/errors/fourbit-hub-offline.md"


def cache(machine: Machine) -> Path:
    """The folder of downloaded models, as huggingface_hub finds it."""
    env = machine.env
    if direct := env.get("HF_HUB_CACHE") or env.get("HUGGINGFACE_HUB_CACHE"):
        return Path(direct).expanduser()
    return _home(machine) / "hub"


def _home(machine: Machine) -> Path:
    if told := machine.env.get("HF_HOME"):
        return Path(told).expanduser()
    base = machine.env.get("XDG_CACHE_HOME")
    return (Path(base).expanduser() if base else machine.home / ".cache") / "huggingface"


def disks(machine: Machine) -> Iterator[Fact | Finding]:
    """Space and kind of the file systems that models are written to."""
    temporary = Path(machine.env.get("TMPDIR") or ("/tmp" if machine.system != "Windows" else machine.here))
    mounts = _mounts(machine)
    for name, folder in (
        ("Model cache", cache(machine)),
        ("Working folder", machine.here),
        ("Temporary", temporary),
    ):
        space, kind = machine.space(folder), _kind(mounts, folder)
        if space is None:
            yield Fact(name, f"{folder}: not known")
            continue
        yield Fact(
            name,
            f"{folder}: {space.free / GB:,.1f} of {space.total / GB:,.1f} GB free{f', {kind}' * bool(kind)}",
        )
        if name != "Temporary":
            yield from _disk(name.lower(), folder, space, kind)
        elif space.free < 1 * GB:
            what = f"{space.free / GB:.2f} GB are free in {folder}"
            fix = "export TMPDIR=FOLDER of a larger disk"
            yield Finding("disk-temporary", SLOW, what, "pip unpacks PyTorch there, several GB", fix)


def _disk(name: str, folder: Path, space: Space, kind: str) -> Iterator[Finding]:
    slug = name.split()[0]
    move = "export HF_HOME=FOLDER of a larger disk; hf cache ls shows what can go"
    fix = move if slug == "model" else "work in a folder of another disk"
    if not space.writable:
        what = f"the {name} {folder} cannot be written to"
        yield Finding(f"disk-{slug}-readonly", BROKEN, what, "nothing can be saved", fix)
    elif space.files == 0:
        what = f"the disk of the {name} can hold no more files"
        yield Finding(f"disk-{slug}-files", BROKEN, what, "it says that it is full", "df -i")
    elif space.free < LEAST:
        what = f"{space.free / GB:.1f} GB are free for the {name} {folder}"
        why = "an 8B model takes 5 GB at 4 bits and 16 GB at 16 bits"
        yield Finding(f"disk-{slug}", BROKEN, what, why, fix, "docs/errors/safetensors-disk-full.md")
    elif space.free < LITTLE:
        what = f"{space.free / GB:.1f} GB are free for the {name}"
        yield Finding(f"disk-{slug}-low", NOTE, what, "an 8B model in 16 bits takes 16 GB", fix)
    if kind in SMALL_FILES:
        what = f"the {name} lies on {kind}, which holds no file beyond 4 GiB"
        yield Finding(f"disk-{slug}-kind", BROKEN, what, "a download stops there", fix)
    elif kind in REMOTE:
        what = f"the {name} lies on {kind}, over a network"
        yield Finding(f"disk-{slug}-kind", SLOW, what, "models load as fast as the network", fix)


def _mounts(machine: Machine) -> dict[str, str]:
    """Mount point -> kind of file system."""
    rows = (line.split() for line in machine.read("proc/mounts").splitlines())
    return {re.sub(r"\\040", " ", row[1]): row[2] for row in rows if len(row) > 2}


def _kind(mounts: dict[str, str], folder: Path) -> str:
    above = [one for one in mounts if folder == Path(one) or Path(one) in folder.parents]
    return mounts[max(above, key=len)] if above else ""


def limits(machine: Machine) -> Iterator[Fact | Finding]:
    """What the shell forbids (`ulimit`)."""
    told = {name: machine.limit(f"RLIMIT_{name}") for name in ("NOFILE", "FSIZE", "AS")}
    texts = (
        f"open files {told['NOFILE'] or 'without limit'}",
        f"file size {told['FSIZE'] or 'without limit'}",
        f"address space {told['AS'] or 'without limit'}",
    )
    yield Fact("Limits", ", ".join(texts))
    if told["NOFILE"] is not None and told["NOFILE"] < FILES:
        what = f"a program may have {told['NOFILE']} files open"
        yield Finding("limit-files", SLOW, what, "`Too many open files`", f"ulimit -n {FILES}", MANY_FILES)
    if told["FSIZE"] is not None:
        what = f"a program may write files of at most {told['FSIZE'] / GB:.1f} GB"
        yield Finding("limit-size", BROKEN, what, "saving a model ends the program", "ulimit -f unlimited")
    if told["AS"] is not None:
        what = f"a program may use {told['AS'] / GB:.1f} GB of addresses"
        why = "model files are mapped into memory, which counts"
        yield Finding("limit-address", BROKEN, what, why, "ulimit -v unlimited")


def hub(machine: Machine) -> Iterator[Fact | Finding]:
    """Settings of Hugging Face's libraries. The token itself is never read."""
    env = machine.env
    token = Path(env.get("HF_TOKEN_PATH") or _home(machine) / "token")
    has = "in the environment" if env.get("HF_TOKEN") else "stored" if token.is_file() else "none"
    offline = [name for name in OFFLINE if machine.is_on(name)]
    endpoint = env.get("HF_ENDPOINT", "")
    texts = [f"token {has}", f"offline by {', '.join(offline)}" if offline else "online"]
    yield Fact("Hugging Face", ", ".join([*texts, *([f"server {endpoint}"] if endpoint else [])]))
    if offline:
        what = f"{', '.join(offline)} {'forbids' if len(offline) == 1 else 'forbid'} downloads"
        yield Finding(
            "offline",
            NOTE,
            what,
            "models that are not in the cache fail",
            f"unset {' '.join(offline)}",
            HUB_LINK,
        )
    if has == "none" and not offline:
        what = "no token for Hugging Face"
        why = "models behind a license answer 401; others need none"
        yield Finding("token", NOTE, what, why, "hf auth login", "docs/errors/hub-gated-log-in.md")
