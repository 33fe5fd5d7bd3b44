"""The damage strip: one prompt continued by several versions of the tiny model, as recorded, its tokens colored by damage.

Static HTML; the version is chosen with radio buttons and CSS alone. The recorded runs are snippets/damage/.
"""

from html import escape
from typing import TYPE_CHECKING

from fourbit.book.numbers import find
from fourbit.book.page import Mistake

if TYPE_CHECKING:
    from fourbit.book.contents import Place

BOUNDS = (0.01, 0.05, 0.2, 0.5, 1.0, 2.0)  # nats, between the colors fb-k0 to fb-k6 of strip.css


def strip(place: "Place", argument: str) -> str:
    """`[[strip:docs|f16,q4_k,q2_k,rtn2|q4_k]]`: a recorded preset, its versions, the one that is shown first."""
    preset, _, rest = argument.partition("|")
    ids, _, first = rest.partition("|")
    rows = {row["id"]: row for row in find(place, "damage.versions.rows", table=True).value}
    recorded = find(place, f"damage.continuations.{preset}").value
    wanted = ids.split(",") if ids else list(rows)
    first = first or wanted[0]
    if unknown := [one for one in [*wanted, first] if one not in recorded["versions"]]:
        raise Mistake(
            f"versions of {', '.join(rows)}", repr(unknown[0]), "write [[strip:PRESET|ID,ID,...|ID]]"
        )
    choices = "".join(_choice(preset, rows[one], recorded["versions"][one], one == first) for one in wanted)
    views = "".join(_view(rows[one], recorded, one) for one in wanted)
    colors = "".join(f'<i class="fb-k{level}"></i>' for level in range(len(BOUNDS) + 1))
    return place.stash(
        f'<div class="fb-strip" data-search-exclude><fieldset class="fb-strip-choices"><legend>The same prompt, the same dice, written by</legend>'
        f'{choices}</fieldset><div class="fb-strip-views">{views}</div>'
        f'<p class="fb-strip-scale"><span>Each token: how far the prediction is from that of F16</span>'
        f'<span class="fb-strip-legend">none<span class="fb-strip-cells">{colors}</span>far</span></p></div>'
    )


def level(kl: float) -> int:
    """The color of a token."""
    return sum(kl >= bound for bound in BOUNDS)


def _choice(preset: str, row: dict, found: dict, checked: bool) -> str:
    cells = "".join(f'<i class="fb-k{level(kl)}"></i>' for kl in found["own"])
    return (
        f'<label class="fb-strip-choice"><input type="radio" name="fb-strip-{preset}" value="{row["id"]}"'
        f'{" checked" if checked else ""}><span class="fb-strip-name">{escape(row["name"])}</span> '
        f'<span class="fb-strip-size">{row["bits"]:.1f} bits</span>'
        f'<span class="fb-strip-cells" aria-hidden="true">{cells}</span></label>'
    )


def _view(row: dict, recorded: dict, name: str) -> str:
    found, prompt = recorded["versions"][name], recorded["prompt"]
    tokens = "".join(
        f'<span class="fb-k{level(kl)}">{escape(piece)}</span>'
        for piece, kl in zip(found["pieces"], found["own"], strict=True)
    )
    code = " fb-strip-code" if "\n" in prompt else ""
    return (
        f'<div class="fb-strip-view fb-strip-{name}"><p class="fb-strip-title">{escape(row["name"])}</p>'
        f'<p class="fb-strip-text{code}"><span class="fb-strip-prompt">{escape(prompt)}</span>{tokens}</p>'
        f'<p class="fb-strip-says">{_says(row, found)}</p></div>'
    )


def _says(row: dict, found: dict) -> str:
    size = f"{row['bits']:.1f} bits a weight"
    if row["id"] == "f16":
        return f"{size}, {row['bytes'] / 1e6:.1f} MB: what the others are measured against."
    picked, count = round(sum(found["picked"])), len(found["picked"])
    return f"{size}. F16 would have written {picked} of these {count} tokens; mean KL divergence {found['kl']:.2g} nats."
