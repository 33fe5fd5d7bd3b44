# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "on PyPI it is source only: half an hour of compiling"
# api = ["llama-cpp-python==0.3.36"]
# ///
"""A GGUF file with llama-cpp-python."""

# --8<-- [start:main]
from llama_cpp import Llama

model = Llama(
    "smollm2-q4_k_m.gguf",
    n_ctx=2048,
    n_gpu_layers=-1,  # all of them; 0 keeps the model on the CPU
    verbose=False,
)
stream = model.create_chat_completion(
    [{"role": "user", "content": "Name three rivers."}],
    temperature=0.0,
    max_tokens=64,
    stream=True,
)
for part in stream:
    delta = part["choices"][0]["delta"]
    print(delta.get("content", ""), end="", flush=True)
# --8<-- [end:main]
