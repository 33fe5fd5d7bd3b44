# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "Ollama is no Python package, and is not installed where the tests run"
# ///
# --8<-- [start:main]
cat > Modelfile <<'END'
FROM ./smollm2-q4_k_m.gguf
PARAMETER num_ctx 4096
PARAMETER temperature 0
END
ollama create smollm2 -f Modelfile
ollama run smollm2 "Name three rivers."
ollama show --modelfile smollm2   # look at TEMPLATE
# --8<-- [end:main]
