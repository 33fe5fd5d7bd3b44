"""Which part goes where: layers on one or several GPUs, the rest in RAM; experts alone in RAM; what would fit.

As llama.cpp does it: the last layers go to GPUs first, the output head counts as one more layer, the input embedding
stays in RAM (a tied one is held twice). Source: src/llama-model.cpp (load_tensors) at the commit of fourbit.vram.lines.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fourbit.gguf import mix
from fourbit.gguf.dims import Dims
from fourbit.vram import cache, runtimes
from fourbit.vram.devices import DEFAULT_RAM, Device
from fourbit.vram.lines import LLAMA, Line, total
from fourbit.vram.model import NO_BLOCK, Model
from fourbit.vram.settings import Settings
from fourbit.vram.speed import Speed, ceiling
from fourbit.vram.weights import Quant, Weights, weigh

SOURCE = LLAMA + "src/llama-model.cpp (load_tensors)"
EMBEDDINGS = ("token_embd.weight", "token_embd_norm.weight", "per_layer_token_embd.weight")
FITS, OFFLOAD, NOT = "fits", "fits with offload", "does not fit"
QUANTS = (  # most bits first
    *("BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "IQ4_XS", "Q3_K_M", "IQ3_XXS", "Q2_K"),
    *("IQ2_M", "IQ2_XS", "IQ2_XXS", "IQ1_S"),
)
MOST_CONTEXT = 1 << 20


@dataclass(frozen=True)
class Placement:
    """on_gpu: layers of layers + 1 (the head) there;  experts_in_ram: layers whose experts are not; lines have `where`."""

    verdict: str
    on_gpu: int
    experts_in_ram: int
    lines: tuple[Line, ...]
    speed: Speed
    tight: bool = False

    def bytes(self, where: str, key: str = "bytes") -> int:
        """Bytes in "gpu" or "ram"; key: low, bytes or high."""
        return total(self.lines, key, where)


@dataclass(frozen=True)
class Job:
    """What is to be placed. gpus: none means all in RAM;  ram: bytes, 0 when it is not known."""

    model: Model
    weights: Weights
    settings: Settings
    gpus: Sequence[Device] = ()
    ram: int = 0
    ram_bandwidth: float = DEFAULT_RAM
    vision: bool = False

    @property
    def dims(self) -> Dims:
        """Of the model."""
        return self.model.dims

    @property
    def memory(self) -> int:
        """Bytes of all GPUs. vLLM takes its share only, and gives each the same part: the smallest decides."""
        if self.settings.runtime == "vllm" and self.gpus:
            least = min(device.memory for device in self.gpus)
            return round(least * len(self.gpus) * self.settings.utilization)
        return sum(device.memory for device in self.gpus)


def place(job: Job, layers: int | None = None, experts_in_ram: int | None = None) -> Placement:
    """The best placement, or one with so many layers on GPUs and so many layers' experts in RAM."""
    count = len(job.dims.layers)
    if not job.gpus:
        return _judged(job, 0, 0)
    if layers is not None or experts_in_ram is not None:
        return _judged(
            job, min(count + 1, count + 1 if layers is None else layers), min(count, experts_in_ram or 0)
        )
    whole = _judged(job, count + 1, 0)
    if whole.verdict == FITS or job.settings.runtime != "llama.cpp":
        return whole
    tried = []
    if job.dims.experts:
        k = _least(count, lambda n: _fits(job, count + 1, n))
        if k is not None:
            tried.append(_judged(job, count + 1, k))
    n = _least(count + 1, lambda n: _fits(job, count + 1 - n, 0))
    if n is not None and n <= count:
        tried.append(_judged(job, count + 1 - n, 0))
    tried = [found for found in tried if found.verdict != NOT]
    return max(tried, key=lambda found: found.speed.decode, default=whole)


def _least(most: int, holds: Callable[[int], bool]) -> int | None:
    """Least n from 0 to `most` for which a property that stays true holds, or None."""
    if not holds(most):
        return None
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _fits(job: Job, on_gpu: int, experts_in_ram: int) -> bool:
    return _on_gpus(job, _lines(job, on_gpu, experts_in_ram), on_gpu, experts_in_ram)


def _on_gpus(job: Job, lines: Sequence[Line], on_gpu: int, experts_in_ram: int) -> bool:
    """Whether GPUs hold what is theirs: layers in order, none of them split, beside the buffers that each GPU has."""
    held = [line for line in lines if line.where == "gpu"]
    if total(held) > job.memory:
        return False
    if len(job.gpus) < 2 or job.settings.runtime == "vllm":
        return True
    kept = cache.layers(job.dims, job.settings)
    first, count = len(job.dims.layers) + 1 - on_gpu, len(job.dims.layers)
    layers = [
        job.weights.blocks[i][0] + (0 if i < experts_in_ram else job.weights.blocks[i][1]) + kept[i].bytes
        for i in range(first, count)
    ]
    each = sum(line.bytes for line in held if line.part in ("compute", "output", "runtime")) / len(job.gpus)
    rooms = [device.memory - each for device in job.gpus]
    others = total(held) - each * len(job.gpus) - sum(layers)  # the head, on the last
    here = 0
    for size in [*layers, others]:
        while here < len(rooms) and rooms[here] < size:
            here += 1
        if here == len(rooms):
            return False
        rooms[here] -= size
    return True


def _judged(job: Job, on_gpu: int, experts_in_ram: int) -> Placement:
    lines = _lines(job, on_gpu, experts_in_ram)
    ram = total(lines, where="ram")
    room = job.memory if job.gpus else job.ram
    enough = (not job.gpus or _on_gpus(job, lines, on_gpu, experts_in_ram)) and (ram <= job.ram or not job.ram)
    whole = not job.gpus or (on_gpu > len(job.dims.layers) and not experts_in_ram)
    verdict = (FITS if whole else OFFLOAD) if enough else NOT
    tight = enough and total(lines, "high", "gpu" if job.gpus else "ram") > room > 0
    return Placement(
        verdict, on_gpu, experts_in_ram, tuple(lines), _speed(job, on_gpu, experts_in_ram), tight
    )


def _lines(job: Job, on_gpu: int, experts_in_ram: int) -> list[Line]:
    """All lines of a placement. Layers from `count - on_gpu + 1` on are on GPUs."""
    found = _weights(job, on_gpu, experts_in_ram)
    first = len(job.dims.layers) + 1 - on_gpu if job.gpus and on_gpu else len(job.dims.layers)
    found += cache.lines(job.dims, job.settings, start=first)
    found += [line.at("ram") for line in cache.lines(job.dims, job.settings, stop=first)]
    used = job.gpus if on_gpu else ()
    return found + runtimes.lines(job.model, job.settings, len(used), bool(used) and used[0].kind != "gpu")


def _split(job: Job, on_gpu: int, experts_in_ram: int) -> tuple[int, int]:
    """Bytes of weights on GPUs and in RAM."""
    w, count = job.weights, len(job.dims.layers)
    outside = sum(w.blocks[NO_BLOCK])
    blocks = [sum(w.blocks[i]) for i in range(count)]
    extra = w.total - outside - sum(blocks)  # layers for predicting further tokens, in a file that has them
    if not job.gpus or not on_gpu:
        return 0, w.total
    if job.settings.runtime != "llama.cpp":
        return w.total, 0
    first = count + 1 - on_gpu
    experts = sum(w.blocks[i][1] for i in range(first, min(count, experts_in_ram)))
    embedding = w.outside(*EMBEDDINGS)
    tied = w.outside("token_embd.weight") if job.dims.tied else 0
    gpu = sum(blocks[first:]) - experts + outside - embedding + tied
    return gpu, sum(blocks[:first]) + experts + embedding + extra


def _weights(job: Job, on_gpu: int, experts_in_ram: int) -> list[Line]:
    line = job.weights.line()
    gpu, ram = _split(job, on_gpu, experts_in_ram)
    count, found = len(job.dims.layers), []
    if gpu:
        text = line.formula
        if ram:
            moved = f", without experts of {experts_in_ram}" if experts_in_ram else ""
            text = f"{min(on_gpu - 1, count)} of {count} layers and the head{moved}: {line.formula}"
        found.append(replace(line, bytes=gpu, low=gpu, high=gpu, formula=text))
    if ram:
        name = "input embedding" if on_gpu > count and not experts_in_ram and gpu else "weights"
        text = (
            "read row by row, so it stays in RAM; a tied one is on the GPU too"
            if name != "weights"
            else line.formula
        )
        reference = SOURCE if name != "weights" else line.reference
        found.append(
            replace(
                line, name=name, bytes=ram, low=ram, high=ram, formula=text, reference=reference, where="ram"
            )
        )
    if job.vision and job.model.vision:
        size, where = 2 * job.model.vision, "gpu" if gpu else "ram"
        text = f"about {job.model.vision:,} weights x 2 bytes"
        found.append(Line("weights", "vision tower", size, text, "vision_config of its config.json", size * 9 // 10,
                          size * 6 // 5, "projector and positions are not counted", where))  # fmt: skip
    return found


def _speed(job: Job, on_gpu: int, experts_in_ram: int) -> Speed:
    """Ceilings: what a token reads in each memory. GPUs take turns (in vLLM they share), at the slowest's rate."""
    w, d = job.weights, job.dims
    share = d.experts_used / d.experts if d.experts else 1.0
    if d.experts and job.settings.sequences > 1:  # more sequences use more experts
        share = 1 - (1 - share) ** job.settings.sequences
    first = len(d.layers) + 1 - on_gpu if job.gpus and on_gpu else len(d.layers)
    head = (
        sum(w.blocks[NO_BLOCK]) - w.outside(*EMBEDDINGS) + (w.outside("token_embd.weight") if d.tied else 0)
    )
    reads = {"gpu": 0.0, "ram": 0.0}
    kept = cache.layers(d, job.settings)
    for i in range(len(d.layers)):
        here = "gpu" if i >= first else "ram"
        reads[here] += w.blocks[i][0] + kept[i].bytes
        reads["ram" if i < experts_in_ram else here] += share * w.blocks[i][1]
    reads["gpu" if job.gpus and on_gpu else "ram"] += head
    rates = [device.bandwidth for device in job.gpus]
    rate = min(rates, default=0.0) * (len(rates) if job.settings.runtime == "vllm" else 1)  # tensor parallel
    tflops = (
        min((device.tflops for device in job.gpus), default=0.0)
        if on_gpu > len(d.layers) and not experts_in_ram
        else 0
    )
    parts = [("GPU", round(reads["gpu"]), rate), ("RAM", round(reads["ram"]), job.ram_bandwidth)]
    return ceiling(parts, job.model.active_in_prompt, tflops, job.settings.sequences)


def most_context(job: Job) -> int:
    """Largest context, in steps of 256, that fits whole; 0 when none does."""
    limit = min(MOST_CONTEXT, job.dims.context or MOST_CONTEXT)

    def over(steps: int) -> bool:
        return (
            place(
                replace(job, settings=replace(job.settings, context=256 * (steps + 1))), *whole(job)
            ).verdict
            != FITS
        )

    count = _least(limit // 256, over)
    return limit // 256 * 256 if count is None or count >= limit // 256 else 256 * count


def best_quant(job: Job) -> str | None:
    """The GGUF file type with most bits that fits whole, or None."""
    for name in QUANTS:
        least = (
            0.9 * mix.FILE_TYPES[name].base.bits * job.model.parameters / 8
        )  # mixes have more bits than their base
        if least > (job.memory or job.ram):
            continue
        weights = weigh(job.model, Quant.parse(name, imatrix=name.startswith("I")))
        if place(replace(job, weights=weights), *whole(job)).verdict == FITS:
            return name
    return None


def whole(job: Job) -> tuple[int | None, int | None]:
    return (len(job.dims.layers) + 1, 0) if job.gpus else (None, None)
