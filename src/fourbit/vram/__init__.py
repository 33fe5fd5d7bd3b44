"""What a model takes in memory: weights, cache, buffers, where they go, and how fast they can be read.

    from fourbit.vram import devices, estimate, model, settings, weights

    found = estimate.estimate(
        model.read("llama-3.1-8b"),  # or a config.json, a folder, a .gguf file
        weights.Quant.parse("Q4_K_M"),
        settings.Settings(context=8192),
        devices.read("RTX 4090"),
    )
    found.placement.verdict, found.lines, found.advice, found.as_dict()

In a browser, `model.from_config(fields)` takes a pasted config.json, and `model.from_header(header.parse(stream, size), name,
source)` the first bytes of a GGUF file. Standard library only, all of it.
"""
