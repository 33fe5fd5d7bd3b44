"""Text to calibration windows: every position a real token, counted in tokens, drawn from anywhere in the text."""

from pathlib import Path

from fourbit import tiny
from fourbit.calibration.cut import held_out, tokenize, windows
from fourbit.errors import UserError

DOMAINS = tiny.DOMAINS
__all__ = ["DOMAINS", "held_out", "read_text", "tokenize", "windows"]


def read_text(source: str, split: str = "calibration") -> str:
    """The text of a bundled domain ("docs", "code") or of a UTF-8 file; UserError when there is none."""
    if source in DOMAINS:
        return tiny.text(source, split)
    path = Path(source)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        domains = ", ".join(DOMAINS)
        raise UserError(
            f"{source}: no such file, and no bundled text of that name (there are: {domains})"
        ) from None
    except UnicodeDecodeError as error:
        raise UserError(
            f"{source}: not UTF-8 text (byte {error.start} is {error.object[error.start]:#04x})"
        ) from None
    except OSError as error:
        raise UserError(f"{source}: {error.strerror}") from None
    if not text.strip():
        raise UserError(f"{source}: the file holds no text")
    return text
