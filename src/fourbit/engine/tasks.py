"""Two tasks made of any text, scored by likelihood, and the paired test that tells a real drop from luck.

multiple choice  a context and four continuations, all of one length: which has the highest mean log-likelihood?
continuation     a context, then a word that occurred in it: are all its tokens the model's most likely ones? After
                 LAMBADA (Paperno et al., 2016, arXiv:1606.06031), whose last words need their passage.

Both models of a comparison answer the same items, so only items on which they differ carry information.
"""

import inspect
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from statistics import NormalDist

import numpy as np
import torch
from torch import nn

from fourbit.errors import UserError

CHOICES = 4
CONTEXT = 32  # tokens before each answer
LENGTH = 4  # tokens of each choice: longer ones give themselves away
WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]{4,}(?![^\W\d_])")  # shorter words are mostly grammar
BATCH = 16  # items at a time


@dataclass(frozen=True)
class Item:
    """One question: context (c,) ids, and its choices as tuples of ids, of which number `answer` is in the text.

    A single choice is to be continued word by word; of several, the likeliest is taken. start: of the answer, in
    the text's tokens.
    """

    start: int
    context: tuple[int, ...]
    choices: tuple[tuple[int, ...], ...]
    answer: int = 0


@dataclass(frozen=True)
class Answer:
    """What a model said to an item: right or not, and the mean log-likelihood of each choice (nats a token)."""

    start: int
    correct: bool
    scores: tuple[float, ...]


def multiple_choice(
    tokens: np.ndarray, items: int = 400, context: int = CONTEXT, length: int = LENGTH, seed: int = 0
) -> list[Item]:
    """At most `items` questions, spread over a text (tokens,): what follows here, among what follows elsewhere?

    The three wrong choices follow other occurrences of the context's last token, so that knowing which token
    likes to follow which does not tell them apart; they overlap neither context nor answer. UserError when the
    text has no such place.
    """
    tokens, rng = np.asarray(tokens).tolist(), np.random.default_rng(seed)
    after = defaultdict(list)
    for place in range(1, len(tokens) - length + 1):
        after[tokens[place - 1]].append(place)
    last = len(tokens) - length
    step = max(length, (last - context + 1) // items)
    found = []
    for first in range(context, last + 1, step):
        for start in range(first, min(first + step, last + 1)):
            wrong = _elsewhere(tokens, start, after[tokens[start - 1]], context, length, rng)
            if wrong:
                answer = int(rng.integers(CHOICES))
                choices = [*wrong[:answer], tuple(tokens[start : start + length]), *wrong[answer:]]
                found.append(Item(start, tuple(tokens[start - context : start]), tuple(choices), answer))
                break
    if not found:
        raise UserError(
            f"the text has {len(tokens):,} tokens, too few for multiple choice: no token of it is followed by "
            f"{CHOICES} different continuations; give more text"
        )
    return found[:items]


def _elsewhere(
    tokens: list[int], start: int, places: list[int], context: int, length: int, rng: np.random.Generator
) -> list[tuple[int, ...]]:
    """Different continuations at some of `places` far from `start`; empty when there are too few."""
    true, found = tuple(tokens[start : start + length]), []
    for index in rng.permutation(len(places)):
        place = places[index]
        wrong = tuple(tokens[place : place + length])
        far = place >= start + length or place + length <= start - context
        if far and wrong != true and wrong not in found:
            found.append(wrong)
            if len(found) == CHOICES - 1:
                return found
    return []


def continuation(tokenizer, text: str, items: int = 400, context: int = CONTEXT) -> list[Item]:
    """At most `items` words of a text to be said from `context` tokens before them, in which they occur already.

    UserError when the text has no such word, or the tokenizer cannot say where its tokens are in the text.
    """
    if not getattr(tokenizer, "is_fast", False):
        raise UserError(
            "this tokenizer does not say where in a text its tokens are, "
            "which the continuation task needs; give --items 0"
        )
    read = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    tokens, spans = read["input_ids"], read["offset_mapping"]
    starts, ends = {}, {}  # token by character; a token's leading space is not part of its word
    for index, (first, end) in enumerate(spans):
        starts.setdefault(first + len(text[first:end]) - len(text[first:end].lstrip()), index)
        ends[end] = index
    found = []
    for word in WORD.finditer(text):
        first, last = starts.get(word.start()), ends.get(word.end())
        if first is None or last is None or first < context:
            continue
        before = text[spans[first - context][0] : word.start()]
        if re.search(rf"\b{word[0]}\b", before):
            found.append(
                Item(first, tuple(tokens[first - context : first]), (tuple(tokens[first : last + 1]),))
            )
    if not found:
        raise UserError(
            f"the text has {len(tokens):,} tokens and no word that occurs again within {context}; give more text"
        )
    return [found[index] for index in np.linspace(0, len(found) - 1, min(items, len(found))).astype(int)]


@torch.inference_mode()
def answer(model: nn.Module, items: list[Item], progress: Callable[[], None] = lambda: None) -> list[Answer]:
    """The model's answer to each item, in their order; progress is called after each."""
    found = []
    for batch in _batches(items):
        for item, (logp, likeliest) in zip(batch, _score(model, batch), strict=True):
            scores = tuple(
                sum(row[: len(choice)]) / len(choice) for row, choice in zip(logp, item.choices, strict=True)
            )
            if len(item.choices) > 1:
                correct = max(range(len(scores)), key=scores.__getitem__) == item.answer
            else:
                correct = all(likeliest[0][: len(item.choices[0])])
            found.append(Answer(item.start, correct, scores))
            progress()
    return found


def _batches(items: list[Item]) -> Iterator[list[Item]]:
    """Consecutive items with contexts of one length and equally many choices."""
    for _, alike in groupby(items, lambda item: (len(item.context), len(item.choices))):
        alike = list(alike)
        yield from (alike[start : start + BATCH] for start in range(0, len(alike), BATCH))


def _score(model: nn.Module, batch: list[Item]) -> Iterator[tuple[list, list]]:
    """For each item, of each token of each choice: its log-likelihood, and whether no token is likelier."""
    n, longest = len(batch[0].choices), max(len(choice) for item in batch for choice in item.choices)
    # Shorter choices are filled up at the end, where nothing that is scored can see it.
    rows = [choice + choice[-1:] * (longest - len(choice)) for item in batch for choice in item.choices]
    target = torch.tensor(rows)
    contexts = torch.tensor([item.context for item in batch])
    only_last = (
        {"logits_to_keep": 1} if "logits_to_keep" in inspect.signature(model.forward).parameters else {}
    )
    out = model(contexts, use_cache=True, **only_last)  # the context is read once for all its choices
    logits = out.logits[:, -1:].float().repeat_interleave(n, dim=0)
    if longest > 1:
        cache = out.past_key_values
        cache.batch_repeat_interleave(n)
        rest = model(target[:, :-1], past_key_values=cache, use_cache=True).logits.float()
        logits = torch.cat([logits, rest], dim=1)
    logp = logits.gather(2, target[..., None])[..., 0] - logits.logsumexp(-1)
    likeliest = logits.argmax(-1) == target
    yield from zip(
        logp.view(len(batch), n, -1).tolist(), likeliest.view(len(batch), n, -1).tolist(), strict=True
    )


@dataclass(frozen=True)
class Comparison:
    """Two models on the same items. p_value: exact McNemar test of no difference, two-sided.

    base, model  shares of items that each gets right;  lost  items only the base gets right;  gained  only the model
    """

    items: int
    base: float
    model: float
    lost: int
    gained: int
    p_value: float

    @property
    def drop(self) -> float:
        """Share of items; negative when the model is better than the base."""
        return (self.lost - self.gained) / self.items

    @property
    def discordant(self) -> float:
        """Share of items on which they differ."""
        return (self.lost + self.gained) / self.items

    def as_dict(self) -> dict:
        """For JSON."""
        return asdict(self) | {"drop": self.drop, "detectable_drop": detectable_drop(self)}


def compare(base: list[Answer], model: list[Answer]) -> Comparison:
    """Answers of two models to the same items; ValueError when the items are not the same."""
    if not base or [a.start for a in base] != [a.start for a in model]:
        raise ValueError("the two models did not answer the same items")
    lost = sum(b.correct and not m.correct for b, m in zip(base, model, strict=True))
    gained = sum(m.correct and not b.correct for b, m in zip(base, model, strict=True))
    share = (sum(a.correct for a in answers) / len(answers) for answers in (base, model))
    return Comparison(len(base), *share, lost, gained, mcnemar(lost, gained))


def mcnemar(lost: int, gained: int) -> float:
    """Exact two-sided p-value of McNemar's test: that flips either way are equally likely.

    Twice the binomial tail of the rarer kind; integers until the last division, so nothing is rounded or overflows.
    Q. McNemar, Psychometrika 12 (1947) 153-157.
    """
    flips, rarer = lost + gained, min(lost, gained)
    term = tail = 1
    for k in range(1, rarer + 1):
        term = term * (flips - k + 1) // k  # binomial(flips, k)
        tail += term
    return min(1.0, 2 * tail / 2**flips)


def items_needed(drop: float, discordant: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Items that two models must answer, the same ones, for a drop to be seen with this power.

    drop        share of all items that the model loses on balance: 0.02 is two points
    discordant  share of items on which the two differ, at least `drop`
    R. J. Connor, Biometrics 43 (1987) 207-211, for McNemar's test on normal deviates; the exact test is stricter by
    about one flip (its continuity correction), which 1 / drop more items make up for. ValueError when the shares
    are impossible.
    """
    if not 0 < drop <= discordant <= 1:
        raise ValueError(f"0 < drop <= discordant <= 1, got {drop:g} and {discordant:g}")
    at_alpha, at_power = _normal(alpha, power)
    root = at_alpha * math.sqrt(discordant) + at_power * math.sqrt(discordant - drop**2)
    return math.ceil((root / drop) ** 2 + 1 / drop)


def items_needed_unpaired(drop: float, accuracy: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Items for each of two models that answer different ones, or of whom only the two accuracies are known.

    accuracy  of the better one. J. L. Fleiss, Statistical Methods for Rates and Proportions, 2nd edition, 1981,
    section 3.2, without continuity correction. ValueError when the shares are impossible.
    """
    if not 0 < drop <= accuracy <= 1:
        raise ValueError(f"0 < drop <= accuracy <= 1, got {drop:g} and {accuracy:g}")
    at_alpha, at_power = _normal(alpha, power)
    worse, mean = accuracy - drop, accuracy - drop / 2
    root = at_alpha * math.sqrt(2 * mean * (1 - mean)) + at_power * math.sqrt(
        accuracy * (1 - accuracy) + worse * (1 - worse)
    )
    return math.ceil((root / drop) ** 2)


def detectable_drop(comparison: Comparison, power: float = 0.8, alpha: float = 0.05) -> float | None:
    """The smallest drop that so many items, differing so often, would show with this power; None when none would."""
    low, high = 0.0, comparison.discordant
    if high == 0 or items_needed(high, high, power, alpha) > comparison.items:
        return None
    while high - low > 1e-4:
        middle = (low + high) / 2
        if items_needed(middle, comparison.discordant, power, alpha) > comparison.items:
            low = middle
        else:
            high = middle
    return high


def _normal(alpha: float, power: float) -> tuple[float, float]:
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha / 2), normal.inv_cdf(power)
