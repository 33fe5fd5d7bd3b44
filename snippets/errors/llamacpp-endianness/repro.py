import gguf
import xllamacpp

writer = gguf.GGUFWriter(
    "model.gguf", "llama", endianess=gguf.GGUFEndian.BIG
)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.close()
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
xllamacpp.Server(params)
