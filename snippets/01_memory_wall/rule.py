# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the scripts of this chapter import it"
# ///
"""The rule of this chapter: bytes that one step of decoding reads."""

# --8<-- [start:main]
from fourbit.vram import cache, devices, model, settings, weights


def parts(name, quant, context=0, users=1):
    """Bytes that one more token for each of `users` reads."""
    found = model.read(name)
    dims = found.dims
    sizes = weights.weigh(found, weights.Quant.parse(quant)).bytes
    used = dims.experts_used / dims.experts if dims.experts else 0
    touched = 1 - (1 - used) ** users  # share, when choices are random
    read = {"attention": 0, "feed forward": 0, "head": 0, "cache": 0}
    for tensor, size in sizes.items():
        if tensor == "token_embd.weight" and not dims.tied:
            read["head"] += users * size // dims.vocab  # rows
        elif not tensor.startswith("blk."):
            read["head"] += size
        elif "ffn" in tensor:
            share = touched if "_exps." in tensor else 1
            read["feed forward"] += share * size
        else:
            read["attention"] += size
    if context:
        full = settings.Settings(context=context)  # multiples of 256
        kept = cache.layers(dims, full)
        read["cache"] = users * sum(layer.bytes for layer in kept)
    return read


def per_step(*arguments, **more):
    return sum(parts(*arguments, **more).values())


def bandwidth(machine):
    return devices.read(machine)[0].bandwidth * 1e9  # bytes a second


# --8<-- [end:main]
