"""To which part of a model a tensor belongs, by its name in GGUF or in a Hugging Face checkpoint."""

import re

PARTS = ("embeddings", "attention", "state space", "ffn", "experts", "norms", "output head", "other")
LAYER = re.compile(r"(?:^|\.)(?:blk|layers|layer|h|blocks|block)\.(\d{1,6})\.")
RULES = (  # the first that is found in the name counts
    (
        r"_exps|shexp|\.experts\.|shared_expert|ffn_gate_inp|exp_probs|block_sparse_moe|\.router\.|mlp\.gate\.",
        "experts",
    ),
    (r"norm|\bln_|layernorm", "norms"),
    (r"token_embd|embed_tokens|position_embd|token_types|\bwte\b|\bwpe\b|embeddings?\.", "embeddings"),
    (r"^output\.|lm_head|embed_out", "output head"),
    (r"ssm_|time_mix|mamba|linear_attn|shortconv|conv1d", "state space"),
    (r"attn|attention", "attention"),
    (r"ffn_|mlp|feed_forward", "ffn"),
)


def part_of(name: str) -> str:
    """One of PARTS."""
    return next((part for rule, part in RULES if re.search(rule, name)), "other")


def layer_of(name: str) -> int | None:
    """The number of the layer, None outside of layers."""
    found = LAYER.search(name)
    return int(found[1]) if found else None
