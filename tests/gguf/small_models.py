"""Small random models of every family that is converted, each with a tokenizer of the kind that the family has."""

import json
import re
import struct
from collections import Counter
from pathlib import Path

import torch
from gguf import TokenType
from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from fourbit import tiny
from fourbit.gguf import pieces
from fourbit.gguf.pretokenizer import KNOWN

LEARNED = 400  # tokens that a tokenizer has besides those that its kind demands
SPECIAL = ("<unk>", "<s>", "</s>", "<|user|>", "<|endoftext|>")
START = "\u2581"
ANY = "PreTrainedTokenizerFast"
CLASSES = {"gpt-4o": "GPT2Tokenizer"}  # by which llama.cpp's script tells Phi-4 from Phi-3
TEMPLATE = "{% for m in messages %}<|user|>{{ m['content'] }}{% endfor %}"

COMMON = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
    "sliding_window": None,
    "tie_word_embeddings": False,
}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500_000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
LONGROPE = {
    "rope_type": "longrope",
    "rope_theta": 10_000.0,
    "short_factor": [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7],
    "long_factor": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
    "original_max_position_embeddings": 256,
}
SLIDING, FULL = "sliding_attention", "full_attention"

# What each adds to the common settings, its type in transformers and its tokenizer.
FAMILIES = {
    "llama": ("llama", "llama-bpe", {"rope_parameters": LLAMA3, "attention_bias": True}),
    "llama, linear": (
        "llama",
        "smollm",
        {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 1e4}, "mlp_bias": True},
    ),
    "mistral": ("mistral", "sentencepiece", {"head_dim": 32}),
    "mistral, tekken": ("mistral", "tekken", {"tie_word_embeddings": True}),
    "mixtral": ("mixtral", "sentencepiece", {"num_local_experts": 4, "num_experts_per_tok": 2}),
    "qwen2": ("qwen2", "qwen2", {"tie_word_embeddings": True}),
    "qwen3": (
        "qwen3",
        "qwen2",
        {
            "head_dim": 32,
            "rope_parameters": {
                "rope_type": "yarn",
                "rope_theta": 1e6,
                "factor": 4.0,
                "original_max_position_embeddings": 64,
            },
        },
    ),
    "qwen3 experts": (
        "qwen3_moe",
        "qwen2",
        {
            "head_dim": 32,
            "num_experts": 4,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 32,
            "norm_topk_prob": True,
        },
    ),
    "gemma2": (
        "gemma2",
        "sentencepiece",
        {
            "head_dim": 32,
            "query_pre_attn_scalar": 32,
            "sliding_window": 8,
            "layer_types": [SLIDING, FULL, SLIDING],
            "final_logit_softcapping": 5.0,
            "tie_word_embeddings": True,
        },
    ),
    "gemma3": (
        "gemma3_text",
        "sentencepiece",
        {
            "head_dim": 32,
            "query_pre_attn_scalar": 32,
            "sliding_window": 8,
            "num_hidden_layers": 7,
            "layer_types": [*[SLIDING] * 5, FULL, SLIDING],
            "rope_parameters": {
                SLIDING: {"rope_type": "default", "rope_theta": 1e4},
                FULL: {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
            },
            "tie_word_embeddings": True,
        },
    ),
    "phi3": ("phi3", "sentencepiece", {"rope_parameters": LONGROPE, "max_position_embeddings": 512}),
    "phi3, gpt-4o": (
        "phi3",
        "gpt-4o",
        {"rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.75}},
    ),
}

STORED = {  # else float32
    "mistral, tekken": torch.bfloat16,
    "mixtral": torch.float16,
    "qwen3": torch.bfloat16,
    "gemma3": torch.bfloat16,
    "phi3": torch.float16,
}


def save(folder: Path, name: str) -> Path:
    """Write one of FAMILIES with its tokenizer: the same every time."""
    kind, tokenizer, changes = FAMILIES[name]
    folder.mkdir(parents=True, exist_ok=True)
    if tokenizer == "sentencepiece":
        size = sentencepiece(folder, prefix=not kind.startswith("gemma"))
    else:
        size = byte_level(folder, tokenizer)
    dtype = STORED.get(name, torch.float32)
    build(kind, size, **changes).to(dtype).save_pretrained(folder, max_shard_size="200KB")
    return folder


def build(kind: str, vocabulary: int, **changes) -> PreTrainedModel:
    config = AutoConfig.for_model(kind, **COMMON | {"vocab_size": vocabulary} | changes)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    for parameter in model.parameters():  # norms and biases, too, so that none can be left out unnoticed
        parameter.data += 0.15 * torch.randn_like(parameter)
    return model


def byte_level(folder: Path, pre: str, **changes) -> int:
    """A byte-level BPE tokenizer that cuts texts as llama.cpp's `pre` does; returns the number of its tokens."""
    cut, whole = KNOWN[pre]
    tokenizer = Tokenizer(models.BPE(ignore_merges=whole))
    tokenizer.pre_tokenizer, tokenizer.decoder = cut, decoders.ByteLevel()
    if pre == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    trainer = trainers.BpeTrainer(
        vocab_size=LEARNED + 256,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(), trainer)
    tokenizer.add_tokens([AddedToken("<tool>", normalized=False)])
    for name, value in changes.items():
        setattr(tokenizer, name, value)
    return _store(folder, tokenizer, pre in ("llama-bpe", "tekken"), CLASSES.get(pre, ANY))


def sentencepiece(folder: Path, prefix: bool = True, model: bool = True) -> int:
    """A SentencePiece BPE tokenizer with byte fallback, as transformers stores it and as tokenizer.model."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    steps = [normalizers.Prepend(START)] * prefix + [normalizers.Replace(" ", START)]
    tokenizer.normalizer = normalizers.Sequence(steps)
    octets = [f"<0x{value:02X}>" for value in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=LEARNED + 256, special_tokens=[*SPECIAL[:3], *octets], show_progress=False
    )
    tokenizer.train_from_iterator((word + " " for text in _texts() for word in text.split(" ")), trainer)
    spec = json.loads(tokenizer.to_str())
    spec["added_tokens"] = spec["added_tokens"][
        :3
    ]  # the bytes are tokens, but none that is looked for in a text
    tokenizer = Tokenizer.from_str(json.dumps(spec))
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace(START, " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    tokenizer.add_special_tokens([AddedToken(SPECIAL[3], normalized=False)])
    if model:
        learned = pieces.from_bpe(spec["model"])
        (folder / "tokenizer.model").write_bytes(_protocol_buffer(list(learned.values()), prefix))
    return _store(folder, tokenizer, bos=True)


def unigram(folder: Path) -> int:
    """A SentencePiece unigram tokenizer of the commonest words and all characters; no two have the same score."""
    text = START + " ".join(_texts()).replace(" ", START)
    words = Counter(re.findall(f"{START}[a-z]+", text)).most_common(LEARNED)
    singles = sorted(Counter(text).items(), key=lambda item: (-item[1], item[0]))
    vocabulary = [(token, 0.0) for token in SPECIAL]
    vocabulary += [(word, -4 - 0.0137 * rank) for rank, (word, _) in enumerate(words)]
    vocabulary += [(single, -9 - 0.0171 * rank) for rank, (single, _) in enumerate(singles)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in SPECIAL])
    return _store(folder, tokenizer, bos=True)


def _texts() -> list[str]:
    return [
        tiny.text("docs")[:40_000],
        "It's 1234 degrees; naïve café, 我想在 🦙🦙 I'LL we've 3.14\n\n\tx = y  # 7\n" * 4,
    ]


def _store(folder: Path, tokenizer: Tokenizer, bos: bool, named: str = ANY) -> int:
    if bos:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)]
        )
    tokenizer.save(str(folder / "tokenizer.json"))
    decoder = {
        str(index): {"content": token.content, "special": token.special}
        for index, token in tokenizer.get_added_tokens_decoder().items()
    }
    config = {
        "tokenizer_class": named,
        "bos_token": "<s>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "added_tokens_decoder": decoder,
        "chat_template": TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return tokenizer.get_vocab_size()


def _protocol_buffer(learned: list[pieces.Piece], prefix: bool) -> bytes:
    """A tokenizer.model: sentencepiece's ModelProto."""
    kinds = {index: TokenType.CONTROL for index in (1, 2)}
    octets = b""
    for index, (text, score, kind) in enumerate(learned):
        piece = _field(1, text.encode()) + b"\x15" + struct.pack("<f", score)
        octets += _field(1, piece + b"\x18" + bytes([kinds.get(index, kind)]))
    octets += _field(2, b"\x18\x02" + b"\x98\x02\x01")  # trainer: BPE, byte fallback
    return octets + _field(3, b"\x18" + bytes([prefix]) + b"\x20\x00" + b"\x28\x01")  # normalizer


def _field(number: int, value: bytes) -> bytes:
    size, length = len(value), b""
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + value
