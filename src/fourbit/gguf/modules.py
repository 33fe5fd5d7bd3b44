"""Names of a GGUF tensor's origin in a transformers checkpoint, for the families whose names are regular."""

from fourbit.gguf.dims import Dims

_OUTSIDE = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output.weight": "lm_head.weight",
    "output.bias": "lm_head.bias",
    "output_norm.weight": "model.norm.weight",
    "output_norm.bias": "model.norm.bias",
}
_BLOCK = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_qkv": "self_attn.qkv_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "attn_q_a": "self_attn.q_a_proj",
    "attn_q_b": "self_attn.q_b_proj",
    "attn_q_a_norm": "self_attn.q_a_layernorm",
    "attn_kv_a_mqa": "self_attn.kv_a_proj_with_mqa",
    "attn_kv_a_norm": "self_attn.kv_a_layernorm",
    "attn_k_b": "self_attn.kv_b_proj",
    "attn_v_b": "self_attn.kv_b_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "ffn_gate_inp": "mlp.gate",
    "ffn_gate_exps": "mlp.experts.{}.gate_proj",
    "ffn_up_exps": "mlp.experts.{}.up_proj",
    "ffn_down_exps": "mlp.experts.{}.down_proj",
    "ffn_gate_shexp": "mlp.shared_experts.gate_proj",
    "ffn_up_shexp": "mlp.shared_experts.up_proj",
    "ffn_down_shexp": "mlp.shared_experts.down_proj",
    "ffn_gate_inp_shexp": "mlp.shared_expert_gate",
}
_SANDWICH = {  # norms before and after both halves of a block
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}
_MIXTRAL = {
    "ffn_gate_inp": "block_sparse_moe.gate",
    "ffn_gate_exps": "block_sparse_moe.experts.{}.w1",
    "ffn_up_exps": "block_sparse_moe.experts.{}.w3",
    "ffn_down_exps": "block_sparse_moe.experts.{}.w2",
}
_QWEN = {f"ffn_{n}_shexp": f"mlp.shared_expert.{n}_proj" for n in ("gate", "up", "down")}
_FUSED = {"ffn_up": "mlp.gate_up_proj"}
_POST = {"post_attention_norm": "post_attention_layernorm"}
_OWN = {
    "llama": _MIXTRAL,
    "gemma2": _SANDWICH,
    "gemma3": _SANDWICH,
    "olmo2": _SANDWICH,
    "phi3": _FUSED,
    "qwen2moe": _QWEN,
    "seed_oss": _POST,
    "glm4moe": _POST,
}
_REGULAR = {
    *_OWN, "qwen2", "qwen3", "qwen3moe", "mistral3", "smollm3", "gemma", "deepseek2", "granite", "command-r", "cohere2",
    "olmoe", "ernie4_5", "arcee",
}  # fmt: skip


def name(dims: Dims, tensor: str) -> str | None:
    """Parameter(s) of a checkpoint that `tensor` is made of, or None."""
    if not tensor.startswith("blk."):
        return _OUTSIDE.get(tensor)
    if dims.arch not in _REGULAR:
        return None
    _, index, rest = tensor.split(".", 2)
    part, _, kind = rest.rpartition(".")
    found = (_BLOCK | _OWN.get(dims.arch, {})).get(part)
    return found and f"model.layers.{index}.{found}.{kind}"
