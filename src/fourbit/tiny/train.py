"""Train the bundled tiny Llama: `python -m fourbit.tiny.train --steps 2400 --out DIR`.

The recipe is fixed by its seed, its step count and the Python version whose standard library is the text.
Every matrix dimension is a multiple of 256, so every group size and every K-quant super-block fits.
"""

import argparse
import copy
import json
import math
import platform
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from fourbit.tiny.corpus import documents

SEED, CONTEXT, BATCH = 0, 512, 8  # 4,096 tokens a step
DOCS_SHARE = 0.4  # prose is a fifth of the text; two fifths of the windows come from it all the same
END = "<|endoftext|>"


def config() -> LlamaConfig:
    return LlamaConfig(
        vocab_size=2048,
        hidden_size=256,
        intermediate_size=768,
        num_hidden_layers=4,
        num_attention_heads=8,
        num_key_value_heads=4,
        head_dim=64,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=False,
        bos_token_id=0,
        eos_token_id=0,
    )


def train_tokenizer(texts: list[str]) -> PreTrainedTokenizerFast:
    """Byte-pair tokenizer with 2,048 entries; every byte has a token, so no text is unknown."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=2048, special_tokens=[END], initial_alphabet=alphabet)
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, bos_token=END)


def encode(tokenizer: PreTrainedTokenizerFast, texts: list[str]) -> torch.Tensor:
    """All documents in one stream of token ids, each closed by the end token."""
    stream = []
    for text in texts:
        stream += tokenizer(text)["input_ids"] + [tokenizer.eos_token_id]
    return torch.tensor(stream)


def batch(streams: dict[str, torch.Tensor], generator: torch.Generator) -> torch.Tensor:
    """BATCH windows of CONTEXT + 1 tokens at random offsets, DOCS_SHARE of them prose on average."""
    rows = []
    for _ in range(BATCH):
        prose = torch.rand((), generator=generator).item() < DOCS_SHARE
        stream = streams["docs" if prose else "code"]
        start = int(torch.randint(len(stream) - CONTEXT - 1, (), generator=generator))
        rows.append(stream[start : start + CONTEXT + 1])
    return torch.stack(rows)


@torch.inference_mode()
def perplexity(model: LlamaForCausalLM, stream: torch.Tensor, windows: int) -> float:
    rows = stream[: windows * CONTEXT].view(-1, CONTEXT)
    losses = [cross_entropy(model(row[None]).logits[0, :-1], row[1:]).item() for row in rows]
    return math.exp(sum(losses) / len(losses))


def learning_rate(step: int, steps: int) -> float:
    """Warm up over 50 steps, hold, and fall linearly to zero over the last 45 %."""
    return min(1.0, (step + 1) / 50, (steps - step) / (0.45 * steps))


def save(model: LlamaForCausalLM, directory: Path) -> None:
    """Write the weights as bfloat16; training goes on in float32."""
    copy.deepcopy(model).to(torch.bfloat16).save_pretrained(directory)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)

    texts = documents()
    tokenizer = train_tokenizer(texts["docs", "train"] + texts["code", "train"])
    streams = {key: encode(tokenizer, value) for key, value in texts.items()}
    training = {domain: streams[domain, "train"] for domain in ("docs", "code")}
    tokenizer.save_pretrained(arguments.out)
    characters = {key: sum(map(len, value)) for key, value in texts.items()}
    print({key: (characters[key], len(stream)) for key, stream in streams.items()}, flush=True)

    model = LlamaForCausalLM(config()).to(arguments.device)
    parameters = dict(model.named_parameters())
    matrices = [p for name, p in parameters.items() if name.endswith("_proj.weight")]
    others = [p for name, p in parameters.items() if not name.endswith("_proj.weight")]
    optimizers = [
        torch.optim.Muon(matrices, lr=0.02, momentum=0.95, weight_decay=0.1),
        torch.optim.AdamW(others, lr=3e-3, betas=(0.9, 0.95), weight_decay=0.0),
    ]
    peaks = [optimizer.param_groups[0]["lr"] for optimizer in optimizers]

    curve, started = [], time.monotonic()
    for step in range(arguments.steps):
        rows = batch(training, generator).to(arguments.device)
        logits = model(rows[:, :-1]).logits
        loss = cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
        loss.backward()
        for optimizer, peak in zip(optimizers, peaks):
            optimizer.param_groups[0]["lr"] = peak * learning_rate(step, arguments.steps)
            optimizer.step()
            optimizer.zero_grad()
        if step % 100 == 0 or step == arguments.steps - 1:
            held_out = {d: perplexity(model, streams[d, "held_out"], 8) for d in ("docs", "code")}
            curve.append(
                {"step": step, "train_loss": round(loss.item(), 4)}
                | {f"{domain}_perplexity": round(value, 3) for domain, value in held_out.items()}
            )
            print(round(time.monotonic() - started), curve[-1], flush=True)
            save(model, arguments.out)

    record = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "device": arguments.device,
        "seed": SEED,
        "steps": arguments.steps,
        "tokens_seen": arguments.steps * BATCH * CONTEXT,
        "parameters": sum(p.numel() for p in parameters.values()),
        "corpus": {
            f"{domain}/{split}": {"characters": characters[domain, split], "tokens": len(stream)}
            for (domain, split), stream in streams.items()
        },
        "seconds": round(time.monotonic() - started),
        "curve": curve,
    }
    (arguments.out / "training.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
