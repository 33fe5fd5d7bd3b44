"""Legal text that may be copied: licenses that allow it in their own words, and two documents of the United States.

No installation carries these texts. To make them again, unpack two packages and give their folders:

    npm pack spdx-license-list@6.12.0                      package/licenses/*.json
    apt-get download miscfiles  (Debian, 1.5+dfsg-4)       usr/share/state/us-*.gz
    python -m fourbit.tiny.corpus --spdx package/licenses --state usr/share/state
"""

import gzip
import json
import re
from pathlib import Path

import numpy as np

from fourbit.calibration.duplicates import NEAR, WORD, minima

# In the license itself. Creative Commons "dedicates the text of our licenses and other legal tools [...] to the public
# domain" with CC0: https://creativecommons.org/2015/02/25/why-creative-commons-uses-cc0/
ALLOWED = re.compile(
    r"everyone is (permitted to copy and|allowed to) distribute (verbatim )?(copies of )?this (license|agreement)"
    r"|permission is (hereby )?granted to copy(, distribute, or communicate| and distribute) this license without"
    r"|permission (is granted )?to copy and distributed? verbatim copies of this (license|document)",
    re.IGNORECASE,
)
NOT_ENGLISH = re.compile(r"-(AT|DE|FR|IGO-FR|JP|NL)$")
# Other names of the same text; licenses that others made from one that allows copies but no changes; and two of
# Creative Commons that are not among its licenses.
LEFT_OUT = re.compile(r"(-only|-or-later|\+|invariants.*|-exception|INRIA.*)$|^TGPPL|^CC-PD")
SHORTEST = 1500  # characters
HELD_OUT = ("Artistic-2.0", "EPL-2.0", "LPPL-1.3c", "QPL-1.0", "us-declaration")  # for evaluation
KIN = re.compile(r"^(Artistic|CPL|EPL|LPPL|QPL)-")  # relatives of those: in neither part


def documents(spdx: Path, state: Path) -> dict[tuple[str, str], list[str]]:
    """Texts by ("legal", split), split in train|held_out; near duplicates left out, the longest kept."""
    found = {path.stem: gzip.decompress(path.read_bytes()).decode() for path in state.glob("us-*.gz")}
    for path in sorted(spdx.glob("*.json")):
        text = json.loads(path.read_text(encoding="utf-8"))["licenseText"]
        allowed = path.stem.startswith("CC") or ALLOWED.search(" ".join(text.split()))
        if (
            allowed
            and len(text) >= SHORTEST
            and not NOT_ENGLISH.search(path.stem)
            and not LEFT_OUT.search(path.stem)
        ):
            found[path.stem] = text
    kept: dict[str, np.ndarray] = {}
    for name in sorted(found, key=lambda name: (name not in HELD_OUT, -len(found[name]), name)):
        signature = minima(WORD.findall(found[name].lower()))
        similar = any((signature == other).mean() >= NEAR for other in kept.values())
        if name in HELD_OUT or not (KIN.search(name) or similar):
            kept[name] = signature
    return {
        ("legal", split): [found[name].strip() for name in sorted(kept) if (name in HELD_OUT) == held_out]
        for split, held_out in (("train", False), ("held_out", True))
    }
