"""Text to calibration windows: every position a real token, counted in tokens, drawn from anywhere in the text."""

from pathlib import Path

from fourbit import tiny
from fourbit.calibration.build import CalibrationSet, Part, build
from fourbit.calibration.cut import held_out, tokenize, windows
from fourbit.calibration.files import decode
from fourbit.calibration.report import Report, report
from fourbit.errors import UserError

DOMAINS = tiny.DOMAINS
__all__ = [
    "DOMAINS",
    "CalibrationSet",
    "Part",
    "Report",
    "build",
    "held_out",
    "read_text",
    "report",
    "tokenize",
    "windows",
]


def read_text(source: str, split: str = "calibration") -> str:
    """The whole text of a bundled domain ("docs", "code", "legal") or of a UTF-8 file; UserError if there is none."""
    if source in DOMAINS:
        return tiny.text(source, split)
    path = Path(source)
    try:
        text = decode(path.read_bytes(), path)
    except FileNotFoundError:
        domains = ", ".join(DOMAINS)
        raise UserError(
            f"{source}: no such file, and no bundled text of that name (there are: {domains})"
        ) from None
    except OSError as error:
        raise UserError(f"{source}: {error.strerror}") from None
    if not text.strip():
        raise UserError(f"{source}: the file holds no text")
    return text
