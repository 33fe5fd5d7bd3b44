"""The tokenizer of a model directory as keys of a GGUF file, so that llama.cpp makes the same tokens of a text.

Three kinds: byte-level BPE ("gpt2"), SentencePiece's BPE ("llama") and its unigram model ("t5").
"""

import base64
import json
import logging
from collections.abc import Iterator
from pathlib import Path

from gguf import GGUFWriter, SpecialVocab, TokenType
from tokenizers import Tokenizer

from fourbit.errors import UserError
from fourbit.gguf import pieces, pretokenizer
from fourbit.gguf.pieces import ADDED, WORD_START, Piece

logging.getLogger("gguf").setLevel(
    logging.ERROR
)  # it warns of templates for pairs of texts, which nothing here uses
LOOK_SPECIAL = (
    "<pad>",
    "<mask>",
    "<2mass>",
    "[@BOS@]",
)  # control tokens that some models do not mark as such


def add(writer: GGUFWriter, folder: Path, rows: int, pre: str | None = None) -> None:
    """Add the keys `tokenizer.*` to the writer.

    rows  of the embedding: as many tokens the file gets
    pre   llama.cpp's name of the pre-tokenizer, when it is not recognized
    Raises UserError when llama.cpp has no such tokenizer, or a file is missing or damaged.
    """
    file = folder / "tokenizer.json"
    spec = _read(file) if file.is_file() else {}
    kind = spec.get("model", {}).get("type")
    bpe = kind == "BPE" and not spec["model"].get("byte_fallback")
    if bpe:
        vocab = {index: Piece(text) for text, index in spec["model"]["vocab"].items()}
        _add_bpe(writer, file, pre)
    elif kind == "Unigram":
        vocab = pieces.from_unigram(spec["model"])
        _add_unigram(writer, spec)
    elif kind == "BPE" or (folder / "tokenizer.model").is_file():
        vocab = _add_sentencepiece(writer, folder, spec)
    else:
        raise UserError(
            f"{folder}: no tokenizer that can be converted: {kind or 'no tokenizer.json and no tokenizer.model'}; with "
            "vocab.json and merges.txt only, AutoTokenizer.from_pretrained(...).save_pretrained(...) writes the first"
        )
    vocab |= _added(folder, spec)
    tokens = [
        vocab.get(index) or Piece(f"[PAD{index}]", -10_000.0, TokenType.UNUSED) for index in range(rows)
    ]
    if beyond := [
        piece.text for index, piece in vocab.items() if index >= rows and piece.kind == TokenType.NORMAL
    ]:
        raise UserError(
            f"{folder}: the tokenizer has {rows + len(beyond):,} tokens, the model {rows:,} rows for them; "
            "take the tokenizer of this model"
        )
    writer.add_token_list([piece.text for piece in tokens])
    if not bpe:
        writer.add_token_scores([piece.score for piece in tokens])
    writer.add_token_types([piece.kind for piece in tokens])
    special = SpecialVocab(folder, load_merges=bpe, n_vocab=rows)
    special.add_special_token = _surrounds(file, special) | special.add_special_token
    special.add_to_gguf(writer, quiet=True)


def notes(folder: Path) -> tuple[str, ...]:
    """Texts of which llama.cpp makes other tokens than the model's own tokenizer."""
    file, found = folder / "tokenizer.json", []
    spec = _read(file) if file.is_file() else {}
    if spec.get("model", {}).get("type") == "Unigram":
        found.append(
            "tokens differ where two cuts of a word are equally likely, and by spaces after control tokens"
        )
    if any(step["type"] == "NFC" for step in _steps(spec.get("normalizer"))):
        found.append(
            "letters whose accents are characters of their own become other tokens: nothing joins them"
        )
    schemes = {step.get("prepend_scheme") for step in _steps(spec.get("pre_tokenizer"))}
    if "first" in schemes:
        found.append(
            "texts after control tokens get a leading space, which the model's tokenizer does not give them"
        )
    return tuple(f"in llama.cpp, {note}" for note in found)


def strips(folder: Path) -> bool:
    """Whether spaces after control tokens are dropped."""
    file = folder / "tokenizer.json"
    added = _read(file).get("added_tokens", ()) if file.is_file() else ()
    return any(token.get("rstrip") and token.get("special") for token in added)


def _read(file: Path) -> dict:
    try:
        spec = json.loads(file.read_text(encoding="utf-8"))
        spec["model"]["type"]
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{file}: damaged: no JSON of a tokenizer; download it again") from None
    return spec


def _open(file: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # noqa: BLE001 (the library raises nothing more special)
        raise UserError(f"{file}: cannot be read: {str(error).splitlines()[0]}") from None


def _add_bpe(writer: GGUFWriter, file: Path, pre: str | None) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre or pretokenizer.name_of(_open(file), str(file)))


def _add_unigram(writer: GGUFWriter, spec: dict) -> None:
    writer.add_tokenizer_model("t5")
    writer.add_tokenizer_pre("default")
    writer.add_add_space_prefix(_prefixes(spec))
    steps = list(_steps(spec.get("normalizer")))
    if squeezed := any(step["type"] == "Replace" and "{2,}" in str(step["pattern"]) for step in steps):
        writer.add_remove_extra_whitespaces(squeezed)
    if charts := [step["precompiled_charsmap"] for step in steps if step["type"] == "Precompiled"]:
        writer.add_precompiled_charsmap(base64.b64decode(charts[0]))


def _add_sentencepiece(writer: GGUFWriter, folder: Path, spec: dict) -> dict[int, Piece]:
    model = folder / "tokenizer.model"
    if model.is_file():
        listed, prefix = pieces.from_model(model)
        vocab = dict(enumerate(listed))
    else:
        vocab = pieces.from_bpe(spec["model"])
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_add_space_prefix(_prefixes(spec) if spec else prefix)
    return vocab


def _steps(part: dict | None) -> Iterator[dict]:
    """The steps of a normalizer or pre-tokenizer, sequences flattened."""
    if part:
        nested = part.get("normalizers") or part.get("pretokenizers")
        if nested is None:
            yield part
        for inner in nested or ():
            yield from _steps(inner)


def _prefixes(spec: dict) -> bool:
    """Whether a space is put before a text."""
    for step in [*_steps(spec.get("normalizer")), *_steps(spec.get("pre_tokenizer"))]:
        if step["type"] == "Prepend" or (
            step["type"] == "Metaspace" and step.get("prepend_scheme") != "never"
        ):
            return True
    return False


def _added(folder: Path, spec: dict) -> dict[int, Piece]:
    """Tokens that are found in a text before it is cut: control tokens, and what a user of the tokenizer added."""
    config = folder / "tokenizer_config.json"
    try:
        listed = json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
        listed = listed.get("added_tokens_decoder", {})
    except (ValueError, AttributeError):
        raise UserError(f"{config}: damaged: no JSON object; download it again") from None
    tokens = [(int(index), token) for index, token in listed.items()]
    tokens += [(token["id"], token) for token in spec.get("added_tokens", ())]
    added = {}
    for index, token in tokens:
        text = token["content"]
        if token.get("special") or _looks_special(text):
            added[index] = Piece(text, ADDED, TokenType.CONTROL)
        else:
            added[index] = Piece(text.replace(WORD_START, " "), ADDED, TokenType.USER_DEFINED)
    return added


def _looks_special(text: str) -> bool:
    pairs = (("<|", "|>"), ("<\uff5c", "\uff5c>"), ("<unused", ">"))
    return text in LOOK_SPECIAL or any(text.startswith(start) and text.endswith(end) for start, end in pairs)


def _surrounds(file: Path, special: SpecialVocab) -> dict[str, bool]:
    """Whether the tokenizer puts BOS before and EOS after a text: llama.cpp's defaults depend on the kind."""
    if not file.is_file():
        return {"bos": True, "eos": False}  # as SentencePiece's users do
    ids = _open(file).encode("a").ids
    ends = {"bos": ids[:1], "eos": ids[-1:]}
    return {end: special.special_token_ids.get(end) in found and len(ids) > 1 for end, found in ends.items()}
