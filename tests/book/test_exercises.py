"""Exercises that the page checks: what one starts with fails with a hint, the tested solution passes."""

import libgguf
import numpy as np
import pytest

from fourbit.book import browser, inpage
from fourbit.book.page import read_pages
from fourbit.book.snippets import discover
from fourbit.gguf.types import TYPES


def exercises(root):
    return [one for one in discover(root) if browser.is_exercise(one)]


def check(snippet, code, monkeypatch):
    monkeypatch.chdir(snippet.root)
    return inpage.run(inpage.attempt(snippet.text, code), snippet.file, [], lambda kind, text: None)


def section(snippet, name):
    first, last = inpage.sections(snippet.text)[name]
    return "\n".join(snippet.text.splitlines()[first:last])


def test_there_are_enough_and_each_can_run_in_the_page(root):
    found = exercises(root)
    assert {one.chapter[:2] for one in found} >= {"02", "03", "04", "05", "10"}
    assert [one.name for one in found if browser.obstacle(one)] == []


def test_every_start_fails_with_a_hint_and_every_solution_passes(root, monkeypatch):
    for one in exercises(root):
        start, solution = section(one, "start"), section(one, "solution")
        found = check(one, start, monkeypatch)
        assert found.get("section") == "check" and found["assert"] and found["message"], (one.name, found)
        assert check(one, f"{start}\n\n{solution}", monkeypatch) == {}, one.name
        asserts = [line for line in section(one, "check").splitlines() if line.lstrip().startswith("assert")]
        assert asserts and all("," in line for line in asserts), f"{one.name}: an assert without a hint"


def test_pages_show_the_start_and_hide_the_asserts_until_the_solution(root):
    for one in exercises(root):
        shown = [
            (fence.indent, part)
            for page in read_pages(root)
            for fence in page.fences
            for name, part in fence.includes
            if name == one.name
        ]
        assert ("", "start") in shown and ("    ", "solution") in shown, one.name
        assert ("", "check") not in shown, one.name


@pytest.mark.parametrize(
    ("name", "old", "new", "hint"),
    [
        ("02_formats/exercise_encode", "+ 0.5, 15", ", 15", "off by one"),
        ("02_formats/exercise_encode", "codes[:, :16] | codes[:, 16:] << 4", "codes[:, ::2] | codes[:, 1::2] << 4", "0 to 15"),
        ("03_gptq/exercise_order", "V[:, np.argsort(columns)]", "V", "put each back"),
        ("03_gptq/exercise_order", "-np.diag(H)", "np.diag(H)", "largest"),
        ("04_awq/exercise_fold", "gate * s,", "gate * s / t[:, None],", "silu"),
        ("04_awq/exercise_fold", "norm / s", "norm * s", "norm undoes"),
        ("05_gguf/exercise_scale", "(c * q * q)", "(q * q)", "both sums"),
        ("05_gguf/exercise_scale", "(c * w * q).sum() / (c * q * q)", "(w * q).sum() / (q * q)", "use c"),
        ("07_measuring/exercise", "if end == len(tokens)", "if end > len(tokens) - length", "tail"),
        ("10_kv_cache/exercise_bytes", "min(tokens, window)", "window", "Fewer tokens"),
        ("10_kv_cache/exercise_bytes", "2 * kept", "kept", "twice"),
    ],
)  # fmt: skip
def test_a_usual_mistake_gets_the_hint_about_it(root, monkeypatch, name, old, new, hint):
    (one,) = (one for one in exercises(root) if one.name == f"{name}.py")
    solution = section(one, "solution")
    assert old in solution
    found = check(one, section(one, "start") + "\n\n" + solution.replace(old, new), monkeypatch)
    assert hint in found["message"] and found["section"] == "check"


def test_the_bytes_of_q4_1_are_ggml_s(root):
    space = {}
    exec((root / "snippets/02_formats/exercise_encode.py").read_text(), space)  # noqa: S102
    theirs = libgguf.quantize_rows(space["w"], TYPES["Q4_1"].id)
    assert bytes.fromhex(space["BYTES"]) == np.asarray(theirs).tobytes() == space["blocks"].tobytes()
