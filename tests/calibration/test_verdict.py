"""The report on a calibration set: its figures, its verdicts, and what it says to add."""

import json

import numpy as np
import pytest

from fourbit.calibration import DOMAINS, distance, scripts, verdict
from fourbit.calibration.build import CalibrationSet, Part, build
from fourbit.calibration.report import SCORED, report
from fourbit.engine import models
from fourbit.errors import UserError

GERMAN = (
    "Der Vertrag ist mit dem Tag der Zahlung geschlossen, und die Ware wird auf Kosten des Käufers gesandt. "
)


@pytest.fixture(scope="module")
def tokenizer():
    return models.load_tokenizer(models.find("tiny"))


@pytest.fixture(scope="module")
def docs(tokenizer):
    return build("docs", tokenizer, 32, 512)


def made(rows: np.ndarray, **changes) -> CalibrationSet:
    """A set of these windows from one source that has no more."""
    count = len(rows)
    facts = {
        "name": "my.txt", "weight": 1.0, "documents": 1, "exact_duplicates": 0, "near_duplicates": 0,
        "tokens": rows.size, "available": count, "whole": True, "windows": count, "spare": 0, "wanted": count,
    }  # fmt: skip
    return CalibrationSet(rows, rows[:0], (Part(**facts | changes),))


def test_figures_of_a_set(docs, tokenizer):
    found = report(docs, tokenizer, widest=768)
    assert found.calibration.tokens == 32 * 512 and (found.windows, found.length) == (32, 512)
    assert found.calibration.unique == len(np.unique(docs.windows))
    assert found.calibration.vocabulary == found.calibration.unique / 2048
    assert found.calibration.guess.language == "English" and found.calibration.guess.scripts["Latin"] > 0.99
    assert (found.needed, found.ratio) == (8 * 768, 32 * 512 / 768)
    assert found.verdict == ("enough",) and "domain not judged: give --deploy FILE" in found.advice[0]
    assert found.calibration.perplexity is None and found.deployment is None
    assert json.loads(json.dumps(found.as_dict())) == found.as_dict()


def test_duplicates_are_shares_of_the_documents_read(tokenizer):
    rows = np.arange(1024).reshape(2, 512)
    found = report(made(rows, documents=5, exact_duplicates=3, near_duplicates=2), tokenizer)
    assert (found.documents, found.exact, found.near) == (5, 0.3, 0.2)
    assert found.verdict == () and "amount not judged" in found.advice[0]


@pytest.mark.parametrize(
    "wide, answer",
    (
        (2048, ["enough"]),
        (2049, ["too few"]),
    ),
)
def test_enough_is_eight_tokens_for_each_input(docs, wide, answer):
    assert verdict.amount(docs, 1000, wide, None, None)[0] == answer


def test_an_expert_needs_more_text_than_a_layer_that_sees_all(docs, tokenizer):
    found = report(docs, tokenizer, widest=768, share=0.25)
    assert found.ratio == 32 * 512 / 768 / 4 and found.needed == 4 * 8 * 768
    assert found.verdict == ("too few",)


def test_what_to_add_is_enough_when_it_is_added(tokenizer):
    few = build("docs", tokenizer, 4, 512)
    found = report(few, tokenizer, widest=768)
    assert found.verdict == ("too few",) and found.advice[0] == "add 4,096 tokens: --windows 12"
    assert report(build("docs", tokenizer, 12, 512), tokenizer, widest=768).verdict == ("enough",)


def test_a_text_that_is_used_up_is_filled_up_in_numbers(tokenizer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = " ".join(np.random.default_rng(0).permutation([f"word{i} and more" for i in range(900)]))
    (tmp_path / "my.txt").write_text(words)
    mine = build("my.txt", tokenizer, 32, 512)
    have = len(mine.windows)
    assert 2 < have < 12
    advice = report(mine, tokenizer, widest=768).advice[0]
    spec = f"my.txt:{have},docs:{12 - have}"
    assert advice.endswith(
        f"my.txt has no more; give more text like it, or fill up with docs: --calib {spec} --windows 12"
    )
    both = build(spec, tokenizer, 12, 512)
    assert len(both.windows) == 12 and report(both, tokenizer, widest=768).verdict == ("enough",)
    mixed = build("docs:1,my.txt:1", tokenizer, 10, 512)
    assert (
        "fill up with docs: --calib docs:"
        in report(mixed, tokenizer, widest=7680, spec="docs,my.txt").advice[0]
    )
    used_up = made(np.arange(1024).reshape(2, 512), name="docs")
    assert (
        report(used_up, tokenizer, widest=768).advice[0].endswith("docs has no more; give more text like it")
    )


def test_below_two_tokens_for_each_input_there_is_a_warning(docs):
    assert len(verdict.amount(docs, 1000, 8192, None, None)[1]) == 1
    assert "GPTQ may do worse than rounding" in verdict.amount(docs, 1000, 8193, None, None)[1][1]


def test_the_same_words_over_and_over_are_too_few(tokenizer):
    rows = np.tile(np.arange(100, 108), (32, 64))
    found = report(made(rows), tokenizer, widest=768, hidden=256)
    assert found.verdict == ("too few",)
    assert "8 different tokens cannot span the 256 inputs of the first layer" in found.advice[0]


# Distance


def test_jensen_shannon_is_a_distance_in_bits():
    a, b = np.array([0, 0, 1, 2]), np.array([5, 6, 5, 7, 7, 9])
    assert distance.jensen_shannon(a, np.tile(a, 3)) == pytest.approx(0, abs=1e-12)
    assert distance.jensen_shannon(a, b) == pytest.approx(1)
    half = distance.jensen_shannon(np.array([0]), np.array([0, 1]))
    entropy = -(0.75 * np.log2(0.75) + 0.25 * np.log2(0.25))
    assert half == distance.jensen_shannon(np.array([0, 1]), np.array([0])) == pytest.approx(entropy - 0.5)


@pytest.mark.parametrize("calibration", DOMAINS)
@pytest.mark.parametrize("deploy", DOMAINS)
@pytest.mark.parametrize("seed", (0, 1))
def test_other_documents_of_a_domain_are_near_and_another_domain_is_far(calibration, deploy, seed, tokenizer):
    found = report(build(calibration, tokenizer, 32, 512, seed), tokenizer, widest=768, deploy=deploy)
    assert ("wrong domain" in found.verdict) == (calibration != deploy)
    assert found.distance.divergence > found.distance.halves > 0.05  # a finite sample's is never 0
    if calibration != deploy:
        assert f"--calib {calibration}:1,{deploy}:1" in found.advice[0]


def test_a_mixture_with_the_deployment_text_is_near_enough(tokenizer):
    mixture = build("docs:1,code:1", tokenizer, 32, 512)
    assert report(mixture, tokenizer, widest=768, deploy="code").verdict == ("enough",)


def test_no_verdict_on_the_domain_from_a_short_text(docs, tokenizer, tmp_path):
    text = tmp_path / "code.txt"
    text.write_text("def f(x):\n    return [g(y) for y in x]\n" * 60)
    found = report(docs, tokenizer, widest=768, deploy=str(text))
    assert found.verdict == ("enough",) and found.distance.compared < distance.COMPARED
    assert f"{found.deployment.tokens:,} tokens, 8,192 are needed" in found.advice[0]
    few = report(build("docs", tokenizer, 12, 512), tokenizer, widest=768, deploy="code")
    assert few.advice == (
        "domain not judged: half of the calibration windows must have 4,096 tokens: --windows 16",
    )


@pytest.mark.parametrize("windows", (1, 2, 3))
def test_the_smallest_sets_can_be_compared(windows, tokenizer):
    found = report(build("docs", tokenizer, windows, 64), tokenizer, widest=768, deploy="code")
    assert 0 < found.distance.halves <= 1 and found.distance.compared >= 32


def test_another_language_is_the_wrong_domain_also_in_a_short_text(docs, tokenizer, tmp_path):
    text = tmp_path / "vertrag.txt"
    text.write_text(GERMAN * 10)
    found = report(docs, tokenizer, widest=768, deploy=str(text), spec="docs")
    assert found.deployment.guess.language == "German" and not found.distance.judged
    assert found.verdict == ("enough", "wrong domain") and f"docs:1,{text}:1" in found.advice[0]


def test_deployment_text_that_cannot_be_read(docs, tokenizer, tmp_path):
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "binary.txt").write_bytes(b"\x00\x01\xff")
    for name in ("empty.txt", "binary.txt", "none.txt"):
        with pytest.raises(UserError, match=name):
            report(docs, tokenizer, deploy=str(tmp_path / name))


# Perplexity


def test_perplexity_of_both_texts_in_few_windows(docs, tokenizer):
    steps = []
    model = models.load(models.find("tiny"))
    found = report(docs, tokenizer, 768, "code", model, progress=lambda: steps.append(1))
    assert len(steps) == 2 * SCORED
    for text in (found.calibration, found.deployment):
        assert 1 < text.perplexity["low"] < text.perplexity["value"] < text.perplexity["high"] < 30
    assert found == report(docs, tokenizer, 768, "code", model)


# Scripts and languages


@pytest.mark.parametrize(
    "text, language, script",
    (
        ("All human beings are born free and equal in dignity, and this is what they have to be.", "English", "Latin"),
        (GERMAN, "German", "Latin"),
        ("Tous les êtres humains naissent libres et égaux en dignité et en droits.", "French", "Latin"),
        ("Todos los seres humanos nacen libres e iguales en dignidad y derechos.", "Spanish", "Latin"),
        ("Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti.", "Italian", "Latin"),
        ("Todos os seres humanos nascem livres e iguais em dignidade e em direitos.", "Portuguese", "Latin"),
        ("Alle mensen worden vrij en gelijk in waardigheid en rechten geboren, zoals het in de wet van het land staat.", "Dutch", "Latin"),
        ("Все люди рождаются свободными и равными в своем достоинстве и правах.", "Russian", "Cyrillic"),  # noqa: RUF001
        ("すべての人間は、生まれながらにして自由であり", "Japanese", "Hiragana"),
        ("人人生而自由,在尊严和权利上一律平等", "Chinese", "Han"),
        ("for x in y:\n    if not self.seen[x]: return parse(x, None)", "", "Latin"),
        ("1 + 2 = 3", "", None),
        ("", "", None),
    ),
)  # fmt: skip
def test_language_and_script_are_guessed(text, language, script):
    guess = scripts.guess(text)
    assert guess.language == language
    assert next(iter(guess.scripts), None) == script


def test_shares_of_scripts_are_of_the_letters():
    assert scripts.guess("abc αβγ 123 ...").scripts == {"Latin": 0.5, "Greek": 0.5}
    assert scripts.guess("abc αβγ").script_shares() == "Latin 50%, Greek 50%"
