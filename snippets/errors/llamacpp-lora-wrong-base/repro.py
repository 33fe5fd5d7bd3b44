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
a, b = np.zeros((4, 128), "f"), np.zeros((512, 4), "f")
writer.add_tensor("blk.0.attn_q.weight.lora_a", a)  # 256 wide
writer.add_tensor("blk.0.attn_q.weight.lora_b", b)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
lora = xllamacpp.CommonAdapterLoraInfo("lora.gguf", 1.0)
params.lora_adapters = [lora]
xllamacpp.Server(params)
