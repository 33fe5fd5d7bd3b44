# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "vLLM needs a GPU"
# api = ["vllm==0.33.0"]
# ///
# --8<-- [start:serve]
vllm serve Qwen3-0.6B --max-model-len 32768 --kv-cache-dtype fp8
# --8<-- [end:serve]
