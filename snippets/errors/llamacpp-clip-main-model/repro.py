import gguf
import xllamacpp

writer = gguf.GGUFWriter("mmproj-model.gguf", "clip")
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.close()
params = xllamacpp.CommonParams()
params.model.path = "mmproj-model.gguf"
xllamacpp.Server(params)
