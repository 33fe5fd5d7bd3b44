"""How a byte-level BPE tokenizer cuts a text into words, by the name that llama.cpp has for it.

llama.cpp has these cuts built in, and takes them by name. They are recognized here by what they do: the cut of a probe
text is compared with that of every known one. So neither the vocabulary nor how a pattern is spelled matters.
"""

from functools import cache

from tokenizers import Regex, Tokenizer
from tokenizers.pre_tokenizers import ByteLevel, Digits, PreTokenizer, Sequence, Split

from fourbit.errors import UserError

# Letters with marks, numbers of every kind and length, white space of every kind, signs, cases, contractions.
PROBE = (
    "Hello, world! It's IT'S i'Ll we'VE 'twas don't 'S d'accord 1 22 333 4444 55555 3.14 1,000,000 ½² ١٢٣ \uff11\uff12\uff13 Ⅷ x86_64\n"
    "HTTPServer parseJSON iPhone ABCdef XMLHttp ÉCOLE École ǅ naïve cafe\u0301 हिन्दी ภาษาไทย বাংলা 我想在apple工作1314151天 한국어 "
    "日本語カタカナ русский العربية עברית ελληνικά 🦙🦙👩\u200d💻 ✅\n\n \n  \n\t\ttab\t x   three    four\r\n\r\nend \u00a0\u3000wide "
    "a/b//c http://x.y/z?q=1#f path/\n/usr/ ... !!! ?!\n ()[]{}<>== -> += $5.00 €7 @me #tag \\n `code` “quoted” «x» \u2014 \u2013 "
    "_under__score_ *bold* ~/.x 'quoted' \"q\" 1st 2nd v1.2.3 3 33 \n 5\n\n\n\nfour newlines   \n   x \t \n"
)

_CONTRACTION = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
_SIGNS = r" ?[^\s\p{L}\p{N}]+[\r\n]*"
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_LEAD = r"[^\r\n\p{L}\p{N}]?"


def _words(numbers: str) -> str:
    return rf"{_CONTRACTION}|{_LEAD}\p{{L}}+|{numbers}|{_SIGNS}|{_SPACES}"


def _cased(end: str, numbers: str) -> str:
    words = rf"{_LEAD}{_UPPER}*{_LOWER}+{end}|{_LEAD}{_UPPER}+{_LOWER}*{end}"
    return rf"{words}|{numbers}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{_SPACES}"


_MARKED = rf"{_CONTRACTION}|{_LEAD}[\p{{L}}\p{{M}}]+|\p{{N}}| ?[^\s\p{{L}}\p{{M}}\p{{N}}]+[\r\n]*|{_SPACES}"


def _split(pattern: str) -> PreTokenizer:
    bytes_only = ByteLevel(add_prefix_space=False, use_regex=False)
    return Sequence([Split(Regex(pattern), "isolated"), bytes_only])


# Name in llama.cpp: the cut, and whether a word that is a token stays whole although no merges lead to it.
KNOWN = {
    "gpt-2": (ByteLevel(add_prefix_space=False), False),
    "smollm": (Sequence([Digits(individual_digits=True), ByteLevel(add_prefix_space=False)]), False),
    "llama-bpe": (_split(_words(r"\p{N}{1,3}")), True),
    "dbrx": (_split(_words(r"\p{N}{1,3}")), False),
    "qwen2": (_split(_words(r"\p{N}")), False),
    "qwen35": (_split(_MARKED), False),
    "tekken": (_split(_cased("", r"\p{N}")), True),
    "gpt-4o": (_split(_cased(f"{_CONTRACTION}?", r"\p{N}{1,3}")), False),
}


def cut(pre_tokenizer: PreTokenizer | None) -> tuple[str, ...]:
    """The words of the probe text."""
    if pre_tokenizer is None:
        return (PROBE,)
    return tuple(word for word, _ in pre_tokenizer.pre_tokenize_str(PROBE))


@cache
def _cuts() -> dict[tuple[tuple[str, ...], bool], str]:
    return {(cut(known), whole): name for name, (known, whole) in KNOWN.items()}


def name_of(tokenizer: Tokenizer, where: str) -> str:
    """llama.cpp's name for how the tokenizer cuts texts; UserError when it is none of KNOWN, or the text is changed."""
    normalizer = type(tokenizer.normalizer).__name__
    found, whole = cut(tokenizer.pre_tokenizer), bool(getattr(tokenizer.model, "ignore_merges", False))
    name = _cuts().get((found, whole)) or _cuts().get((found, not whole))
    if name is None or normalizer not in ("NoneType", "NFC"):
        how = f"changes texts ({normalizer})" if name else "cuts texts into words in a way"
        raise UserError(
            f"{where}: its tokenizer {how} that is none of those known here: {', '.join(KNOWN)}. Under a wrong "
            "name llama.cpp would make other tokens of the same text, and the model would answer worse, without "
            "an error. If you know llama.cpp's name for it (tokenizer.ggml.pre of a GGUF file of this model), "
            "give it: --pre NAME"
        )
    return name
