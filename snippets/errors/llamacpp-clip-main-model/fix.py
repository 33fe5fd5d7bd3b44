from pathlib import Path

import gguf

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model-Q8_0.gguf"), "Q8_0")
writer = gguf.GGUFWriter("mmproj-model.gguf", "clip")
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.close()
# --8<-- [start:fix]
from fourbit.gguf import header

kinds = {
    file: header.read(file).metadata["general.architecture"]
    for file in Path().glob("*.gguf")
}
(model,) = (file for file in kinds if kinds[file] != "clip")
# --8<-- [end:fix]
# --8<-- [start:check]
from fourbit.gguf import libllama

assert libllama.load().open_model(model)
# --8<-- [end:check]
