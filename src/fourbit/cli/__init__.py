"""The `fourbit` command: its subcommands, and how a mistake of the user ends."""

import sys
import traceback
from importlib import import_module
from typing import TYPE_CHECKING

from fourbit.errors import UserError

if TYPE_CHECKING:
    import typer

COMMANDS = {  # in the order of --help; each is a function in a module of its own name, with an example of its use
    "calibration": "docs --model tiny --deploy code",
    "quantize": "tiny --bits 4 --group-size 64 --out tiny-4bit",
    "evaluate": "tiny-4bit --against tiny",
    "diagnose": "tiny-4bit --against tiny --text code",
    "report": "tiny-4bit",
    "gguf": "tiny --type q4_k_m --calib docs --out tiny.gguf",
    "inspect": "model.gguf --tensors",
    "run": "model.gguf 'Name three rivers.' --tokens 64",
    "vram": "llama-3.1-8b --quant Q4_K_M --gpu 'RTX 4090'",
    "errors": "'GGUF magic invalid'",
    "doctor": "--json",
    "check": "03_gptq --update",
}
EXTRAS = {  # modules that an installation may lack, and the extra that brings them
    **dict.fromkeys(("torch", "transformers", "safetensors", "huggingface_hub", "gguf", "libgguf"), "engine"),
    **dict.fromkeys(("xllamacpp", "jinja2"), "llamacpp"),
}


def program() -> None:
    """Quantize language models and measure what it cost."""


def build(names: list[str]) -> "typer.Typer":
    """The program with these commands: one that is called alone starts without importing the others."""
    import typer

    app = typer.Typer(
        no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown"
    )
    app.callback()(program)
    for name in names:
        function = getattr(import_module(f"fourbit.cli.{name}"), name)
        app.command(epilog=f"Example: `fourbit {name} {COMMANDS[name]}`")(function)
    return app


def main() -> None:
    """Entry point: a user's mistake ends with one line and exit code 1, never a traceback."""
    called = [name for name in sys.argv[1:2] if name in COMMANDS]
    try:
        if called == ["vram"]:  # has a parser of its own: importing typer takes longer than its answer
            from fourbit.cli.vram import main as vram

            return vram(sys.argv[2:])
        build(called or list(COMMANDS))()
    except UserError as error:
        _fail(error)
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        _fail(f"this command needs {error.name}; run: pip install 'fourbit[{EXTRAS[error.name]}]'")
    except Exception:
        from fourbit.cli.errors import explain

        if entry := explain(traceback.format_exc()):
            print(entry, file=sys.stderr)
        raise
    sys.exit(1)


def _fail(message: object) -> None:
    from fourbit.cli.console import fail  # rich, which only a failure needs here

    fail(message)
