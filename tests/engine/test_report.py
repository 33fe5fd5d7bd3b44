"""The page: whole, self-contained, escaped, readable without color and on a phone."""

import json
import re
import sys
from dataclasses import asdict
from html.parser import HTMLParser

import pytest
from test_card import record

from fourbit.engine.recipe import LayerReport
from fourbit.engine.report import html
from fourbit.errors import UserError

VOID = {"meta", "br", "path", "use", "rect", "line"}


class Checked(HTMLParser):
    """Fails on tags that are not closed; collects ids and addresses."""

    def __init__(self, page: str):
        super().__init__()
        self.open, self.ids, self.addresses = [], [], []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "xlink:href"):
                self.addresses.append(value)

    def handle_startendtag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "xlink:href"):
                self.addresses.append(value)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def layers(kind="self_attn.q_proj", blocks=6, odd=3, **changes) -> list[dict]:
    errors = [1e-3 * (1 + 0.1 * i) * (30 if i == odd else 1) for i in range(blocks)]
    return [
        asdict(LayerReport(f"model.layers.{i}.{kind}", 64, 32, 4, 4096, e, 3e-3, "gptq")) | changes
        for i, e in enumerate(errors)
    ]


@pytest.fixture
def page(tmp_path):
    def make(**changes) -> str:
        (tmp_path / "fourbit.json").write_text(json.dumps(record(**changes)))
        return html(tmp_path)

    return make


def test_the_page_is_whole_and_asks_nobody_for_anything(page):
    text = page(layers=layers() + layers("mlp.up_proj"))
    checked = Checked(text)
    assert len(checked.ids) == len(set(checked.ids)) > 10
    assert checked.addresses and all(address.startswith("#") for address in checked.addresses)
    assert {address[1:] for address in checked.addresses} <= set(checked.ids)
    assert not re.search(r"url\((?!#)|@import|<script|<link", text)
    assert "prefers-color-scheme: dark" in text and 'name="viewport"' in text


def test_plots_take_the_colors_of_the_page_and_have_labels(page):
    text = page(layers=layers())
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(drawings) == 2
    for drawing in drawings:
        assert 'role="img" aria-label="' in drawing and "var(--stored)" in drawing
        assert not re.search(r"#[0-9a-f]{6}", drawing)
        assert "<text" in drawing
    assert "stroke-dasharray" in drawings[1]  # rounding is told apart by its line, not by color alone


def test_outliers_are_listed_with_their_cause(page):
    text = page(layers=layers(notes=["3 of 32 inputs were always zero: their columns are rounded"]))
    assert "model.layers.3.self_attn.q_proj</td><td>" in text and "dead input columns" in text
    assert "None: no layer is far above" in page(layers=layers(odd=None))


def test_experts_get_a_plot_of_their_tokens(page):
    routed = [layer | {"tokens": 100 * i} for i, layer in enumerate(layers("mlp.experts.0.up_proj"))]
    assert "Tokens per expert" in page(layers=routed)
    assert "Tokens per expert" not in page(layers=layers())


def test_text_from_models_is_escaped(page):
    def of(value):
        return {"value": value, "low": None, "high": None}

    quality = {"text": "a < b", "tokens": 9, "kl": of(0.1), "kl_p99": 1.0, "kl_above": of(0.2), "top1": of(0.9), "perplexity_ratio": of(1.0),
               "perplexity": of(9.0), "no_sample": "",
               "sample": {"prompt": "<script>alert(1)</script>", "base": "&amp;", "quantized": "x"}}  # fmt: skip
    text = page(layers=layers(), quality=quality)
    assert "<script" not in text and "&lt;script&gt;" in text and "&amp;amp;" in text and "a &lt; b" in text


def test_same_record_same_page(page):
    assert page(layers=layers()) == page(layers=layers())


def test_a_folder_without_a_record(tmp_path):
    with pytest.raises(UserError, match=r"no fourbit\.json there; give a directory made by"):
        html(tmp_path)
    (tmp_path / "fourbit.json").write_text("{")
    with pytest.raises(UserError, match="not valid JSON"):
        html(tmp_path)


def test_without_matplotlib(page, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UserError, match="pip install matplotlib"):
        page(layers=layers())
