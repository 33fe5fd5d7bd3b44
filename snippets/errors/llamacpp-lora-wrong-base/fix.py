from pathlib import Path

import gguf
import numpy as np
import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
writer = gguf.GGUFWriter("lora.gguf", "llama")
writer.add_type("adapter")
writer.add_string("adapter.type", "lora")
writer.add_float32("adapter.lora.alpha", 16.0)
a, b = np.zeros((4, 256), "f"), np.zeros((512, 4), "f")
writer.add_tensor("blk.0.attn_q.weight.lora_a", a)
writer.add_tensor("blk.0.attn_q.weight.lora_b", b)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
# --8<-- [start:fix]
adapter = gguf.GGUFReader("lora.gguf")
model = gguf.GGUFReader("model.gguf")
shapes = {one.name: list(one.shape) for one in model.tensors}
for one in adapter.tensors:
    name, _, kind = one.name.rpartition(".lora_")
    axis = 0 if kind == "a" else 1
    assert shapes[name][axis] == one.shape[axis], one.name
# --8<-- [end:fix]
# --8<-- [start:check]
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
lora = xllamacpp.CommonAdapterLoraInfo("lora.gguf", 1.0)
params.lora_adapters = [lora]
server = xllamacpp.Server(params)
request = {"prompt": "The", "max_tokens": 2}
assert "error" not in server.handle_completions(request)
# --8<-- [end:check]
