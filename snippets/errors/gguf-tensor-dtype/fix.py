import gguf
import torch

weights = torch.randn(4, 32).bfloat16()
writer = gguf.GGUFWriter("model.gguf", "llama")
# --8<-- [start:fix]
bits = weights.contiguous().view(torch.uint8).numpy()
kind = gguf.GGMLQuantizationType.BF16
writer.add_tensor("output.weight", bits, raw_dtype=kind)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
# --8<-- [end:fix]
# --8<-- [start:check]
(tensor,) = gguf.GGUFReader("model.gguf").tensors
back = gguf.quants.dequantize(tensor.data, kind)
assert (torch.from_numpy(back) == weights.float()).all()
# --8<-- [end:check]
