# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "needs a build of llama.cpp"
# api = ["llama-cpp-python==0.3.36"]
# ///
# --8<-- [start:main]
llama-server -m llama-3.1-8b-q4_k_m.gguf --n-gpu-layers 99 \
  --ctx-size 32768 --parallel 1 --flash-attn on \
  --cache-type-k q8_0 --cache-type-v q8_0
# --8<-- [end:main]
