import gguf
import xllamacpp

writer = gguf.GGUFWriter("m-00002-of-00002.gguf", "llama")
writer.add_uint16(gguf.Keys.Split.LLM_KV_SPLIT_NO, 1)
writer.add_uint16(gguf.Keys.Split.LLM_KV_SPLIT_COUNT, 2)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.close()
params = xllamacpp.CommonParams()
params.model.path = "m-00002-of-00002.gguf"
xllamacpp.Server(params)
