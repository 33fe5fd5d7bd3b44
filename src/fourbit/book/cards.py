"""Pictures that stand for a page where its link is shared: docs/assets/built/cards/, 1200 x 630, in the site's own type."""

import hashlib
import json
from functools import cache
from io import BytesIO
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from fourbit.book.feeds import GROUPS
from fourbit.book.page import Page, read_pages

FOLDER = "docs/assets/built/cards"
FONT = "docs/assets/vendor/inter/inter-latin-wght-normal.woff2"
SIZE = (1200, 630)
EDGE = 80
PAPER, INK, SOFT, ACCENT, LINE = "#fdfcfa", "#1d2125", "#4d555c", "#0b6e69", "#dedad2"
LEVELS = (0.31, 0.52, 0.4, 0.77, 0.62, 0.93, 1.0, 0.86, 0.68, 0.79, 0.48, 0.58, 0.35, 0.44, 0.27, 0.2)


def build(root: Path) -> None:
    """A card for each page whose title or description changed."""
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    look = hashlib.sha256(Path(__file__).read_bytes() + (root / FONT).read_bytes()).hexdigest()
    known = folder / "cards.json"
    before = json.loads(known.read_text("utf-8")) if known.is_file() else {}
    now = {file_name(page): [*texts(page), look] for page in read_pages(root)}
    for name, what in now.items():
        if before.get(name) != what or not (folder / name).is_file():
            draw(root, *what[:3]).quantize(48).save(folder / name, optimize=True)
    for old in {path.name for path in folder.glob("*.png")} - set(now):
        (folder / old).unlink()
    known.write_text(json.dumps(now, indent=0), encoding="utf-8")


def file_name(page: Page) -> str:
    """docs/learn/03-gptq.md has learn-03-gptq.png; overrides/main.html forms the same name."""
    return Path(page.name).relative_to("docs").with_suffix(".png").as_posix().replace("/", "-")


def texts(page: Page) -> tuple[str, str, str]:
    """Part of the site, title, description."""
    front = {key: value.strip("\"'") for key, value in page.front_matter.items()}
    group = GROUPS.get(Path(page.name).parent.name, "")
    return group, front.get("title", page.title).replace('\\"', '"'), front.get("description", "")


@cache
def _font(path: Path, size: int, weight: int) -> ImageFont.FreeTypeFont:
    font = TTFont(path)
    font.flavor = None
    whole = BytesIO()
    font.save(whole)
    whole.seek(0)
    made = ImageFont.truetype(whole, size)
    made.set_variation_by_axes([weight])
    return made


def draw(root: Path, group: str, title: str, description: str) -> Image.Image:
    """One card."""
    path = root / FONT
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    wide = SIZE[0] - 2 * EDGE
    pen.text((EDGE, 64), "fourbit", ACCENT, _font(path, 34, 700))
    if group:
        pen.text((EDGE + 150, 64), group, SOFT, _font(path, 34, 450))
    size = next(
        size
        for size in (68, 58, 48, 40)
        if size == 40 or len(_wrap(title, _font(path, size, 680), wide)) <= 3
    )
    top = 150
    for line in _wrap(title, _font(path, size, 680), wide)[:4]:
        pen.text((EDGE, top), line, INK, _font(path, size, 680))
        top += round(size * 1.18)
    font = _font(path, 30, 430)
    lines = _wrap(description, font, wide)
    room = max(1, (SIZE[1] - 150 - top - 20) // 42)
    if len(lines) > room:
        lines = [*lines[: room - 1], f"{lines[room - 1].rstrip(',;:. ')}…"]
    for number, line in enumerate(lines):
        pen.text((EDGE, top + 24 + 42 * number), line, SOFT, font)
    _levels(pen)
    return image


def _levels(pen: ImageDraw.ImageDraw) -> None:
    """Sixteen bars: what four bits can say."""
    base, step = SIZE[1] - 48, (SIZE[0] - 2 * EDGE) / len(LEVELS)
    pen.line((EDGE, base, SIZE[0] - EDGE, base), LINE, 2)
    for number, height in enumerate(LEVELS):
        left = EDGE + number * step
        pen.rectangle((left, base - round(64 * height), left + step * 0.62, base), ACCENT)


def _wrap(text: str, font: ImageFont.FreeTypeFont, wide: int) -> list[str]:
    """Lines that are at most `wide` pixels, one at least."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= wide or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
