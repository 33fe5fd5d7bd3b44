import math
from itertools import pairwise
from statistics import mean

import numpy as np
import pytest
import torch
from architectures import VOCABULARY, build

from fourbit import calibration, tiny
from fourbit.engine import models, tasks
from fourbit.engine.tasks import (
    Answer,
    Item,
    compare,
    detectable_drop,
    items_needed,
    items_needed_unpaired,
    mcnemar,
)
from fourbit.errors import UserError


@pytest.fixture(scope="module")
def loaded():
    path = models.find("tiny")
    return models.load(path), models.load_tokenizer(path)


@pytest.fixture(scope="module")
def docs(loaded):
    return calibration.tokenize(loaded[1], tiny.text("docs"))


def test_choices_are_as_long_as_each_other_different_and_follow_the_same_token(docs):
    items = tasks.multiple_choice(docs, 200)
    assert len(items) == 200 and len({item.start for item in items}) == 200
    text = docs.tolist()
    pairs = {tuple(text[i - 1 : i + tasks.LENGTH]) for i in range(1, len(text))}
    for item in items:
        assert item.context == tuple(text[item.start - tasks.CONTEXT : item.start])
        assert item.choices[item.answer] == tuple(text[item.start : item.start + tasks.LENGTH])
        assert len(set(item.choices)) == tasks.CHOICES and {len(c) for c in item.choices} == {tasks.LENGTH}
        assert all((item.context[-1], *choice) in pairs for choice in item.choices)
    assert all(b.start - a.start >= tasks.LENGTH for a, b in pairwise(items))
    assert len(np.unique([item.answer for item in items])) == tasks.CHOICES
    assert items == tasks.multiple_choice(docs, 200) != tasks.multiple_choice(docs, 200, seed=1)


def test_words_to_be_said_are_whole_and_occur_in_their_context(loaded, docs):
    items = tasks.continuation(loaded[1], tiny.text("docs"), 100)
    assert len({item.start for item in items}) == len(items) == 100
    for item in items:
        word = loaded[1].decode(item.choices[0])
        before = loaded[1].decode(item.context)
        assert tasks.WORD.fullmatch(word.strip()) and word.strip() in before
        assert tuple(docs[item.start - tasks.CONTEXT : item.start]) == item.context


def test_tiny_is_far_above_chance_and_far_below_all(loaded, docs):
    model, tokenizer = loaded
    chosen = tasks.answer(model, tasks.multiple_choice(docs, 120))
    said = tasks.answer(model, tasks.continuation(tokenizer, tiny.text("docs"), 120))
    chance = 1 / tasks.CHOICES
    assert chance + 4 * math.sqrt(chance * (1 - chance) / 120) < mean(a.correct for a in chosen) < 0.85
    assert 0.1 < mean(a.correct for a in said) < 0.7


@pytest.mark.parametrize("name", ["llama", "opt", "gemma3_text"])
def test_scores_are_those_of_reading_each_choice_whole(name):
    model = build(name).eval()
    rng = np.random.default_rng(0)
    draw = lambda size: tuple(rng.integers(VOCABULARY, size=size).tolist())
    items = [Item(i, draw(9), tuple(draw(3 - i % 2) for _ in range(4)), 1) for i in range(3)]
    items += [Item(9, draw(9), (draw(1),)), Item(10, draw(7), (draw(2),))]
    answers = tasks.answer(model, items)
    for item, found in zip(items, answers, strict=True):
        for choice, score in zip(item.choices, found.scores, strict=True):
            with torch.inference_mode():
                logits = model(torch.tensor([item.context + choice]), use_cache=False).logits[0]
            logp = logits.float().log_softmax(-1)[len(item.context) - 1 : -1]
            expected = logp[torch.arange(len(choice)), list(choice)].mean().item()
            assert score == pytest.approx(expected, abs=2e-4)
            if len(item.choices) == 1:
                assert found.correct == bool((logp.argmax(-1) == torch.tensor(choice)).all())
        if len(item.choices) > 1:
            assert found.correct == (int(np.argmax(found.scores)) == item.answer)


def test_progress_is_told_for_each_item(docs, loaded):
    told = []
    tasks.answer(loaded[0], tasks.multiple_choice(docs, 20), lambda: told.append(1))
    assert len(told) == 20


def test_text_that_gives_no_items_is_refused(loaded):
    with pytest.raises(UserError, match="the text has 3 tokens, too few for multiple choice"):
        tasks.multiple_choice(np.arange(3))
    with pytest.raises(UserError, match="no word that occurs again"):
        tasks.continuation(loaded[1], "One sentence that says all it has to say, once.")
    with pytest.raises(UserError, match="does not say where in a text its tokens are"):
        tasks.continuation(object(), "text")


@pytest.mark.parametrize(
    ("lost", "gained", "p"), [(0, 0, 1), (1, 0, 1), (6, 0, 2 / 64), (7, 2, 2 * 46 / 512), (5, 5, 1)]
)
def test_mcnemar_is_the_binomial_tail(lost, gained, p):
    assert mcnemar(lost, gained) == mcnemar(gained, lost) == pytest.approx(p)
    tail = sum(math.comb(lost + gained, k) for k in range(min(lost, gained) + 1))
    assert mcnemar(lost, gained) == min(1.0, 2 * tail / 2 ** (lost + gained))


def test_mcnemar_of_many_items_neither_overflows_nor_rounds_to_nothing():
    assert mcnemar(5000, 5300) == pytest.approx(math.erfc(299 / math.sqrt(10300) / math.sqrt(2)), rel=1e-2)
    assert mcnemar(3000, 0) == 0.0 < mcnemar(900, 0)


def test_flips_both_ways_are_counted():
    base = [Answer(i, right, ()) for i, right in enumerate([1, 1, 1, 0, 0])]
    ours = [Answer(i, right, ()) for i, right in enumerate([1, 0, 0, 1, 0])]
    found = compare(base, ours)
    assert (found.items, found.base, found.model, found.lost, found.gained) == (5, 0.6, 0.4, 2, 1)
    assert found.drop == pytest.approx(0.2) and found.discordant == pytest.approx(0.6)
    with pytest.raises(ValueError, match="the same items"):
        compare(base, ours[1:])


@pytest.mark.parametrize(("drop", "discordant"), [(0.02, 0.05), (0.02, 0.1), (0.05, 0.3), (0.1, 0.15)])
def test_so_many_items_see_the_drop_four_times_in_five(drop, discordant):
    items = items_needed(drop, discordant)
    lost = (discordant + drop) / 2
    flips = np.random.default_rng(0).multinomial(items, [lost, discordant - lost, 1 - discordant], size=2000)
    p = {(a, b): mcnemar(int(a), int(b)) for a, b in {(a, b) for a, b, _ in flips.tolist()}}
    assert 0.77 < mean(p[a, b] < 0.05 for a, b, _ in flips.tolist()) < 0.85


def test_without_pairing_as_many_items_also_see_it_and_they_are_many_more():
    drop, accuracy = 0.05, 0.7
    items = items_needed_unpaired(drop, accuracy)
    rng = np.random.default_rng(0)
    base, ours = (rng.binomial(items, p, size=4000) / items for p in (accuracy, accuracy - drop))
    pooled = (base + ours) / 2
    z = np.abs(base - ours) / np.sqrt(2 * pooled * (1 - pooled) / items)
    assert 0.77 < np.mean(z > 1.96) < 0.83
    assert items > 3 * items_needed(drop, 0.1)


@pytest.mark.parametrize(("drop", "discordant"), [(0, 0.1), (0.2, 0.1), (-0.1, 0.1), (0.1, 1.1)])
def test_impossible_shares_are_refused(drop, discordant):
    with pytest.raises(ValueError, match="drop <= discordant"):
        items_needed(drop, discordant)


def test_the_smallest_drop_that_would_show_needs_just_these_items():
    comparison = tasks.Comparison(1000, 0.6, 0.59, 40, 30, mcnemar(40, 30))
    assert items_needed(detectable_drop(comparison), comparison.discordant) == pytest.approx(1000, rel=0.01)
    assert detectable_drop(tasks.Comparison(50, 0.6, 0.6, 1, 1, 1.0)) is None
    assert detectable_drop(tasks.Comparison(50, 0.6, 0.6, 0, 0, 1.0)) is None
