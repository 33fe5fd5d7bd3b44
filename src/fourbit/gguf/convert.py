"""A model directory to a GGUF file: in 16 or 32 bits, or quantized with the bytes that llama-quantize would write.

Those bytes are the ones llama-quantize makes of the model's F32 file: nothing is rounded to 16 bits on the way.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from gguf import GGUFValueType
from gguf.gguf_writer import GGUFValue

from fourbit.gguf import metadata, mix, plan, quantize, write
from fourbit.gguf.imatrix_files import Imatrix
from fourbit.gguf.mix import Choice
from fourbit.gguf.plan import Plan

IMATRIX = "quantize.imatrix."


def choose(planned: Plan, file_type: str, *, imatrix: bool = False, pure: bool = False) -> dict[str, Choice]:
    """The type of each tensor of a model's file, and why. file_type, imatrix, pure: as in `mix.choose`."""
    config = planned.config
    return mix.choose(
        [(tensor.name, tensor.shape) for tensor in planned.tensors],
        file_type,
        planned.arch,
        imatrix=imatrix,
        pure=pure,
        n_expert=config.get("num_local_experts") or config.get("num_experts") or 0,
        n_gqa=config["num_attention_heads"] // config["num_key_value_heads"],
        n_layer=config["num_hidden_layers"],
    )


def convert(
    folder: Path,
    out: Path,
    file_type: str,
    *,
    imatrix: Imatrix | None = None,
    pure: bool = False,
    pre: str | None = None,
    progress: Callable[[str], None] = lambda name: None,
) -> Plan:
    """Write the GGUF file of a model directory, plain or quantized; one tensor is in memory at a time.

    file_type  a name in `mix.FILE_TYPES`, such as "F16" or "Q4_K_M"
    imatrix    importance of the columns of each matrix;  pure: one type for all matrices
    pre        name of the pre-tokenizer, for a tokenizer that is not recognized
    progress   is called with the name of every tensor that is written
    Returns the plan that was carried out. Raises UserError when the model, its tokenizer or its weights do not fit
    into such a file, or the file cannot be written; then there is none.
    """
    return carry_out(plan.read(folder), out, file_type, imatrix, pure, pre, progress)


def carry_out(
    planned: Plan,
    out: Path,
    file_type: str,
    imatrix: Imatrix | None = None,
    pure: bool = False,
    pre: str | None = None,
    progress: Callable[[str], None] = lambda name: None,
) -> Plan:
    """Write the file of a plan; arguments and errors as for `convert`."""
    choices = choose(planned, file_type, imatrix=imatrix is not None, pure=pure)
    keys = metadata.read(planned, mix.FILE_TYPES[file_type].id, pre)
    if imatrix is not None:
        keys |= origin(imatrix)

    def produce(index: int) -> np.ndarray:
        tensor = planned.tensors[index]
        importance = (
            imatrix.importance(tensor.name, tensor.shape) if imatrix and len(tensor.shape) > 1 else None
        )
        return quantize.encode(tensor.value(), choices[tensor.name].type, importance, tensor.name)

    write.write(
        out,
        planned.arch,
        keys,
        [(tensor.name, tensor.shape, choices[tensor.name].type) for tensor in planned.tensors],
        produce,
        lambda index: progress(planned.tensors[index].name),
    )
    return planned


def origin(imatrix: Imatrix) -> dict[str, GGUFValue]:
    """Where the importances come from, under llama-quantize's keys."""
    keys = {f"{IMATRIX}dataset": GGUFValue(", ".join(imatrix.datasets), GGUFValueType.STRING)}
    for name, count in (("entries_count", len(imatrix.entries)), ("chunks_count", imatrix.chunks)):
        keys[IMATRIX + name] = GGUFValue(count, GGUFValueType.UINT32)
    return keys
