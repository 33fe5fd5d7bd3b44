"""The place of a small explorer in a chapter: `[[explorer:NAME]]`."""

from html import escape
from typing import TYPE_CHECKING

from fourbit.book.page import Mistake

if TYPE_CHECKING:
    from fourbit.book.contents import Place

TOOL = "docs/tools/quantization-explorer/"
SMALL = {  # as EMBEDS of docs/assets/js/explorer.js: the address of the same settings, and what one can do there
    "grid": (
        "?bits=4",
        "round a row of a real layer yourself, at 2 to 8 bits and with other groups and grids",
    ),
    "sweep": ("?sweep=96", "watch GPTQ round a real layer column by column and push each error ahead"),
    "loud": (
        "?layer=smollm2-q&bits=4",
        "compare rounding, GPTQ and AWQ on a layer with loud channels, with little text and with more",
    ),
    "groups": (
        "?bits=4&group=32&symmetric=1",
        "weigh bits against group size on a real layer, with the bytes of each",
    ),
}


def explorer(place: "Place", argument: str) -> str:
    """`[[explorer:sweep]]`: without JavaScript a sentence with a link, else the explorer itself, when it comes near."""
    if argument not in SMALL:
        raise Mistake("a small explorer", repr(argument), f"use one of {', '.join(SMALL)}")
    query, what = SMALL[argument]
    tool = f"../{place.link(TOOL)}"  # a page is served from a folder of its own, one deeper than its file
    return place.stash(
        place.loads("explorer.css", "explorer-load.js")
        + f'<div class="fb-ex-embed" data-fb-explorer="{argument}"><p>In the '
        f'<a href="{escape(f"{tool}/{query}")}">Quantization Explorer</a> you can {what}.</p></div>'
    )
