"""The whole answer for a model, a quantization, settings and hardware: lines, placement, verdict, what would help."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from fourbit.vram import place, runtimes, tables
from fourbit.vram.devices import DEFAULT_RAM, Device
from fourbit.vram.lines import GIB, Line, size, total
from fourbit.vram.model import Model
from fourbit.vram.place import FITS, Job, Placement
from fourbit.vram.settings import Settings
from fourbit.vram.weights import Quant, Weights, weigh


@dataclass(frozen=True)
class Estimate:
    """What was asked, and the answer. placement: None for the act of quantizing."""

    model: Model
    weights: Weights
    settings: Settings
    gpus: tuple[Device, ...]
    ram: int
    lines: tuple[Line, ...]
    placement: Placement | None
    advice: tuple[str, ...]
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON: numbers, not objects."""
        found = self.placement
        return {
            "model": self.model.name,
            "architecture": self.model.dims.arch,
            "source": self.model.source,
            "parameters": self.model.parameters,
            "active_parameters": self.model.active,
            "quant": self.weights.quant,
            "bits_per_weight": round(self.weights.bits, 4),
            "weights_bytes": self.weights.total,
            "settings": asdict(self.settings),
            "gpus": [asdict(device) for device in self.gpus],
            "ram": self.ram,
            "lines": [line.as_dict() for line in self.lines],
            "total": {key: total(self.lines, key) for key in ("low", "bytes", "high")},
            "gpu": {key: total(self.lines, key, "gpu") for key in ("low", "bytes", "high")},
            "ram_needed": {key: total(self.lines, key, "ram") for key in ("low", "bytes", "high")},
            "verdict": found and found.verdict,
            "tight": found and found.tight,
            "layers_on_gpu": found and found.on_gpu,
            "experts_in_ram": found and found.experts_in_ram,
            "speed": found and asdict(found.speed),
            "advice": list(self.advice),
            "warnings": list(self.warnings),
        }


def estimate(
    model: Model,
    quant: Quant | None,
    settings: Settings | None = None,
    gpus: Sequence[Device] = (),
    *,
    ram: int = 0,
    ram_bandwidth: float = DEFAULT_RAM,
    layers: int | None = None,
    experts_in_ram: int | None = None,
    vision: bool = False,
    advise: bool = True,
) -> Estimate:
    """The answer. quant: None takes the types of a GGUF file. UserError names what cannot be."""
    settings = settings or Settings()
    weights = weigh(model, quant)
    if settings.runtime == "quantize":
        lines = tuple(runtimes.quantizing(model, settings.context))
        return Estimate(model, weights, settings, tuple(gpus), ram, lines, None, (), model.notes)
    usable = [device for device in gpus if device.kind != "cpu"]
    if gpus and not usable:  # a CPU by name: its memory and bandwidth
        ram, ram_bandwidth = ram or gpus[0].memory, gpus[0].bandwidth
    job = Job(model, weights, settings, usable, ram, ram_bandwidth, vision)
    found = place.place(job, layers, experts_in_ram)
    advice = _advice(job, found) if advise and (usable or ram) else ()
    return Estimate(
        model, weights, settings, tuple(gpus), ram, found.lines, found, advice, warnings(model, settings)
    )


def warnings(model: Model, settings: Settings) -> tuple[str, ...]:
    """What the reader should know: assumptions, and a context past the model's limit."""
    found, limit = list(model.notes), model.dims.context
    each = settings.context if settings.unified else settings.context // settings.sequences
    if limit and each > limit:
        found.append(
            f"{each:,} tokens of context: {model.name} was trained for {limit:,}; memory is counted all the same"
        )
    if settings.sequences > settings.context:
        found.append(f"{settings.sequences:,} sequences share {settings.context:,} tokens of context")
    return tuple(found)


def _advice(job: Job, found: Placement) -> tuple[str, ...]:
    """What fits, when this does not; what more would, when it does."""
    said, context = [], job.settings.context
    most = place.most_context(job)
    if found.verdict == FITS:
        if most > context:
            said.append(f"up to {most:,} tokens of context fit with {job.weights.quant}")
        return tuple(said)
    if most:
        said.append(f"--context {most}: with {job.weights.quant}, that fits whole")
    best = place.best_quant(job)
    if best:
        said.append(f"--quant {best}: at {context:,} tokens, the best that fits whole")
    if job.settings.runtime == "llama.cpp" and job.settings.flash and job.settings.type_k == "f16":
        smaller = replace(job, settings=replace(job.settings, type_k="q8_0", type_v="q8_0"))
        if place.place(smaller, *place.whole(job)).verdict == FITS:
            said.append("--cache q8_0: with an 8-bit cache it fits whole")
    need = total(place.place(job, *place.whole(job)).lines, where="gpu") if job.gpus else 0
    if need:
        said.append(f"a GPU with {size(need)} or more{_card(need)}")
    return tuple(said)


def _card(need: int) -> str:
    """A card of the table that is large enough: the least memory, then the newest."""
    best = tables.card(need / GIB)
    return (
        f", such as {best['name']} ({best['memory']:g} GB)"
        if best
        else "; no single card of the table has that"
    )


def compare(
    model: Model,
    quants: Sequence[str],
    contexts: Sequence[int],
    settings: Settings,
    gpus: Sequence[Device] = (),
    ram: int = 0,
) -> list[dict[str, Any]]:
    """One row for each quantization and context: bytes and verdict."""
    rows = []
    for name in quants:
        quant = Quant.parse(name, imatrix=name.upper().startswith("IQ"))
        for context in contexts:
            asked = replace(settings, context=context)
            found = estimate(model, quant, asked, gpus, ram=ram, advise=False)
            rows.append(
                {
                    "quant": found.weights.quant,
                    "context": context,
                    "bits_per_weight": round(found.weights.bits, 4),
                    "bytes": total(found.lines),
                    "gpu_bytes": total(found.lines, where="gpu"),
                    "verdict": found.placement and found.placement.verdict,
                }
            )
    return rows
