"""The tiny model as a GGUF file, made with the gguf library."""

import json
from pathlib import Path

import gguf
import numpy as np
from safetensors.torch import load_file

from fourbit import tiny

NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "embed_tokens": "token_embd",
    "norm": "output_norm",
    "lm_head": "output",
}


def write(
    path: Path, kind: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.F32, swapped: bool = False
) -> Path:
    """kind: how the matrices of the blocks are stored;  swapped: two tokens have each other's ids."""
    config = json.loads((tiny.MODEL / "config.json").read_text())
    tokenizer = json.loads((tiny.MODEL / "tokenizer.json").read_text())
    tokens = sorted(tokenizer["model"]["vocab"], key=tokenizer["model"]["vocab"].get)
    if swapped:
        tokens[-1], tokens[-2] = tokens[-2], tokens[-1]
    special = {token["id"] for token in tokenizer["added_tokens"]}
    normal, control = gguf.TokenType.NORMAL, gguf.TokenType.CONTROL
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([control if i in special else normal for i in range(len(tokens))])
    writer.add_token_merges([" ".join(merge) for merge in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(False)
    for name, tensor in load_file(tiny.MODEL / "model.safetensors").items():
        array = tensor.float().numpy()
        module = name.removeprefix("model.").removesuffix(".weight")
        block = ""
        if module.startswith("layers."):
            _, index, module = module.split(".", 2)
            block = f"blk.{index}."
        if NAMES[module] in ("attn_q", "attn_k"):  # llama.cpp rotates neighbors, transformers halves
            n = heads if NAMES[module] == "attn_q" else kv_heads
            array = array.reshape(n, 2, -1, array.shape[1]).swapaxes(1, 2).reshape(array.shape)
        array, stored = np.ascontiguousarray(array), f"{block}{NAMES[module]}.weight"
        if block and array.ndim == 2 and kind != gguf.GGMLQuantizationType.F32:
            writer.add_tensor(stored, gguf.quants.quantize(array, kind), raw_dtype=kind)
        else:
            writer.add_tensor(stored, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
