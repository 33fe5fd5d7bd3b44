"""Hub datasets and chat transcripts, without a network: streams made here, and the errors of the real client."""

import json
import sys

import pytest

from fourbit import calibration
from fourbit.calibration.hub import PRESETS, SPEC, Hub
from fourbit.errors import UserError

WAY_OUT = "text without a network: docs, code, legal, or a file"


def stream(monkeypatch, rows, shards=4):
    """What load_dataset returns from now on; and a list of what it was asked for."""
    import datasets

    asked = []

    def generate(shards):
        for shard in shards:
            yield from (row for index, row in enumerate(rows) if index % 4 == shard)

    def load(*arguments, **keywords):
        asked.append((arguments, keywords))
        return datasets.IterableDataset.from_generator(generate, gen_kwargs={"shards": list(range(shards))})

    monkeypatch.setattr(datasets, "load_dataset", load)
    return asked


def failing(monkeypatch, error):
    import datasets

    def load(*_, **__):
        raise error

    monkeypatch.setattr(datasets, "load_dataset", load)


ROWS = [
    {"id": i, "text": f"Row {i} holds words such as {i * i} and {i**3}, and it ends here."}
    for i in range(400)
]


def test_a_dataset_is_streamed(monkeypatch, tokenizer):
    asked = stream(monkeypatch, ROWS)
    first, again, other = (
        calibration.build("hf:a/b/c@test", tokenizer, 4, 64, seed, spare=2) for seed in (0, 0, 1)
    )
    assert asked[0] == (("a/b", "c"), {"split": "test", "streaming": True})
    assert first.sha256 == again.sha256 != other.sha256
    assert first.name == "hf:a/b/c@test" and len(first.spare) == 2
    assert 16 * 6 * 64 <= first.parts[0].tokens < 16 * 6 * 64 + 64 and not first.parts[0].whole


def test_an_endless_dataset_is_read_in_part(monkeypatch, tokenizer):
    class Endless:
        def __iter__(self):
            while True:
                yield ROWS[self.read % 400] | {"text": f"{self.read} is the number of this row"}
                self.read += 1

        read = 0

    rows = Endless()
    stream(monkeypatch, rows, shards=1)
    import datasets

    monkeypatch.setattr(Endless, "shuffle", lambda self, **_: self, raising=False)
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: rows)
    found = calibration.build("hf:a/b", tokenizer, 4, 64)
    assert len(found.windows) == 4 and rows.read < 4000


def test_a_stream_of_copies_ends(monkeypatch, tokenizer):
    import datasets

    class Copies:
        shuffle = lambda self, **_: self

        def __iter__(self):
            while True:
                yield ROWS[0]

    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: Copies())
    with pytest.raises(UserError, match=r"hf:a/b: has \d+ tokens, fewer than one window of 64"):
        calibration.build("hf:a/b", tokenizer, 4, 64)


def test_wikitext_is_joined_to_articles(monkeypatch):
    import datasets
    import numpy as np

    rows = [
        "",
        " = One = \n",
        "",
        " Text . \n",
        " = = Section = = \n",
        " More . \n",
        " = Two = \n",
        " Text . \n",
    ]
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: [{"text": row} for row in rows])
    found = [document.text for document in Hub(PRESETS["wikitext"]).documents(np.random.default_rng(0))]
    assert sorted(found) == [" = One = \n Text . \n = = Section = = \n More . \n", " = Two = \n Text . \n"]


def test_every_preset_is_a_dataset_with_split_and_column():
    assert all(
        (match := SPEC.fullmatch(spec)) and match["split"] and match["column"] for spec in PRESETS.values()
    )
    assert not set(PRESETS) & set(calibration.DOMAINS)


def test_a_wrong_column_is_named(monkeypatch, tokenizer):
    stream(monkeypatch, ROWS)
    with pytest.raises(UserError, match="hf:a/b: no column 'body'; there are: id, text"):
        calibration.build("hf:a/b#body", tokenizer, 4, 64)
    with pytest.raises(UserError, match="column 'id' holds int and not text"):
        calibration.build("hf:a/b#id", tokenizer, 4, 64)


def test_without_a_network_nothing_else_is_taken(tokenizer):
    """The real client, which conftest.py puts off line."""
    for spec in ("hf:owner/name", "c4"):
        with pytest.raises(
            UserError, match=rf"^{spec}: the Hugging Face hub cannot be reached .*; {WAY_OUT}$"
        ):
            calibration.build(spec, tokenizer, 4, 64)


def test_what_the_hub_refuses_is_said(monkeypatch, tokenizer):
    from datasets.exceptions import DatasetNotFoundError

    for error, message in (
        (
            DatasetNotFoundError("Dataset 'a/b' doesn't exist on the Hub or cannot be accessed."),
            "no such dataset",
        ),
        (
            DatasetNotFoundError("Dataset 'a/b' is a gated dataset on the Hub."),
            "gated: accept its terms at .*a/b",
        ),
        (RuntimeError("Dataset scripts are no longer supported, but found b.py"), "needs a loading script"),
        (ValueError("BuilderConfig 'c' not found. Available: ['en', 'de']"), r"Available: \['en', 'de'\]"),
        (ValueError('Bad split: x. Available splits: ["train"]'), "Available splits"),
    ):
        failing(monkeypatch, error)
        with pytest.raises(UserError, match=f"hf:a/b: .*{message}.*{WAY_OUT}"):
            calibration.build("hf:a/b", tokenizer, 4, 64)
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(UserError, match=r"pip install 'fourbit\[data\]'"):
        calibration.build("hf:a/b", tokenizer, 4, 64)


TEMPLATE = (
    "{% for message in messages %}{% if message.role not in ['user', 'assistant'] %}"
    "{{ raise_exception('Unknown role ' + message.role) }}{% endif %}"
    "[{{ message.role }}] {{ message.content }}\n{% endfor %}"
)


@pytest.fixture
def chatty(tokenizer, monkeypatch):
    monkeypatch.setattr(tokenizer, "chat_template", TEMPLATE)
    return tokenizer


def chats(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return f"chat:{path}"


def turn(i, role="user"):
    return {
        "messages": [
            {"role": role, "content": f"Question {i} of {i * i}"},
            {"role": "assistant", "content": "No."},
        ]
    }


def test_transcripts_are_rendered_by_the_template(tmp_path, chatty):
    spec = chats(tmp_path / "x.jsonl", *map(turn, range(200)))
    found = calibration.build(spec, chatty, 4, 64)
    text = chatty.decode(found.windows[0])
    assert "[assistant] No.\n[user] Question" in text and "<|endoftext|>" not in text
    assert found.name == "chat:x.jsonl"


def test_transcripts_of_the_hub(monkeypatch, chatty):
    stream(monkeypatch, [turn(i) for i in range(200)])
    found = calibration.build("chat:hf:a/b@test", chatty, 4, 64)
    assert "[user] Question" in chatty.decode(found.windows[0]) and found.name == "chat:hf:a/b@test"


def test_a_bad_transcript_is_named(tmp_path, tokenizer, chatty):
    for record, message in (
        (turn(3, "tool"), r"x.jsonl, line 2: the chat template of the model refuses it: Unknown role tool"),
        ({"text": "plain"}, r"x.jsonl, line 2: no list of messages in it \(there are: text\)"),
        ({"messages": None}, r"x.jsonl, line 2: no list of messages in it \(there are: messages\)"),
        ({"messages": ["hello"]}, "line 2: each of the messages must be an object"),
    ):
        with pytest.raises(UserError, match=message):
            calibration.build(chats(tmp_path / "x.jsonl", turn(1), record), chatty, 4, 64)
    (tmp_path / "x.txt").write_text("plain")
    with pytest.raises(UserError, match=r"chat:.*x\.txt: chat transcripts must be JSON lines"):
        calibration.build(f"chat:{tmp_path / 'x.txt'}", chatty, 4, 64)
    chatty.chat_template = None
    with pytest.raises(UserError, match=r"chat:.*x\.jsonl: the model's tokenizer has no chat template"):
        calibration.build(f"chat:{tmp_path / 'x.jsonl'}", chatty, 4, 64)
