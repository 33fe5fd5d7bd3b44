# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "Ollama is no Python package, and is not installed where the tests run"
# ///
# --8<-- [start:main]
ollama show llama3.1
ollama run llama3.1:8b-instruct-q5_K_M
# --8<-- [end:main]
