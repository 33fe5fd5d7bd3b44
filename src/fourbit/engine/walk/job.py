"""A run on disk: read from the source and written block by block, resumable, named OUT only when it is whole."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np

from fourbit.engine.card import card
from fourbit.engine.recipe import LayerReport, Recipe
from fourbit.engine.walk.activations import Activations
from fourbit.engine.walk.output import Output, read_config, store, sync
from fourbit.engine.walk.ranks import Team
from fourbit.engine.walk.skeleton import Skeleton
from fourbit.engine.walk.walk import chosen, hidden_width, walk
from fourbit.errors import UserError

PIECES = 64  # of 4 KiB each, read from every weight file to tell models apart


@dataclass(frozen=True)
class Job:
    """One model to be quantized.

    source       a model directory;  out: the directory to be made
    windows      (n, length) token ids
    calibration  where they come from, for the record: "source", "seed"
    base_model   the source's name on a model hub, for the record
    """

    source: Path
    out: Path
    windows: np.ndarray
    recipe: Recipe
    calibration: dict = field(default_factory=dict)
    base_model: str | None = None

    @property
    def partial(self) -> Path:
        """Where the work is done: the unfinished model in `model`, activations, and job.json."""
        return self.out.with_name(f"{self.out.name}.partial")

    def token_hash(self) -> str:
        """SHA-256 of the calibration tokens, as little-endian 64-bit integers."""
        return hashlib.sha256(self.windows.astype("<i8").tobytes()).hexdigest()

    def fingerprint(self) -> dict:
        """What must be the same for a resumed run to give the same bytes."""
        return {
            "recipe": json.loads(json.dumps(self.recipe.as_dict())),
            "source model": _sample(self.source),
            "calibration tokens": [*self.windows.shape, self.token_hash()],
            "versions": versions(),
        }


@dataclass
class State:
    """How far a run has come, kept in its job.json: finished steps (the blocks, then the head), their reports."""

    path: Path
    fingerprint: dict
    done: int = 0
    reports: list[LayerReport] = field(default_factory=list)

    def save(self) -> None:
        """Store it in one move."""
        content = {"job": self.fingerprint, "done": self.done, "layers": [asdict(r) for r in self.reports]}
        store(self.path, json.dumps(content))

    @classmethod
    def load(cls, path: Path) -> "State":
        """What `save` stored."""
        content = json.loads(path.read_text(encoding="utf-8"))
        reports = [LayerReport(**r | {"notes": tuple(r["notes"])}) for r in content["layers"]]
        return cls(path, content["job"], content["done"], reports)


def versions() -> dict[str, str]:
    """Of the libraries that decide the result."""
    return {name: version(name) for name in ("fourbit", "torch", "transformers")}


def _sample(folder: Path) -> str:
    """Hash of config.json and of pieces of each weight file: tells two models apart without reading them whole."""
    digest = hashlib.sha256((folder / "config.json").read_bytes())
    for path in sorted(folder.glob("*.safetensors")):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}".encode())
        with path.open("rb") as file:
            for piece in range(PIECES):
                file.seek(size * piece // PIECES)
                digest.update(file.read(4096))
    return digest.hexdigest()


def begin(job: Job, needed: int) -> None:
    """Make the partial folder; UserError unless it is new, and its disk can be written and has so many bytes free."""
    if job.partial.exists():
        raise UserError(
            f"{job.partial}: is left from a run that was stopped; --resume goes on with it, or remove it to start anew"
        )
    try:
        job.out.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=job.out.parent).close()
    except OSError as error:
        raise UserError(f"--out {job.out}: cannot write in {job.out.parent}: {error.strerror}") from None
    free = shutil.disk_usage(job.out.parent).free
    if free < needed * 1.05:
        raise UserError(
            f"--out {job.out}: the run takes {needed / 1e6:,.1f} MB there, {free / 1e6:,.1f} MB are free"
        )
    job.partial.mkdir()
    State(job.partial / "job.json", job.fingerprint()).save()


def check_resume(job: Job) -> None:
    """UserError unless the partial folder is that of the same job."""
    path = job.partial / "job.json"
    if not path.is_file():
        raise UserError(f"--resume: {job.partial} holds no run to go on with; start it without --resume")
    before = State.load(path).fingerprint
    for name, now in job.fingerprint().items():
        if before[name] != now:
            detail = "".join(
                f"; {key} was {before[name].get(key)!r}, now {value!r}"
                for key, value in (now.items() if isinstance(now, dict) else ())
                if before[name].get(key) != value
            )
            raise UserError(
                f"--resume: {job.partial} belongs to another job, the {name} differs{detail}; give the same options, "
                "or remove the folder and start anew"
            )


def run(
    job: Job,
    resume: bool = False,
    progress: Callable[[LayerReport], None] = lambda report: None,
    gate: Callable[[Path], dict] | None = None,
) -> dict:
    """Quantize job.source into job.out; returns what is stored as fourbit.json.

    resume    go on after the last finished block of a run that was stopped; the bytes are those of a run that
              was not
    progress  called with the report of every layer, those of earlier runs first
    gate      called with the folder when all is written; it returns "quality" for the record, or raises

    Under torchrun the ranks share the work, and rank 0 writes. UserError says what is wrong, before work starts
    if that can be known; KeyboardInterrupt says how to go on. In both cases nothing is named job.out.
    """
    if job.out.exists() and not (job.out.is_dir() and not any(job.out.iterdir())):
        raise UserError(f"--out {job.out}: exists already; give a new directory or remove it")
    if "quantization_config" in read_config(job.source) or (job.source / "quantize_config.json").exists():
        raise UserError(f"{job.source}: is quantized already; quantize the original model instead")
    skeleton = Skeleton(job.source)
    layers = chosen(skeleton, job.recipe)
    output = Output(job.source, job.partial / "model", skeleton, layers)
    width = hidden_width(skeleton, job.windows)
    with Team.from_environment() as team:
        with team.together():
            if team.rank == 0:
                check_resume(job) if resume else begin(job, output.bytes + 8 * job.windows.size * width)
        state = State.load(job.partial / "job.json")
        activations = Activations(job.partial, job.windows.shape[1], width)
        if team.rank > 0:
            for _ in walk(skeleton, job.windows, activations, job.recipe, state.done, team):
                pass
            return {}
        try:
            for report in state.reports:
                progress(report)
            output.open()
            for step in walk(skeleton, job.windows, activations, job.recipe, state.done, team, progress):
                output.write(step, state.done)
                activations.sync(state.done + 1)
                state.done += 1
                state.reports += step.reports
                state.save()
            return finish(job, output, state, gate)
        except KeyboardInterrupt:
            blocks = len(skeleton.blocks)
            raise KeyboardInterrupt(
                f"stopped after {min(state.done, blocks)} of {blocks} blocks; the same command with --resume goes on"
            ) from None
        except OSError as error:
            raise UserError(
                f"{job.partial}: {error.strerror or error}; when that is mended, the same command with --resume goes on"
            ) from None


def finish(job: Job, output: Output, state: State, gate: Callable[[Path], dict] | None) -> dict:
    """Complete the folder, pass the gate, give the folder its name; returns the record."""
    output.finish(job.recipe)
    folder = output.folder
    record = {
        "base_model": job.base_model,
        "recipe": job.recipe.as_dict(),
        "calibration": job.calibration
        | {
            "tokens": job.windows.size,
            "windows": job.windows.shape[0],
            "length": job.windows.shape[1],
            "sha256": job.token_hash(),
        },
        "versions": versions(),
        **output.sizes(),
        "layers": [asdict(report) for report in state.reports],
        "quality": gate(folder) if gate else None,
    }
    store(folder / "fourbit.json", json.dumps(record, indent=2) + "\n")
    store(folder / "README.md", card(record))
    sync(folder)
    folder.rename(job.out)
    shutil.rmtree(job.partial)
    return record
