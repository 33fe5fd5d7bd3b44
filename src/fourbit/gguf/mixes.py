"""The mixes of llama.cpp's quantizer as tables: which kinds of tensors leave the base type of a file, and where.

Source: src/llama-quant.cpp of llama.cpp at commit 0c1e57098. Standard library only: it runs in the browser.
"""

from collections.abc import Callable
from typing import NamedTuple


class Where(NamedTuple):
    """Some layers of all. holds(i, n): whether layer i of n is one;  words: says which."""

    words: str
    holds: Callable[[int, int], bool]


ALL = Where("", lambda i, n: True)
EIGHTH = Where("the first eighth of the layers", lambda i, n: i < n // 8)
SIXTEENTH = Where("the first sixteenth of the layers", lambda i, n: i < n // 16)
TWO = Where("the first two layers", lambda i, n: i < 2)
FOUR = Where("the first four layers", lambda i, n: i < 4)
MIDDLE = Where("all but the first and last eighth of the layers", lambda i, n: n // 8 <= i < 7 * n // 8)
OUTER = Where(
    "the first and last eighth of the layers and every third between",
    lambda i, n: i < n // 8 or i >= 7 * n // 8 or (i - n // 8) % 3 == 2,
)


class Model(NamedTuple):
    """What the rules ask of a model. gqa: query heads to a key-value head."""

    arch: str
    layers: int
    experts: int
    gqa: int
    imatrix: bool

    @property
    def is_70b(self) -> bool:
        """Whether llama.cpp knows it by the size "70B", whose value projections are few and get more bits."""
        if self.arch == "llama":
            return self.layers == 80 and self.gqa != 1 and self.experts != 8
        return self.layers == {"qwen2": 80, "deci": 80, "olmo": 80, "jais2": 68}.get(self.arch)


class Rule(NamedTuple):
    """A type for some layers of a kind of tensor, for models of which `when` is true."""

    type: str
    where: Where = ALL
    when: Callable[[Model], bool] = lambda model: True
    why: str = ""


def _shared(model: Model) -> bool:
    return model.gqa >= 4


SHARED = "four or more query heads share it"
WITHOUT = "there is no importance matrix"
IQ4 = {
    "value": [Rule("Q5_K", ALL, _shared, SHARED)],
    "down": [Rule("Q5_K", EIGHTH, lambda model: not model.imatrix, WITHOUT)],
}
# file type -> kind of tensor -> rules, the first that holds wins; no rule: the base type
MIXES: dict[str, dict[str, list[Rule]]] = {
    "Q4_0": {"down": [Rule("Q4_1", EIGHTH, lambda model: model.imatrix, "there is an importance matrix")]},
    "Q5_0": {"down": [Rule("Q5_1", EIGHTH, lambda model: model.imatrix, "there is an importance matrix")]},
    "Q2_K": {
        "value": [Rule("Q4_K", ALL, _shared, SHARED), Rule("Q3_K")],
        "down": [Rule("Q3_K")],
        "attention output": [Rule("Q3_K")],
    },
    "Q2_K_S": {"value": [Rule("Q4_K", ALL, _shared, SHARED)], "down": [Rule("Q4_K", EIGHTH)]},
    "Q3_K_M": {
        "value": [Rule("Q5_K", TWO), Rule("Q4_K")],
        "down": [Rule("Q5_K", SIXTEENTH), Rule("Q4_K")],
        "attention output": [Rule("Q4_K")],
    },
    "Q3_K_L": {"value": [Rule("Q5_K")], "down": [Rule("Q5_K")], "attention output": [Rule("Q5_K")]},
    "Q4_K_S": {"value": [Rule("Q5_K", FOUR)], "down": [Rule("Q5_K", EIGHTH)]},
    "Q4_K_M": {"value": [Rule("Q6_K", OUTER)], "down": [Rule("Q6_K", OUTER)]},
    "Q5_K_M": {"value": [Rule("Q6_K", OUTER)], "down": [Rule("Q6_K", OUTER)]},
    "IQ4_NL": IQ4,
    "IQ4_XS": IQ4,
    "IQ3_XXS": {
        "value": [
            Rule("Q4_K", ALL, _shared, SHARED),
            Rule("IQ3_S", ALL, lambda model: not model.imatrix, WITHOUT),
        ],
        "key": [Rule("IQ2_S")],
        "query": [Rule("IQ2_S")],
        "down": [
            Rule("Q4_K", EIGHTH, lambda model: not model.imatrix, WITHOUT),
            Rule("Q3_K", ALL, lambda model: not model.imatrix, WITHOUT),
        ],
        "attention output": [Rule("IQ3_S")],
    },
    "IQ3_XS": {
        "value": [Rule("Q4_K", ALL, _shared, SHARED)],
        "key": [Rule("IQ3_XXS")],
        "query": [Rule("IQ3_XXS")],
        "gate": [Rule("IQ3_XXS", MIDDLE)],
        "up": [Rule("IQ3_XXS", MIDDLE)],
    },
    "IQ3_S": {"value": [Rule("Q4_K", ALL, _shared, SHARED)]},
    "IQ3_M": {
        "value": [Rule("Q4_K")],
        "down": [
            Rule("Q4_K", EIGHTH),
            Rule("Q4_K", OUTER, lambda model: model.experts == 8, "eight experts"),
        ],
        "attention output": [Rule("Q4_K")],
    },
}
# Falcon differs in these, and gives its attention output the base type otherwise.
FALCON: dict[tuple[str, str], list[Rule]] = {
    ("Q3_K_M", "down"): [Rule("Q5_K", SIXTEENTH), Rule("Q4_K", OUTER)],
    ("Q3_K_L", "down"): [Rule("Q4_K")],
    ("Q3_K_L", "attention output"): [Rule("Q4_K")],
    ("Q4_K_S", "down"): [],
    ("Q4_K_M", "down"): [Rule("Q6_K", SIXTEENTH), Rule("Q5_K", OUTER)],
}


def _few_bits(small: str, output: str | None) -> dict[str, list[Rule]]:
    """The mix of a file type of about two bits and less, where a few tensors are kept from ruin."""
    return {
        "value": [
            Rule(
                "Q4_K", ALL, lambda model: model.gqa >= 4 or model.experts >= 4, "it is small beside the rest"
            ),
            Rule(small),
        ],
        "key": [Rule("Q4_K", ALL, lambda model: model.experts == 8, "eight experts")],
        "down": [Rule(small, EIGHTH)],
        "attention output": [
            Rule("Q5_K", ALL, lambda model: model.experts == 8, "eight experts"),
            *([Rule(output)] if output else []),
        ],
    }


FEW_BITS = {
    "IQ1_S": _few_bits("Q2_K", "IQ2_XXS"),
    "IQ1_M": _few_bits("Q2_K", "IQ2_XXS"),
    "IQ2_XXS": _few_bits("Q2_K", None),
    "IQ2_XS": _few_bits("Q2_K", None),
    "IQ2_S": _few_bits("IQ3_S", "IQ3_S"),
    "IQ2_M": _few_bits("IQ3_S", "IQ3_S"),
}
EMBEDDINGS = dict.fromkeys(("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS"), "Q2_K")
EMBEDDINGS |= dict.fromkeys(("IQ2_S", "IQ2_M", "IQ3_XXS"), "IQ3_S")
EMBEDDINGS |= dict.fromkeys(("TQ1_0", "TQ2_0", "Q2_0"), "Q4_K")
# With eight experts the attention output is small beside the rest: Q5_K in these.
EIGHT_EXPERTS = {"Q2_K", "Q3_K_S", "Q3_K_M", "Q4_K_S", "Q4_K_M"}
EIGHT_EXPERTS |= {"IQ3_XXS", "IQ3_XS", "IQ3_S", "IQ3_M", "IQ4_NL", "IQ4_XS"}
FALLBACKS = {"Q2_0": "Q4_0", "Q2_K": "Q4_0", "Q3_K": "Q4_0", "TQ1_0": "Q4_0", "TQ2_0": "Q4_0"}
FALLBACKS |= {"Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}
FALLBACKS |= dict.fromkeys(
    ("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "IQ4_XS"), "IQ4_NL"
)
IMATRIX_TYPES = {"IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS"}
