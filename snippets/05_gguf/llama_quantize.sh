# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "needs a build of llama.cpp"
# api = ["llama-cpp-python==0.3.36"]
# ///
# --8<-- [start:main]
python convert_hf_to_gguf.py MODEL --outtype bf16 \
  --outfile model-bf16.gguf
llama-imatrix -m model-bf16.gguf -f calibration.txt \
  -o imatrix.gguf --parse-special
llama-quantize --imatrix imatrix.gguf \
  model-bf16.gguf model-q4_k_m.gguf Q4_K_M
# --8<-- [end:main]
