"""Which numbers in prose count as measured."""

import pytest

from fourbit.book.page import Page
from fourbit.book.prose import bare_numbers

BARE = {
    "It takes 12 GB.": "12 GB",
    "It takes 4.58 GiB and no more.": "4.58 GiB",
    "Reads at 1,008 GB/s.": "1,008 GB/s",
    "About 33.0 tok/s here.": "33.0 tok/s",
    "About 33 tokens/s here.": "33 tokens/s",
    "It is 2.6x worse.": "2.6x",
    "It is 3.3\u00d7 better.": "3.3\u00d7",
    "Only 53% of it.": "53%",
    "After 250 ms.": "250 ms",
    "After 5 s.": "5 s",
    "After 5 seconds.": "5 seconds",
    "A 15-minute run.": "15-minute",
    "After 15 minutes.": "15 minutes",
    "Draws 300 W.": "300 W",
    "At 4.25 bpw it fits.": "4.25 bpw",
    "At 4.25 bits per weight.": "4.25 bits per weight",
    "A KL of 0.268 nats.": "0.268 nats",
    "It has a perplexity of 18.07.": "perplexity of 18.07",
    "# Save 75%": "75%",
    "| a | 12 MB |\n|---|---|": "12 MB",
}


@pytest.mark.parametrize("text", BARE)
def test_measured(text):
    assert list(bare_numbers(Page("docs/x.md", text))) == [(1, BARE[text])]


@pytest.mark.parametrize(
    "text",
    [
        "4-bit weights, group size 128, Llama-3.1-8B, chapter 3, 2026-11-21, 4x4 tiles.",
        "It takes [[r:01_a.b.c|.1f]] GB and [[r:01_a.b.d|.1%]].",
        "The paper measures 3.25 GB [[cite:gptq|Table 2]].",
        "The paper says: 3.25 GB. [[cite:gptq]]",
        "`12 GB` and $12 s$",
        "> They say 12 GB.\n> And 3x.",
        "<!-- 12 GB -->",
        "```text\n12 GB\n```",
        "---\ndescription: 12 GB\n---\n",
        "[text](https://example.org/12%20GB)",
    ],
)
def test_not_measured(text):
    assert list(bare_numbers(Page("docs/x.md", text))) == []


def test_a_citation_covers_its_own_sentence_only():
    page = Page(
        "docs/x.md", "# T\n\nThey say\n3 GB [[cite:a]]. We\nsay 4 GB.\n- item with 5 GB\n- [[cite:a]]\n"
    )
    assert list(bare_numbers(page)) == [(5, "4 GB"), (6, "5 GB")]
