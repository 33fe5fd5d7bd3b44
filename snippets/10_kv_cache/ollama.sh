# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "Ollama is no Python package, and is not installed where the tests run"
# ///
# --8<-- [start:main]
OLLAMA_FLASH_ATTENTION=1 OLLAMA_KV_CACHE_TYPE=q8_0 \
OLLAMA_CONTEXT_LENGTH=32768 OLLAMA_NUM_PARALLEL=1 ollama serve
# --8<-- [end:main]
