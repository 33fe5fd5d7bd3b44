"""Why a quantized model does worse than its base: what was measured, in order, and what to try first.

The usual advice compares perplexity on general text with that on one's own. Two texts differ in perplexity under any
model, so here each figure is taken against the base model on the same tokens, and what calibration did is told apart
from what the bits did by rounding the base model at the same bits.
"""

import math
import shlex
from dataclasses import asdict, dataclass, field, replace

from fourbit.engine.diagnose import outliers, reports
from fourbit.engine.evaluate import Evaluation
from fourbit.engine.quality import Quality
from fourbit.engine.recipe import Recipe, Rule
from fourbit.engine.sensitivity import Harm, worst
from fourbit.engine.tasks import Comparison, detectable_drop

ALPHA = 0.05
SMALL_RATIO = 1.01  # perplexity over the base model's: less is nothing that a task would show
SMALL_KL = 0.02  # nats
GAINS = (
    1.25  # how much more calibration must have helped on general text than on one's own, to be the suspect
)
FEW_TOKENS = 1.0  # per input of the widest layer: below, its Hessian is singular
ENOUGH_TOKENS = 4  # per input, when text is added
HEAD_BITS = 6  # an LM head with fewer is a suspect
MOST_RULES = 4  # layers that are worth rules of their own


@dataclass(frozen=True)
class Facts:
    """All that was measured or read about a model.

    general, deployment  against the base, on general text and on one's own;  rounding  of both, of a base model that
                         is rounded at the same bits
    tasks                by "text: task"
    record               fourbit.json, when there is one
    head_bits            of the LM head as it is stored, and whether it is quantized;  embedding_bits
    harms                sensitivity by layer, when it was asked for
    """

    model: str
    base: str
    general_name: str
    general: Evaluation
    deployment_name: str | None = None
    deployment: Evaluation | None = None
    rounding: tuple[Evaluation, Evaluation] | None = None
    tasks: dict[str, Comparison] = field(default_factory=dict)
    record: dict | None = None
    head_bits: int = 16
    head_quantized: bool = False
    embedding_bits: int = 16
    harms: tuple[Harm, ...] = ()


@dataclass(frozen=True)
class Cause:
    """Something that may be wrong: the figures that say so, and what to try, with the command (empty: none helps)."""

    name: str
    because: str
    attempt: str
    command: str = ""

    def as_dict(self) -> dict:
        """For JSON."""
        return asdict(self)


def recipe_of(record: dict) -> Recipe:
    """The recipe in a run's record."""
    stored = record["recipe"]
    return Recipe(**stored | {"rules": tuple(Rule(**rule) for rule in stored["rules"])})


def damaged(facts: Facts) -> bool:
    """Whether anything measured is worse than in the base model by more than luck and more than a trifle."""
    texts = [e for e in (facts.general, facts.deployment) if e]
    return any(worse(c, len(facts.tasks)) for c in facts.tasks.values()) or any(
        _low(e.perplexity_ratio) > SMALL_RATIO or _low(e.kl) > SMALL_KL for e in texts
    )


def worse(comparison: Comparison, of: int = 1) -> bool:
    """Whether the model gets fewer items right than the base model, by McNemar's test.

    of  how many such comparisons are made: each is held to ALPHA / of (Bonferroni), so that more tasks raise no more
        false alarms
    """
    return comparison.lost > comparison.gained and comparison.p_value < ALPHA / of


def _low(estimate) -> float:
    """The lower end of its interval; the value itself where one window gives no interval."""
    return estimate.value if math.isnan(estimate.low) else estimate.low


def causes(facts: Facts) -> list[Cause]:
    """What may be wrong, the first to be tried first; never empty."""
    broken = Quality(facts.general).faults()
    if broken:
        return [
            Cause(
                "broken, not worn",
                "; ".join(broken),
                "no quantization of this kind does that: see whether MODEL was made from this base model and is read in "
                "the format it was written in, then quantize anew",
                _command(facts, recipe_of(facts.record) if facts.record else Recipe()),
            )
        ]
    if not damaged(facts):
        return [_outside(facts)]
    found = [_few_tokens(facts), _mismatch(facts), _layers(facts), _head(facts), _bits(facts)]
    return [cause for cause in found if cause]


def _outside(facts: Facts) -> Cause:
    blind = [d for c in facts.tasks.values() if (d := detectable_drop(c))]
    limit = f"; a drop under {min(blind):.1%} would not have shown" if blind else ""
    there = f" and {facts.deployment_name}" if facts.deployment else ""
    because = (
        f"on {facts.general_name}{there} the model predicts as its base does (KL {facts.general.kl.value:.4f} nats on "
        f"{facts.general_name}), and no task shows a drop{limit}"
    )
    attempt = (
        "look outside the weights: chat template, sampling settings, context length and the runtime's kernels; run the "
        "base model in the same runtime with the same prompts"
    )
    if facts.deployment is None:
        attempt += "; and measure on text of your own"
        return Cause(
            "not the quantization",
            because,
            attempt,
            f"fourbit diagnose {_quote(facts.model)} --against {_quote(facts.base)} --text FILE",
        )
    return Cause("not the quantization", because, attempt)


def _few_tokens(facts: Facts) -> Cause | None:
    if not _calibrated(facts):
        return None
    data, widest = facts.record["calibration"], max(layer["d_in"] for layer in facts.record["layers"])
    if data["tokens"] >= FEW_TOKENS * widest:
        return None
    length = data.get("length") or 512
    return Cause(
        "too little calibration text",
        f"{data['tokens']:,} tokens for {widest:,} inputs of the widest layer: its Hessian is singular, and the layer "
        "is fitted to what these tokens happen to show",
        f"calibrate on at least {ENOUGH_TOKENS} tokens an input",
        _command(facts, recipe_of(facts.record), f"--windows {math.ceil(ENOUGH_TOKENS * widest / length)}"),
    )


def gains(facts: Facts) -> tuple[float, float, float] | None:
    """How many times the KL of this model the KL of rounding is: on general text, on one's own; and the least by
    which the first is the larger, at 95 %, taking the four intervals as independent (they are not: a caution).
    """
    if facts.rounding is None or facts.deployment is None:
        return None
    own = (facts.general.kl, facts.deployment.kl)
    rounded = tuple(evaluation.kl for evaluation in facts.rounding)
    general, deployment = (r.value / max(o.value, 1e-12) for r, o in zip(rounded, own, strict=True))
    widths = [
        math.log(kl.high / kl.low) / 2 if kl.low > 0 else 0.0 for kl in (*own, *rounded)
    ]  # NaN: one window
    return general, deployment, general / deployment * math.exp(-math.hypot(*widths))


def _mismatch(facts: Facts) -> Cause | None:
    if facts.deployment is None or (facts.record and not _calibrated(facts)):
        return None
    name, both = facts.deployment_name, gains(facts)
    if both:
        if not both[2] > GAINS:
            return None
        because = (
            f"against rounding at the same bits, calibration lowered the KL {both[0]:.2f} times on "
            f"{facts.general_name}, but {both[1]:.2f} times on {name}"
        )
    else:
        own, general = facts.deployment.kl, facts.general.kl
        if not _low(own) > GAINS * (general.value if math.isnan(general.high) else general.high):
            return None
        because = (
            f"KL {own.value:.4f} nats on {name}, {general.value:.4f} on {facts.general_name}; whether calibration or "
            "the text itself is the reason cannot be told without the run's record (fourbit.json)"
        )
    source = facts.record["calibration"].get("source", "docs") if facts.record else "docs"
    mixture = f"{source if ':' in source else f'{source}:1'},{name}:1"
    return Cause(
        "calibrated on other text than it is used on",
        because,
        f"mix text like {name} into the calibration; not the very text that is measured",
        _command(facts, recipe_of(facts.record) if facts.record else Recipe(), f"--calib {_quote(mixture)}"),
    )


def _layers(facts: Facts) -> Cause | None:
    if facts.harms:
        ranked, total = worst(list(facts.harms)), sum(harm.kl for harm in facts.harms)
        top = ranked[: max(1, min(MOST_RULES, len(ranked) // 10))]
        share, equal = sum(harm.kl for harm in top) / max(total, 1e-12), len(top) / len(ranked)
        if share < 3 * equal:
            return None
        names = [harm.name for harm in top]
        because = f"{', '.join(names)}: {share:.0%} of the KL that layers cause one by one, being {equal:.0%} of them"
    elif facts.record and (odd := outliers(reports(facts.record))[:MOST_RULES]):
        names = [outlier.name for outlier in odd]
        because = "; ".join(
            f"{o.name} has {o.ratio:.1f} times the median error of its kind ({o.cause})" for o in odd
        )
        because += "; what that does to the model, --sensitivity measures"
    else:
        return None
    recipe = recipe_of(facts.record) if facts.record else Recipe()
    rules = (*(Rule(name, 8) for name in names), *(r for r in recipe.rules if r.pattern not in names))
    return Cause(
        "a few layers", because, "keep them at 8 bits", _command(facts, replace(recipe, rules=rules))
    )


def _head(facts: Facts) -> Cause | None:
    if not facts.head_quantized or facts.head_bits >= HEAD_BITS:
        return None
    recipe = recipe_of(facts.record) if facts.record else Recipe()
    return Cause(
        "the LM head has few bits",
        f"it is quantized to {facts.head_bits} bits, and its error reaches every prediction without a layer in between",
        "leave it as it is, or give it 8 bits, which are rarely noticed",
        _command(facts, replace(recipe, head=False)),
    )


def _bits(facts: Facts) -> Cause:
    recipe = recipe_of(facts.record) if facts.record else Recipe()
    because = (
        f"KL {facts.general.kl.value:.4f} nats on {facts.general_name}, and nothing above explains it alone"
    )
    if recipe.method == "rtn":
        return Cause(
            "rounded without calibration",
            because,
            "GPTQ at the same size",
            _command(facts, replace(recipe, method="gptq")),
        )
    if recipe.group_size == -1 or recipe.group_size > 32:
        smaller = 64 if recipe.group_size == -1 else 32
        return Cause(
            "few bits everywhere",
            because,
            f"groups of {smaller}: {16 + recipe.bits} / {smaller} bits a weight go to scales and zero points; then more bits where they "
            "count, with --budget",
            _command(facts, replace(recipe, group_size=smaller)),
        )
    more = {2: 3, 3: 4, 4: 8}.get(recipe.bits, 8)
    return Cause(
        "few bits everywhere",
        because,
        "more bits where they count",
        _command(facts, recipe, f"--budget {(recipe.bits + more) / 2:g}bpw"),
    )


def _calibrated(facts: Facts) -> bool:
    return bool(facts.record) and facts.record["recipe"]["method"] != "rtn"


def _quote(text: str) -> str:
    return shlex.quote(text)


def _command(facts: Facts, recipe: Recipe, changed: str = "") -> str:
    """The command that makes the model again with another recipe, or with the option `changed`."""
    data = facts.record["calibration"] if facts.record else {}
    usual, skip, parts = Recipe(), "skip", [f"fourbit quantize {_quote(facts.base)}"]
    for option, name in (("method", "method"), ("bits", "bits"), ("group-size", "group_size"), ("order", "order"),
                         ("damp", "damp"), ("effort", "effort")):  # fmt: skip
        if getattr(recipe, name) != getattr(usual, name) or name in ("bits", "group_size"):
            parts.append(f"--{option} {getattr(recipe, name)}")
    parts += ["--asymmetric"] * (not recipe.symmetric) + ["--head"] * recipe.head
    parts += ["--dynamic-groups"] * (not recipe.static_groups)
    parts += [f"--rule {_quote(f'{rule.pattern}={rule.bits or skip}')}" for rule in recipe.rules]
    for option, key in (("calib", "source"), ("windows", "windows"), ("length", "length"), ("seed", "seed")):
        if data.get(key) is not None and not changed.startswith(f"--{option} "):
            parts.append(f"--{option} {_quote(str(data[key]))}")
    target = _quote(facts.model.rstrip("/") + "-again")
    return " ".join([*parts, *([changed] if changed else []), f"--out {target}"])
