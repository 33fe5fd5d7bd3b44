"""`fourbit vram`: what a model takes in memory, and whether it fits. Standard library only, so that it starts fast."""

import argparse
import json
import sys
from typing import NoReturn

from fourbit.errors import UserError

WIDTH = 80
COLORS = {"weights": 34, "cache": 32, "compute": 33, "output": 33, "runtime": 35, "work": 33}  # ANSI's
MARKS = {"weights": "█", "cache": "▓", "compute": "▒", "output": "▒", "runtime": "░", "work": "▓"}
QUANTS = ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "IQ4_XS", "Q3_K_M", "Q2_K")
CONTEXTS = (4096, 8192, 16384, 32768, 65536, 131072)
OPTIONS = (  # name, default, help
    (
        "--quant",
        "",
        "a GGUF file type such as Q4_K_M, or gptq, gptq-3-64, awq, nf4, nf4-dq, int8, fp8, mxfp4, bf16",
    ),
    ("--context", 8192, "tokens, all sequences together"),
    ("--ram", 0.0, "GB of RAM; 0: not asked"),
    ("--ram-bandwidth", 89.6, "GB/s; the default is two channels of DDR5-5600"),
    ("--cache", "f16", "type of keys and values: f16, q8_0, q4_0, ..."),
    ("--cache-v", "", "type of values, if another"),
    ("--sequences", 1, "parallel sequences"),
    ("--batch", 2048, "logical batch"),
    ("--ubatch", 512, "tokens computed at once"),
    ("--outputs", 0, "tokens whose logits are wanted at once; 0: one per sequence"),
    ("--runtime", "llama.cpp", "llama.cpp, vllm, transformers, or quantize for `fourbit quantize` itself"),
    ("--utilization", 0.9, "share of the card that vLLM takes"),
    ("--layers", -1, "layers on the GPU (-ngl); -1: as many as fit"),
    ("--experts-in-ram", -1, "layers whose experts stay in RAM; -1: as few as needed"),
)
SWITCHES = (
    ("--unified", "one cache for all sequences"),
    ("--no-flash", "without flash attention"),
    ("--imatrix", "quantized with an importance matrix"),
    ("--vision", "count the vision tower too"),
    ("--explain", "formula and reference of each line"),
    ("--compare", "a matrix of quantizations and contexts"),
    ("--json", "one JSON object instead of a table"),
)
EXAMPLE = "Example: fourbit vram llama-3.1-8b --quant Q4_K_M --context 8192 --gpu 'RTX 4090'"


class Parser(argparse.ArgumentParser):
    """argparse with this program's way to end: one line."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; fourbit vram --help says more")


def parser() -> Parser:
    """The options of `fourbit vram`."""
    about = "Compute what a model takes in memory, whether it fits a GPU, and what would."
    found = Parser("fourbit vram", description=about, epilog=EXAMPLE)
    text = "a model of the table, a config.json or its folder, a .gguf file, or numbers: layers=32,embed=4096,..."
    found.add_argument("model", nargs="?", default="", help=text)
    text = "a name of the table, '2 x RTX 3090', 24GB, 24GB@1008 (GB/s), or auto for this machine; may be repeated"
    found.add_argument("--gpu", action="append", default=[], help=text)
    found.add_argument(
        "--list", default="", metavar="TABLE", help="models or hardware: the names of the table"
    )
    for name, default, text in OPTIONS:
        metavar = {"": "NAME", "f16": "TYPE", "llama.cpp": "NAME"}.get(default, "N")
        found.add_argument(name, type=type(default), default=default, help=text, metavar=metavar)
    for name, text in SWITCHES:
        found.add_argument(name, action="store_true", help=text)
    return found


def main(arguments: list[str]) -> None:
    """The command, from its arguments; without typer and rich, which take longer to import than this to run."""
    a = parser().parse_args(arguments)
    from fourbit.vram import devices, estimate, settings, weights  # after --help, which needs none of them
    from fourbit.vram.lines import GIB

    if a.list:
        return _list(a.list, a.json)
    _check(a)
    read = _model(a.model)
    asked = settings.Settings(
        a.context, a.sequences, a.cache, a.cache_v or a.cache, not a.no_flash, a.batch, a.ubatch, a.outputs, a.unified,
        a.runtime, a.utilization,
    )  # fmt: skip
    found = [device for text in a.gpu for device in devices.read(text)]
    auto = any(text.strip().lower() == "auto" for text in a.gpu)
    given = devices.ram() if auto and not a.ram else round(a.ram * GIB)
    if a.compare:
        limit = read.dims.context or CONTEXTS[-1]
        contexts = [c for c in CONTEXTS if c <= limit] or [limit]
        rows = estimate.compare(read, [a.quant] if a.quant else QUANTS, contexts, asked, found, given)
        return _matrix(rows, read, a.json)
    kind = weights.Quant.parse(a.quant, a.imatrix) if a.quant else None
    if kind is None and read.types is None:
        kind = weights.Quant.parse("Q4_K_M" if a.runtime == "llama.cpp" else read.stored or "bf16", a.imatrix)
    answer = estimate.estimate(
        read,
        kind,
        asked,
        found,
        ram=given,
        ram_bandwidth=a.ram_bandwidth,
        layers=None if a.layers < 0 else a.layers,
        experts_in_ram=None if a.experts_in_ram < 0 else a.experts_in_ram,
        vision=a.vision,
    )
    if a.json:
        print(json.dumps(answer.as_dict()))
    else:
        _show(answer, a.explain)
    return None


def vram() -> None:
    """Compute what a model takes in memory, whether it fits a GPU, and what would."""
    main(sys.argv[2:])  # listed by typer only: fourbit.cli.main calls `main` itself


def _check(a: argparse.Namespace) -> None:
    """UserError for numbers that cannot be; Settings checks the others."""
    if not a.model:
        raise UserError("say which model: fourbit vram llama-3.1-8b; all names: fourbit vram --list models")
    if not 0 <= a.ram <= 1 << 20:
        raise UserError(f"--ram {a.ram:g}: give GB, from 0 to {1 << 20:,}")
    if not 0 < a.ram_bandwidth <= 1 << 20:
        raise UserError(f"--ram-bandwidth {a.ram_bandwidth:g}: give GB/s, more than 0")
    for name in ("layers", "experts_in_ram"):
        if not -1 <= getattr(a, name) <= 4096:
            option = name.replace("_", "-")
            raise UserError(
                f"--{option} {getattr(a, name)}: give a number of layers; -1 leaves it to fourbit"
            )


def _model(text: str):
    from fourbit.vram import model

    if "=" not in text:
        return model.read(text)
    numbers = {}
    for pair in text.split(","):
        name, _, value = pair.partition("=")
        if not value.strip().lstrip("-").isdigit():
            raise UserError(
                f"{pair.strip()!r}: numbers are given as layers=32,embed=4096,heads=32,feed=14336,vocab=128256"
            )
        numbers[name.strip()] = int(value)
    return model.from_numbers(**numbers)


def _say(text: str = "", color: int = 0) -> None:
    print(f"\x1b[{color}m{text}\x1b[0m" if color and sys.stdout.isatty() else text)


def _list(what: str, as_json: bool) -> None:
    from fourbit.vram import tables

    if what not in ("models", "hardware"):
        raise UserError(f"--list {what}: give models or hardware")
    found = getattr(tables, what)()
    if as_json:
        print(json.dumps(found))
        return
    for key, entry in found.items():
        size = (
            f"{entry['parameters']:8.2f} B"
            if what == "models"
            else f"{entry['memory']:7g} GB {entry['bandwidth']:6g} GB/s"
        )
        _say(f"{key:28} {size}  {entry['name']}"[:WIDTH])


def _matrix(rows: list[dict], model, as_json: bool) -> None:
    """Rows of estimate.compare: a quantization a line, a context a column."""
    from fourbit.vram.lines import size

    if as_json:
        print(json.dumps({"model": model.name, "rows": rows}))
        return
    contexts = sorted({row["context"] for row in rows})
    _say(f"{model.name}: memory in all, by quantization and context in tokens")
    _say(f"{'':10}{'bits':>6}" + "".join(f"{c:>10,}" for c in contexts))
    for quant in dict.fromkeys(row["quant"] for row in rows):
        mine = {row["context"]: row for row in rows if row["quant"] == quant}
        bits = next(iter(mine.values()))["bits_per_weight"]
        marks = {"fits": "", "fits with offload": "~", "does not fit": "!", None: ""}
        _say(
            f"{quant:10}{bits:6.2f}"
            + "".join(f"{marks[mine[c]['verdict']] + size(mine[c]['bytes']):>10}" for c in contexts)
        )
    if any(row["verdict"] not in (None, "fits") for row in rows):
        _say("~ fits with a part in RAM   ! does not fit")


def _show(answer, explain: bool) -> None:
    """The answer for people, in 80 columns."""
    from fourbit.vram.lines import size, total

    s, m, w = answer.settings, answer.model, answer.weights
    _say(f"{m.name}: {m.parameters / 1e9:.2f} billion weights, {w.quant}, {w.bits:.2f} bits each"[:WIDTH])
    several = f" in {s.sequences} sequences" if s.sequences > 1 else ""
    where = ", ".join(dict.fromkeys(d.name for d in answer.gpus)) or "RAM"
    many = f"{len(answer.gpus)} x " if len(answer.gpus) > 1 else ""
    _say(f"{s.runtime}, {s.context:,} tokens{several}, on {many}{where}"[:WIDTH])
    gpus = [device for device in answer.gpus if device.kind != "cpu"]
    room = sum(device.memory for device in gpus)
    if gpus:
        _bar([line for line in answer.lines if line.where == "gpu"], room)
    elif answer.ram or answer.gpus:
        _bar(list(answer.lines), answer.ram or answer.gpus[0].memory)
    _say()
    _say(f"{'':25}{'GPU':>11}{'RAM':>11}  range")
    for line in answer.lines:
        span = "exact" if line.exact else f"{size(line.low)} to {size(line.high)}"
        cells = {"gpu": "", "ram": "", line.where: size(line.bytes)}
        _say(f"{line.name[:25]:25}{cells['gpu']:>11}{cells['ram']:>11}  {span}", COLORS[line.part])
        if explain:
            for text in (
                f"= {line.formula}",
                f"  [{line.reference}]",
                f"  ({line.reason})" if line.reason else "",
            ):
                _wrap(text, 4)
    sums = {key: total(answer.lines, where=key) for key in ("gpu", "ram")}
    where = "gpu" if sums["gpu"] else "ram"  # where there is less room
    low, high = (total(answer.lines, key, where) for key in ("low", "high"))
    cells = {key: size(value) if value else "" for key, value in sums.items()}
    span = f"{'GPU: ' if all(sums.values()) else ''}{size(low)} to {size(high)}"
    _say(f"{'total':25}{cells['gpu']:>11}{cells['ram']:>11}  {span}")
    _verdict(answer, explain)


def _bar(lines, room: int) -> None:
    """A bar as wide as the memory, and what its marks mean."""
    from fourbit.vram.lines import size, total

    used = total(lines)
    label = f" {size(used)} of {size(room)}"
    wide = WIDTH - len(label) - 2
    scale = wide / max(used, room)
    parts, cells, done = {}, "", 0.0
    for line in lines:
        mark = MARKS[line.part]
        parts[mark] = parts.get(mark, 0) + line.bytes
    for mark, count in parts.items():
        done += count * scale
        cells += mark * max(0, round(done) - len(cells))
    edge = round(room * scale)
    cells = cells[:wide].ljust(wide, "·")
    cells = cells[:edge] + ("!" * (wide - edge) if used > room else "") if edge < wide else cells
    _say(f"[{cells}]{label}", 31 if used > room else 0)
    words = {"█": "weights", "▓": "cache", "▒": "buffers", "░": "runtime"}
    _say("  ".join(f"{mark} {words[mark]} {size(count)}" for mark, count in parts.items()))


def _wrap(text: str, indent: int) -> None:
    import textwrap

    if text:
        for part in textwrap.wrap(text, WIDTH - indent, subsequent_indent="  "):
            _say(" " * indent + part, 90)


def _verdict(answer, explain: bool) -> None:
    found = answer.placement
    _say()
    if found and (answer.gpus or answer.ram):
        count = len(answer.model.dims.layers)
        colors = {"fits": 32, "fits with offload": 33, "does not fit": 31}
        text = found.verdict
        if found.verdict == "fits with offload" and found.experts_in_ram:
            text += f": the experts of {found.experts_in_ram} layers in RAM (llama.cpp: --n-cpu-moe {found.experts_in_ram})"
        elif found.verdict == "fits with offload":
            text += f": {found.on_gpu} of {count + 1} layers on the GPU (llama.cpp: -ngl {found.on_gpu})"
        elif found.tight:
            text += ", but the upper end of the range does not"
        _say(text, colors[found.verdict])
    if found and found.speed.decode:
        prompt = f", prompts {found.speed.prefill:,.0f}" if found.speed.prefill else ""
        _say(f"ceiling of speed: {found.speed.decode:,.1f} tokens/s{prompt}; real runs stay below")
        if explain:
            _wrap(f"= {found.speed.formula}", 4)
            _wrap(f"  [{found.speed.reference}]", 4)
    for text in answer.advice:
        _wrap(f"- {text}", 0)
    for device in {d.note: d for d in answer.gpus if d.note}.values():
        _wrap(f"note: {device.name}: {device.note}", 0)
    for text in answer.warnings:
        print(f"warning: {text}", file=sys.stderr)
