# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "needs a build of llama.cpp"
# api = ["llama-cpp-python==0.3.36"]
# ///
# --8<-- [start:main]
llama-server -m smollm2-q4_k_m.gguf --ctx-size 4096 \
  --n-gpu-layers 99 --port 8080

curl http://localhost:8080/v1/chat/completions \
  -d '{"messages": [{"role": "user", "content": "Name three rivers."}]}'
# --8<-- [end:main]
