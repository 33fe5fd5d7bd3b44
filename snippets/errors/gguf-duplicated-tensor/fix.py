import gguf
import numpy as np

writer = gguf.GGUFWriter("model.gguf", "llama")
# --8<-- [start:fix]
names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 2)
for layer in range(2):
    source = f"model.layers.{layer}.self_attn.q_proj"
    name = names.get_name(source) + ".weight"
    writer.add_tensor(name, np.zeros((4, 4), np.float32))
# --8<-- [end:fix]
# --8<-- [start:check]
assert list(writer.tensors[0]) == [
    "blk.0.attn_q.weight",
    "blk.1.attn_q.weight",
]
# --8<-- [end:check]
