import gguf
import xllamacpp

writer = gguf.GGUFWriter("model.gguf", "llama")
writer.add_uint16(gguf.Keys.Split.LLM_KV_SPLIT_NO, 0)
writer.add_uint16(gguf.Keys.Split.LLM_KV_SPLIT_COUNT, 2)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.close()
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
xllamacpp.Server(params)
