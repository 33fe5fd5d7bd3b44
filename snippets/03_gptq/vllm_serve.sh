# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "vLLM needs a GPU"
# api = ["vllm==0.33.0"]
# ///
# --8<-- [start:serve]
# The method and the bits are read from the folder's config.json.
vllm serve Qwen3-0.6B-gptq \
  --max-model-len 8192 \
  --gpu-memory-utilization 0.9
# --8<-- [end:serve]
