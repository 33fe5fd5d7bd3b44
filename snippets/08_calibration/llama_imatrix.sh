# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "needs a build of llama.cpp"
# ///
# --8<-- [start:main]
llama-imatrix -m model-f16.gguf -f mixed.txt -o imatrix.gguf \
  -c 512 --chunks 128 --parse-special
llama-quantize --imatrix imatrix.gguf \
  model-f16.gguf model-q4_k_m.gguf Q4_K_M
# --8<-- [end:main]
