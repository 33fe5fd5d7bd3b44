"""Datasets on the Hugging Face hub, streamed: never downloaded whole, never replaced by others when they fail."""

import re
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from fourbit import tiny
from fourbit.calibration.files import column_of
from fourbit.calibration.sources import Document, shuffled
from fourbit.errors import UserError

# Short names for what calibration tutorials use, corrected. What they commonly give, and what was found about it in
# pages, issues and code of others (none was loaded for this table):
PRESETS = {
    # "c4" alone is the old name. The repository has plain gzipped JSON lines and a configuration "en".
    "c4": "hf:allenai/c4/en@train#text",
    # "wikitext" alone is the old name. Rows are lines, not articles: they are joined below.
    "wikitext": "hf:Salesforce/wikitext/wikitext-2-raw-v1@train#text",
    # codeparrot/github-code has a loading script: "Dataset scripts are no longer supported" since datasets 4 (its
    # discussion 11). This one is gzipped JSON lines of Python files; it is not gated, unlike The Stack.
    "python": "hf:codeparrot/codeparrot-clean@train#content",
    # hendrycks/competition_math was taken down in January 2025 (DMCA). This is mathematical web text with LaTeX.
    "math": "hf:open-web-math/open-web-math@train#text",
    # medalpaca/medical_meadow_medqa exists, but its "input" is the question alone, of an exam, with its choices.
    # Its sibling has prose about medicine in "output".
    "medical": "hf:medalpaca/medical_meadow_wikidoc@train#output",
    # nguyen-brat/legal-dataset was found nowhere, and pile-of-law needs a loading script. Opinions of US courts:
    "caselaw": "hf:HFforLegal/case-law@us#document",
}
SPEC = re.compile(r"hf:(?P<id>[\w.-]+/[\w.-]+)(/(?P<subset>[^@#]+))?(@(?P<split>[^#]+))?(#(?P<column>.+))?")
ARTICLE = re.compile(r" = [^=].* = \s*")  # of WikiText: " = Title = "; sections have more signs


class Hub:
    """hf:owner/name[/subset][@split][#column]; split "train" unless given."""

    def __init__(self, spec: str, name: str | None = None, text_of: Callable[[dict], Document] | None = None):
        """name: what to call it, if not by the spec, as a preset;  text_of: as for Files."""
        match = SPEC.fullmatch(spec)
        if not match:
            raise UserError(
                f"{spec}: must be hf:OWNER/NAME, then optionally /SUBSET, @SPLIT and #COLUMN, in this order"
            )
        self.name, self.text_of = name or spec, text_of
        self.id, self.subset, self.column = match["id"], match["subset"], match["column"]
        self.split = match["split"] or "train"

    def documents(self, rng: np.random.Generator) -> Iterator[Document]:
        """Shards in random order, and documents shuffled within a buffer."""
        return shuffled(self._documents(int(rng.integers(2**31))), rng)

    def _documents(self, seed: int) -> Iterator[Document]:
        rows = self._rows(seed)
        first = next(rows, None)
        if first is None:
            return
        if self.text_of:
            for number, row in enumerate(_chain(first, rows), 1):
                try:
                    yield self.text_of(row)
                except ValueError as error:
                    raise UserError(f"{self.name}, row {number} as shuffled: {error}") from None
            return
        column = column_of(first, self.column, f"hf:{self.id}")
        if not isinstance(first[column], str | None):
            raise UserError(
                f"{self.name}: column {column!r} holds {type(first[column]).__name__} and not text"
            )
        texts = (row.get(column) for row in _chain(first, rows))
        for text in _articles(texts) if self.id.endswith("/wikitext") else texts:
            if text:
                yield Document(text, self.name)

    def _rows(self, seed: int) -> Iterator[dict]:
        try:
            import datasets
        except ModuleNotFoundError:
            raise UserError(
                f"{self.name}: datasets of the Hugging Face hub need the package datasets; run: "
                f"pip install 'fourbit[data]'; {_OFFLINE}"
            ) from None
        from huggingface_hub.utils import logging

        datasets.logging.set_verbosity_error()  # what it retries would be told once for each try
        logging.set_verbosity_error()
        datasets.disable_progress_bars()
        try:
            rows = datasets.load_dataset(self.id, self.subset, split=self.split, streaming=True)
            if not self.id.endswith("/wikitext"):
                rows = rows.shuffle(seed=seed, buffer_size=1)  # the shards only
            yield from rows
        except Exception as error:  # noqa: BLE001  of many libraries: the hub's client, HTTP, file formats
            raise UserError(f"{self.name}: {self._reason(error)}; {_OFFLINE}") from None

    def _reason(self, error: Exception) -> str:
        said = " ".join(str(error).split()) or type(error).__name__
        low = said.lower()
        if "gated" in low or "401" in low or "403" in low:
            return f"gated: accept its terms at https://huggingface.co/datasets/{self.id} and log in with `hf auth login`"
        if "dataset scripts are no longer supported" in low:
            return "needs a loading script, which `datasets` no longer runs; look for a copy of it as parquet"
        if type(error).__name__ == "DatasetNotFoundError" or "doesn't exist" in low:
            return "no such dataset on the Hugging Face hub, or a private one"
        if isinstance(error, ConnectionError | TimeoutError) or "connect" in low or "name or service" in low:
            return f"the Hugging Face hub cannot be reached ({said[:200]})"
        return f"cannot be read: {said[:300]}"  # unknown configurations and splits name those that exist


_OFFLINE = f"text without a network: {', '.join(tiny.DOMAINS)}, or a file"


def _chain(first, rest: Iterable) -> Iterator:
    yield first
    yield from rest


def _articles(lines: Iterable[str]) -> Iterator[str]:
    """WikiText's articles from its lines."""
    article: list[str] = []
    for line in lines:
        if ARTICLE.fullmatch(line) and article:
            yield "".join(article)
            article = []
        article.append(line)
    yield "".join(article)
