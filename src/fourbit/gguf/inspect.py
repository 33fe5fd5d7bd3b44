"""What a model file holds and what each part of it costs, and what is damaged. Nothing that a file says is run.

Reads headers with the standard library alone, so that a look at a large file takes milliseconds; only the search for
NaN and infinity (gguf/scan.py) reads the weights, with NumPy.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from math import prod
from pathlib import Path

from fourbit.errors import UserError
from fourbit.gguf import header, mix, safetensors
from fourbit.gguf.contents import Report, Tensor
from fourbit.gguf.names import quantizable
from fourbit.gguf.reader import plain

DEEP = 2_000_000_000  # bytes of weights that are read without being asked: about a second or two
MAX_JSON = 20_000_000  # bytes of a config.json or tokenizer_config.json that is read
INDEX = "model.safetensors.index.json"
PART = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.gguf")


def inspect(
    path: Path, deep: bool | None = None, progress: Callable[[int], Callable[[str], None]] | None = None
) -> Report:
    """Look at a GGUF file, a safetensors file, or the folder of a model.

    deep      read the weights and look for NaN and infinity; None: when there are at most DEEP bytes of them
    progress  is called with the number of tensors to read, and gives what to call after each
    Raises UserError when the file cannot be understood: then nothing else of it can be trusted.
    """
    report = _folder(path) if path.is_dir() else _file(path)
    nbytes = sum(tensor.nbytes for tensor in report.tensors)
    if deep or (deep is None and nbytes <= DEEP):
        from fourbit.gguf.scan import Place, scan

        places = [Place(t.name, t.file, t.start, t.nbytes, t.type) for t in report.tensors]
        advance = progress(len(places)) if progress else lambda name: None
        report.damage += map(plain, scan(places, advance))
        report.scanned = True
    return report


def _file(path: Path) -> Report:
    try:
        with path.open("rb") as opened:
            first = opened.read(16)
    except FileNotFoundError:
        raise UserError(
            f"{path}: no such file; give a GGUF or safetensors file, or a model's folder"
        ) from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    is_gguf = first[:4] == b"GGUF" or not (path.suffix == ".safetensors" or first[8:9] == b"{")
    return _gguf([path]) if is_gguf else _safetensors(path, [path])


def _folder(path: Path) -> Report:
    files = sorted(path.glob("*.safetensors"))
    if files:
        return _safetensors(path, files)
    files = sorted(path.glob("*.gguf"))
    if not files:
        raise UserError(f"{path}: no *.gguf or *.safetensors in this folder; give one that has")
    models = {PART.sub(r"\1", file.name) for file in files}
    if len(models) > 1:
        raise UserError(f"{path}: holds {len(models)} GGUF models; name one, such as {files[0]}")
    return _gguf(files)


def _gguf(files: list[Path]) -> Report:
    """A GGUF model: one file, or all parts of it when one of them is given."""
    missing = []
    if found := PART.fullmatch(files[0].name):
        stem, total = found[1], int(found[3])
        names = [f"{stem}-{i:05}-of-{total:05}.gguf" for i in range(1, min(total, 9_999) + 1)]
        present = [files[0].parent / name for name in names if (files[0].parent / name).is_file()]
        missing = [name for name in names if files[0].parent / name not in present]
        files = present
    headers = [header.read(file) for file in files]
    first = headers[0]
    tensors = [
        Tensor(t.name, t.shape, t.type.name, t.weights, t.nbytes, file, head.data_start + t.offset)
        for file, head in zip(files, headers, strict=True)
        for t in head.tensors
    ]
    path = files[0] if len(files) == 1 else files[0].parent
    report = Report(
        path, f"GGUF {first.version}", sum(h.size for h in headers), dict(first.metadata), tensors
    )
    template = report.metadata.pop("tokenizer.chat_template", None)
    report.template = template if isinstance(template, str) else None
    report.mix = "" if missing else _compare_mix(report)
    if missing:
        report.damage.append(f"{len(missing)} of {len(missing) + len(files)} parts are missing: {missing[0]}")
    for file, head in zip(files, headers, strict=True):
        report.damage += [f"{file.name}: {what}" for what in _refused(head)]
    if len({tensor.name for tensor in tensors}) < len(tensors):
        report.damage.append("two parts hold tensors of the same name")
    if not missing and first.metadata.get("general.type", "model") == "model":
        layers = first.metadata.get(f"{first.arch}.block_count")
        present = {tensor.layer for tensor in tensors if tensor.name.startswith("blk.")}
        if present and type(layers) is int and 0 < layers <= 10_000:
            lost = sorted(set(range(layers)) - present)
            if lost:
                report.damage.append(
                    f"{len(lost)} of the {layers} layers have no tensors, the first is {lost[0]}"
                )
    return report


def _compare_mix(report: Report) -> str:
    """Whether the tensors have the types that llama.cpp chooses today for the type of the file."""
    number, arch = report.metadata.get("general.file_type"), report.metadata.get("general.architecture")
    named = {kind.id: name for name, kind in mix.FILE_TYPES.items()}.get(
        number if type(number) is int else None
    )
    if named is None or not isinstance(arch, str) or not report.tensors:
        return ""
    shapes = [(tensor.name, tensor.shape) for tensor in report.tensors]
    matrices = [tensor for tensor in report.tensors if quantizable(tensor.name, tensor.shape, arch)]
    other = []
    for imatrix in (False, True):
        chosen = mix.choose(shapes, named, arch, imatrix=imatrix, **mix.facts(report.metadata))
        differ = [tensor for tensor in matrices if chosen[tensor.name].type.name != tensor.type]
        if not differ:
            return f"the types are those that llama.cpp chooses for {named}"
        other.append((len(differ), differ[0], chosen[differ[0].name].type.name))
    count, first, expected = min(other)
    return (
        f"{count} of {len(matrices)} matrices have another type than llama.cpp chooses for {named}, "
        f"such as {plain(first.name)}: {first.type}, not {expected}"
    )


def _refused(head: header.Header) -> list[str]:
    """What the format allows and llama.cpp does not load."""
    found, end = [], 0
    for tensor in head.tensors:
        if tensor.offset != end:
            found.append(
                f"tensor {plain(tensor.name)} starts at {tensor.offset:,} of the data, the one before it ends at {end:,}: "
                "llama.cpp does not load files with gaps or in another order"
            )
            break
        end = -(-(end + tensor.nbytes) // head.alignment) * head.alignment
    long = [tensor.name for tensor in head.tensors if len(tensor.name.encode()) > 63]
    if long:
        found.append(f"{len(long)} tensor names are longer than llama.cpp's 63 bytes: {plain(long[0])}")
    return found


def _safetensors(path: Path, files: list[Path]) -> Report:
    """One safetensors file, or those of a folder with its config.json."""
    headers = [safetensors.read(file) for file in files]
    stored = [(file, head, t) for file, head in zip(files, headers, strict=True) for t in head.tensors]
    weights = _weights({t.name: t for _, _, t in stored})
    tensors = [
        Tensor(t.name, t.shape, t.dtype, weights[t.name], t.nbytes, file, head.data_start + t.offset)
        for file, head, t in stored
    ]
    notes = {f"__metadata__.{key}": value for head in headers for key, value in head.metadata.items()}
    report = Report(path, "safetensors", sum(head.size for head in headers), notes, tensors)
    names = Counter(tensor.name for tensor in tensors)
    report.damage += [f"tensor {plain(name)} is in {n} files" for name, n in names.items() if n > 1][:5]
    if path.is_dir():
        report.metadata = _flat(_json(path / "config.json")) | notes
        template = _json(path / "tokenizer_config.json").get("chat_template")
        jinja = path / "chat_template.jinja"
        if jinja.is_file() and jinja.stat().st_size < MAX_JSON:
            template = jinja.read_text(encoding="utf-8", errors="backslashreplace")
        report.template = template if isinstance(template, str) else None
        _compare_index(report, _json(path / INDEX), names)
    return report


def _compare_index(report: Report, index: dict, names: Counter) -> None:
    """Name what the index of a folder promises and its files do not hold."""
    promised = index.get("weight_map")
    if not isinstance(promised, dict):
        return
    files = {file for file in promised.values() if isinstance(file, str)}
    lost = sorted(file for file in files if not (report.path / Path(file).name).is_file())
    if lost:
        report.damage.append(f"{len(lost)} of {len(files)} files of {INDEX} are missing: {plain(lost[0])}")
    elif absent := sorted(promised.keys() - names.keys()):
        report.damage.append(f"{len(absent)} tensors of {INDEX} are in no file: {plain(absent[0])}")


def _weights(tensors: dict[str, safetensors.StoredTensor]) -> dict[str, int]:
    """How many weights each stands for: those of a GPTQ or AWQ layer count once, at its packed integers."""
    counts = {}
    for name, tensor in tensors.items():
        stem, _, last = name.rpartition(".")
        packed, scales = tensors.get(f"{stem}.qweight"), tensors.get(f"{stem}.scales")
        if not packed or not scales or len(packed.shape) != 2 or len(scales.shape) != 2:
            counts[name] = prod(tensor.shape)
        elif last == "qweight":
            order = tensors.get(f"{stem}.g_idx")  # GPTQ packs along the rows, AWQ along the columns
            rows = order.shape[0] if order and order.shape else packed.shape[0]
            counts[name] = rows * scales.shape[1]
        else:
            counts[name] = tensor.shape[0] if last == "bias" and tensor.shape else 0
    return counts


def _json(path: Path) -> dict:
    """A JSON object; empty when the file is not there. Raises UserError when it is damaged."""
    if not path.is_file():
        return {}
    try:
        if path.stat().st_size > MAX_JSON:
            raise ValueError
        found = json.loads(path.read_bytes())
        if isinstance(found, dict):
            return found
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        pass
    raise UserError(f"{path}: damaged: no JSON object of at most {MAX_JSON:,} bytes; download it again")


def _flat(value: dict, prefix: str = "", depth: int = 0) -> dict[str, object]:
    """Objects in objects as keys with dots."""
    flat = {}
    for key, item in value.items():
        if isinstance(item, dict) and item and depth < 4:
            flat |= _flat(item, f"{prefix}{key}.", depth + 1)
        else:
            flat[prefix + key] = item
    return flat
