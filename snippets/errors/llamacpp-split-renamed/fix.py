from pathlib import Path

import gguf

for number in (0, 1):
    writer = gguf.GGUFWriter(f"part{number}.gguf", "llama")
    writer.add_uint16(gguf.Keys.Split.LLM_KV_SPLIT_NO, number)
    writer.add_uint16(gguf.Keys.Split.LLM_KV_SPLIT_COUNT, 2)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
# --8<-- [start:fix]
from fourbit.gguf import header

for file in sorted(Path().glob("part*.gguf")):
    found = header.read(file).metadata
    number, parts = found["split.no"] + 1, found["split.count"]
    file.rename(f"model-{number:05}-of-{parts:05}.gguf")
# --8<-- [end:fix]
# --8<-- [start:check]
names = sorted(file.name for file in Path().glob("*.gguf"))
assert names[0] == "model-00001-of-00002.gguf" and len(names) == 2
# --8<-- [end:check]
