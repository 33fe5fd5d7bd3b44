# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the exercise of this chapter imports and checks it"
# ///
"""The size of a GPTQ checkpoint, from shapes alone."""


# --8<-- [start:main]
def gptq_parts(shape, bits, group, bias=0):
    """Bytes of a Llama's tensors by part; group -1: a whole row.

    bias: bytes for each output; AutoGPTQ writes zeros in float16.
    """
    h, ffn, layers, q, kv, vocabulary = shape
    block = [(q, h), (kv, h), (kv, h), (h, q)]  # q, k, v, o
    block += [(ffn, h), (ffn, h), (h, ffn)]  # gate, up, down
    weights = layers * sum(o * i for o, i in block)
    groups = layers * sum(
        o * (1 if group < 0 else i // group) for o, i in block
    )
    return {
        "codes": weights * bits // 8,
        "scales": groups * 2,  # float16
        "zeros": groups * bits // 8,
        "g_idx": layers * sum(4 * i for _, i in block),
        "bias": layers * sum(bias * o for o, _ in block),
        "tables": 2 * 2 * vocabulary * h,  # embedding, head: 16 bits
        "norms": 2 * (2 * layers + 1) * h,
    }


SHAPES = {  # hidden, ffn, layers, query width, key width, vocabulary
    "tiny": (256, 768, 4, 512, 256, 2048),
    "7B": (4096, 11008, 32, 4096, 4096, 32000),  # Llama-2
    "70B": (8192, 28672, 80, 8192, 1024, 32000),
}
# --8<-- [end:main]
