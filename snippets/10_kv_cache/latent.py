"""DeepSeek V3: the compressed cache, and the one written out."""

import json

# --8<-- [start:main]
from fourbit.vram import cache, model
from fourbit.vram.settings import Settings

dims, bytes_of = model.from_table("deepseek-v3").dims, {}
for runtime in ("llama.cpp", "transformers"):
    asked = Settings(context=8192, runtime=runtime)
    (line,) = cache.lines(dims, asked)
    bytes_of[runtime] = line.bytes // 8192
    print(f"{runtime:13}{bytes_of[runtime]:10,} bytes per token")
# --8<-- [end:main]
short, long = bytes_of.values()
assert short == 61 * (512 + 64) * 2  # one vector for all heads
assert long == 61 * 128 * (192 + 128) * 2  # each head's key and value
print(json.dumps({"short": short, "long": long, "times": long / short}))
