"""What the name of a GGUF tensor says: its kind, its layer, and whether llama.cpp's quantizer touches it.

Source: src/llama-quant.cpp and conversion/base.py of llama.cpp at commit 0c1e57098.
Standard library only: it runs in the browser.
"""

import re

KINDS = (  # part of the name -> kind; the first that is found counts
    ("attn_qkv.weight", "value"),
    ("attn_kv_b.weight", "value"),
    ("attn_v.weight", "value"),
    ("attn_k.weight", "key"),
    ("attn_q.weight", "query"),
    ("attn_output.weight", "attention output"),
    ("ffn_up", "up"),
    ("ffn_gate", "gate"),
    ("ffn_down", "down"),
)
EMBEDDINGS = ("token_embd.weight", "per_layer_token_embd.weight")
HEAD = "output.weight"
KEPT = (  # parts of names that are never quantized: small, or read at full precision
    *(
        "_norm.weight",
        "ffn_gate_inp.weight",
        "ffn_gate_tid2eid.weight",
        "altup",
        "laurel",
        "per_layer_model_proj",
    ),
    *("ssm_conv1d", "shortconv.conv.weight", "indexer.k_proj.weight", "indexer.q_proj.weight"),
    *(
        f"time_mix_{name}.weight"
        for name in ("first", "w0", "w1", "w2", "v0", "v1", "v2", "a0", "a1", "a2", "g1", "g2")
    ),
    *(
        "time_mix_decay_w1.weight",
        "time_mix_decay_w2.weight",
        "time_mix_lerp_fused.weight",
        "attn_rel_b.weight",
    ),
    *(".position_embd", "sam.pos_embd", "sam.neck.", "sam.net_", ".rel_pos", ".patch_embd", ".patch_merger"),
    *("a.rvq.codebook", "mm.a.code_embd"),
)
KEPT_BY = {
    "glm5-next": (
        *("hc_", "indexer.attn_q_b", "indexer.attn_k", "indexer.proj", "indexer_compressor_gate"),
        *("indexer_compressor_ape", "ssm_f_a.weight", "ssm_f_b.weight", "ssm_g_a.weight", "ssm_g_b.weight"),
        *("ssm_beta.weight", "attn_kv_a_mqa.weight", "attn_k_b.weight", "attn_v_b.weight"),
    )
}
WHOLE = ("position_embd.weight", "token_types.weight")  # these, and no name that contains them
F32 = (  # what the conversion of a model stores in 32 bits, besides vectors
    *("ffn_gate_inp.weight", "ffn_gate_inp_shexp.weight", "ssm_conv1d", "shortconv.conv.weight"),
    *(f"time_mix_{name}.weight" for name in ("first", "w1", "w2", "decay_w1", "decay_w2", "lerp_fused")),
    *("altup_correct_coef.weight", "altup_predict_coef.weight", ".position_embd", "indexer.proj.weight"),
)


def kind_of(name: str) -> str:
    """ "head", "embedding", one of KINDS or "other"; fused and compressed keys and values count as "value"."""
    if name == HEAD:
        return "head"
    if name in EMBEDDINGS:
        return "embedding"
    return next((kind for part, kind in KINDS if part in name), "other")


def layer_of(name: str) -> int | None:
    """The number after "blk.", None for a tensor outside the layers."""
    found = re.match(r"blk\.(\d+)", name)
    return int(found[1]) if found else None


def order(name: str) -> tuple[int, bytes]:
    """Sort key of the order in which llama.cpp quantizes and writes tensors: by layer, then by name."""
    layer = layer_of(name)
    return (-1 if layer is None else layer), name.encode()


def dimensions(shape: tuple[int, ...]) -> int:
    """How many dimensions llama.cpp counts: leading ones are none."""
    return next((len(shape) - i for i, size in enumerate(shape) if size != 1), 1)


def quantizable(name: str, shape: tuple[int, ...], arch: str = "") -> bool:
    """Whether a quantizer may change the tensor's type: a matrix of weights, and none that is always kept."""
    if dimensions(shape) < 2 or not name.endswith("weight") or name in WHOLE:
        return False
    return not any(part in name for part in KEPT + KEPT_BY.get(arch, ()))


def stored_as_f32(name: str, shape: tuple[int, ...]) -> bool:
    """Whether a converted model has the tensor in 32 bits whatever the rest has: vectors, norms, routers and the like."""
    if len(shape) < 2 or name.endswith("_norm.weight") or not name.endswith(".weight") or name in WHOLE:
        return True
    return any(part in name for part in F32)
