"""The `fourbit` command: its subcommands, and how a mistake of the user ends."""

import sys

import typer

from fourbit.cli.calibration import calibration
from fourbit.cli.check import check
from fourbit.cli.console import fail
from fourbit.cli.diagnose import diagnose
from fourbit.cli.evaluate import evaluate
from fourbit.cli.quantize import quantize
from fourbit.cli.report import report
from fourbit.errors import UserError

EXTRAS = {  # modules that an installation may lack, and the extra that brings them
    **dict.fromkeys(("torch", "transformers", "safetensors", "huggingface_hub", "gguf"), "engine"),
    "xllamacpp": "llamacpp",
}

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown"
)


@app.callback()
def program() -> None:
    """Quantize language models and measure what it cost."""


app.command(epilog="Example: `fourbit calibration docs --model tiny --deploy code`")(calibration)
app.command(epilog="Example: `fourbit quantize tiny --bits 4 --group-size 64 --out tiny-4bit`")(quantize)
app.command(epilog="Example: `fourbit evaluate tiny-4bit --against tiny`")(evaluate)
app.command(epilog="Example: `fourbit diagnose tiny-4bit --against tiny --text code`")(diagnose)
app.command(epilog="Example: `fourbit report tiny-4bit`")(report)
app.command(epilog="Example: `fourbit check 03_gptq --update`")(check)


def main() -> None:
    """Entry point: a user's mistake ends with one line and exit code 1, never a traceback."""
    try:
        app()
    except UserError as error:
        fail(error)
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        fail(f"this command needs {error.name}; run: pip install 'fourbit[{EXTRAS[error.name]}]'")
    sys.exit(1)
