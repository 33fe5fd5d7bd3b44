from pathlib import Path

import gguf
import xllamacpp

writer = gguf.GGUFWriter("model.gguf", "qwen99")
writer.add_block_count(1)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
params = xllamacpp.CommonParams()
params.model.path = str(Path("model.gguf"))
xllamacpp.Server(params)
