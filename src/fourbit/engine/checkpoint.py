"""The GPTQ checkpoint on disk: integer codes packed into 32-bit words, read by every GPTQ runtime.

Layout of AutoGPTQ, kept by its successors: for a layer (d_out, d_in) with G groups
  qweight (d_in*bits/32, d_out) int32   codes, a little-endian bit stream down each column
  qzeros  (G, d_out*bits/32) int32      zero points, a bit stream along each row; less one in format "gptq"
  scales  (G, d_out) float16            g_idx (d_in,) int32
"""

import json
from pathlib import Path

import numpy as np
import torch
from huggingface_hub import save_torch_state_dict
from safetensors import safe_open
from transformers import AutoConfig, AutoModelForCausalLM

from fourbit.errors import UserError
from fourbit.grid import BITS, Quantized

PARTS = ("qweight", "qzeros", "scales", "g_idx")


def pack(values: np.ndarray, bits: int) -> np.ndarray:
    """Integers (n, m) as one bit stream down each column: (n*bits/32, m) int32; n*bits must be a multiple of 32."""
    n, m = values.shape
    stream = (values[:, None, :] >> np.arange(bits, dtype=values.dtype)[None, :, None]) & 1  # (n, bits, m)
    octets = np.packbits(stream.reshape(n * bits, m).astype(np.uint8), axis=0, bitorder="little")
    return np.ascontiguousarray(octets.T).view("<i4").T.copy()


def unpack(words: np.ndarray, bits: int) -> np.ndarray:
    """The inverse of `pack`: (n*bits/32, m) int32 to (n, m) uint8."""
    octets = np.ascontiguousarray(words.T.astype("<i4")).view(np.uint8).T
    stream = np.unpackbits(octets, axis=0, bitorder="little").reshape(-1, bits, words.shape[1])
    return (stream << np.arange(bits, dtype=np.uint8)[None, :, None]).sum(axis=1, dtype=np.uint8)


def packable(shape: tuple[int, int], bits: int) -> bool:
    """Whether both sides of a (d_out, d_in) layer fill whole 32-bit words."""
    return shape[0] * bits % 32 == 0 and shape[1] * bits % 32 == 0


def stored_bytes(shape: tuple[int, int], bits: int, group_size: int) -> int:
    """Bytes of one quantized (d_out, d_in) layer: codes, scales, zero points, g_idx."""
    d_out, d_in = shape
    groups = 1 if group_size == -1 else d_in // group_size
    return d_out * d_in * bits // 8 + groups * d_out * 2 + groups * d_out * bits // 8 + d_in * 4


def tensors(q: Quantized, symmetric: bool) -> dict[str, torch.Tensor]:
    """The four stored tensors of one layer."""
    zeros = q.zeros - 1 if symmetric else q.zeros  # format "gptq" stores them less one, "gptq_v2" as they are
    parts = (pack(q.codes.T, q.bits), pack(zeros, q.bits).T, q.scales.T, q.g_idx)
    return {name: torch.from_numpy(np.ascontiguousarray(part)) for name, part in zip(PARTS, parts)}


def settings(
    bits: int, group_size: int, symmetric: bool, activation_order: bool, static_groups: bool, damp: float
) -> dict:
    """The quantization_config that GPTQ runtimes read.

    Asymmetric weights are written as "gptq_v2": the older format stores the zero point less one and cannot
    hold a zero point of 0.
    """
    version = "gptq" if symmetric else "gptq_v2"
    return {
        "quant_method": "gptq",
        "bits": bits,
        "group_size": group_size,
        "desc_act": activation_order and not static_groups,
        "static_groups": static_groups,
        "sym": symmetric,
        "checkpoint_format": version,
        "format": version,
        "lm_head": False,
        "true_sequential": True,
        "damp_percent": damp,
        "meta": {"quantizer": ["fourbit:0.1.0"]},
    }


def save(folder: Path, state: dict[str, torch.Tensor], config: dict) -> None:
    """Write weights, config.json and quantize_config.json into `folder`, which exists."""
    save_torch_state_dict(state, folder, metadata={"format": "pt"})
    for name, content in (("config.json", config), ("quantize_config.json", config["quantization_config"])):
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def read_state(folder: Path) -> dict[str, torch.Tensor]:
    """All tensors of a directory's safetensors files, by name."""
    state = {}
    for file in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(file, framework="pt") as opened:
                state.update({name: opened.get_tensor(name) for name in opened.keys()})
        except Exception as error:  # the reader raises its own kind for every sort of damage
            raise UserError(f"{file}: not a readable safetensors file: {error}") from None
    return state


def quantized_layers(state: dict[str, torch.Tensor], config: dict) -> dict[str, Quantized]:
    """The quantized layers of a checkpoint's tensors, by module name; UserError names what does not fit."""
    bits, version = config.get("bits"), config.get("checkpoint_format", "gptq")
    if config.get("quant_method") != "gptq" or bits not in BITS or version not in ("gptq", "gptq_v2"):
        raise UserError(
            f"quantization_config: method {config.get('quant_method')!r}, {bits} bits, format {version!r} "
            f"cannot be read here; method gptq with {', '.join(map(str, BITS))} bits can"
        )
    found = {}
    for name in sorted(key.removesuffix(".qweight") for key in state if key.endswith(".qweight")):
        missing = [part for part in ("qzeros", "scales") if f"{name}.{part}" not in state]
        if missing:
            raise UserError(f"{name}: the checkpoint has no {missing[0]} for this layer")
        qweight, qzeros, scales = (state[f"{name}.{part}"].numpy() for part in PARTS[:3])
        codes = unpack(qweight, bits).T
        zeros = unpack(qzeros.T, bits)  # (d_out, groups)
        if version == "gptq":
            zeros = (zeros + 1) & (2**bits - 1)  # in uint8, so that 8 bits wrap as they were written
        d_in, groups = codes.shape[1], len(scales)
        g_idx = state.get(f"{name}.g_idx")
        g_idx = np.arange(d_in) // (d_in // groups) if g_idx is None else g_idx.numpy()
        if zeros.shape != scales.T.shape or len(g_idx) != d_in or g_idx.max() >= groups:
            raise UserError(
                f"{name}: its tensors disagree: codes {codes.shape}, scales {scales.shape}, "
                f"zero points {zeros.shape}, g_idx {g_idx.shape}"
            )
        found[name] = Quantized(codes, scales.T, zeros, g_idx, bits)
    return found


def load(folder: Path) -> torch.nn.Module:
    """The model of a GPTQ checkpoint, its weights dequantized to float32."""
    state = read_state(folder)
    config = AutoConfig.from_pretrained(folder)
    layers = quantized_layers(state, dict(config.quantization_config))
    del config.quantization_config
    plain = {name: tensor for name, tensor in state.items() if name.rpartition(".")[2] not in PARTS}
    for name, layer in layers.items():
        plain[f"{name}.weight"] = torch.from_numpy(layer.dequantize())
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    missing, unexpected = model.load_state_dict(plain, strict=False)
    if config.tie_word_embeddings:
        missing = [name for name in missing if name != "lm_head.weight"]
        model.tie_weights()
    if missing or unexpected:
        raise UserError(
            f"{folder}: the checkpoint does not match its config.json: "
            f"missing {missing[:3]}, unexpected {unexpected[:3]}"
        )
    return model
