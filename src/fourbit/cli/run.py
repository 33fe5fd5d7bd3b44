"""`fourbit run`: a GGUF file answers, in the terminal."""

import json
import math
import sys
from pathlib import Path
from typing import Annotated

import typer

from fourbit.cli.console import AsJson, err, warn
from fourbit.errors import UserError

STOPS = {
    "end": "",
    "tokens": "; ended by --tokens",
    "context": "; the context is full",
    "interrupted": "; interrupted",
}


def run(
    file: Annotated[Path, typer.Argument(help="GGUF file; of a split model, the first part")],
    prompt: Annotated[str, typer.Argument(help="What to say, or with --raw the text to continue")],
    tokens: Annotated[int, typer.Option(help="Write at most this many tokens")] = 256,
    temperature: Annotated[
        float, typer.Option(help="0: always the most likely token; 1: draw as the model says")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Of the draw; the same seed gives the same text")] = 0,
    context: Annotated[
        int | None,
        typer.Option(help="Tokens of prompt and answer to make room for; default: as many as asked for"),
    ] = None,
    threads: Annotated[int | None, typer.Option(help="Default: one for each physical core")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Continue the text; no chat template")] = False,
    as_json: AsJson = False,
) -> None:
    """Let llama.cpp answer PROMPT with the model in FILE, and compare its speed with what memory allows.

    The answer goes to standard output, the speed to standard error.
    """
    _check(prompt, tokens, temperature, seed, context, threads)
    from fourbit.gguf import bandwidth, header
    from fourbit.gguf.run import Llama, default_threads

    headers = _headers(file, header.read)
    threads = threads or default_threads()
    with Llama(file) as model:
        if not raw and model.template is None:
            warn(f"{file}: no chat template in it; the prompt goes in as it is")
        ids = model.encode(prompt, raw)
        if not ids:
            raise UserError("the prompt has no tokens; give some text")
        show = (lambda text: None) if as_json else _print
        result = model.generate(ids, show, tokens, temperature, seed, context, threads)
        gpu = model.gpu
    if not as_json:
        print(flush=True)
    read = bandwidth.bytes_per_token(headers, result.mean_context)
    speed = bandwidth.measure(threads)
    ceiling = speed / read
    if as_json:
        told = {"file": str(file), "temperature": temperature, "seed": seed, "threads": threads, "raw": raw}
        limits = {"bytes_per_token": read, "bandwidth": speed, "ceiling": ceiling}
        print(json.dumps(told | vars(result) | limits))
        return
    lines = [
        f"prompt: {result.prompt_tokens:,} tokens{_rate(result.prompt_rate)}",
        f"answer: {result.tokens:,} tokens{_rate(result.rate)}{STOPS[result.stop]}",
        f"at most {ceiling:,.0f} tokens/s: a token reads {read / 1e6:,.1f} MB, at {speed / 1e9:.1f} GB/s measured",
    ]
    if gpu:
        lines.append("the bandwidth is that of the processor; llama.cpp used a GPU, which may read faster")
    elif read < bandwidth.cache_size():
        lines.append(
            f"the processor has {bandwidth.cache_size() / 1e6:,.0f} MB of cache, so memory is no limit here"
        )
    for line in lines:
        err.print(line, style="dim", highlight=False)


def _rate(rate: float | None) -> str:
    return f", {rate:,.0f} tokens/s" if rate else ""


def _check(prompt, tokens, temperature, seed, context, threads) -> None:
    """What can be said of the options alone."""
    if not prompt:
        raise UserError("the prompt is empty; give some text")
    if tokens < 1:
        raise UserError(f"--tokens {tokens}: must be at least 1")
    if not (math.isfinite(temperature) and temperature >= 0):
        raise UserError(f"--temperature {temperature:g}: must be 0 or more")
    if not 0 <= seed < 2**32 - 1:  # llama.cpp draws a seed of its own for the last one
        raise UserError(f"--seed {seed}: must be from 0 to {2**32 - 2}")
    if context is not None and context < 1:
        raise UserError(f"--context {context}: must be at least 1")
    if threads is not None and threads < 1:
        raise UserError(f"--threads {threads}: must be at least 1")


def _headers(file: Path, read) -> list:
    """The headers of a file, or of all parts of a split model."""
    first = read(file)
    parts = first.metadata.get("split.count", 1)
    if parts == 1:
        return [first]
    if first.metadata.get("split.no") != 0:
        raise UserError(f"{file}: a later part of a split model; give the first of its {parts} parts")
    names = (file.name.replace("-00001-of-", f"-{part:05}-of-") for part in range(2, parts + 1))
    return [first, *(read(file.with_name(name)) for name in names)]


def _print(text: str) -> None:
    """As it comes; a model must not send commands to the terminal, so control characters are left out."""
    sys.stdout.write("".join(one for one in text if one.isprintable() or one in "\n\t" or ord(one) > 159))
    sys.stdout.flush()
