"""How much a word of a message tells about which error it is."""

import math
from collections import Counter

from fourbit.kb.match import ANY

COMMON = 0.25  # weight of a word that tracebacks of any program have
TEXT = """
an and any are argument arguments as at be been but by call called can cannot check class code could data def
did directory do does error exception expected failed fails file files for found from function given got has have
if import in invalid is isn it its key last line list load loading make missing module most must name named no not
none object of on one only open or path please raise read recent required return run same self set should size
some str string such sure than that the there this to traceback true false try type unexpected unknown use used
using value valueerror runtimeerror typeerror oserror keyerror importerror attributeerror was were when which will
with without you your
"""
WORDS = frozenset(TEXT.split())


def weights(patterns: list[list[list[str]]]) -> dict[str, float]:
    """word -> weight; `patterns` has the patterns of each entry."""
    entries = Counter(word for one in patterns for word in {word for part in one for word in part} - {ANY})
    return {
        word: COMMON if word in WORDS else round(1 / (1 + math.log2(count)), 3)
        for word, count in sorted(entries.items())
    }
