# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "vLLM needs a GPU"
# api = ["vllm==0.33.0"]
# ///
# --8<-- [start:serve]
# As for GPTQ: method and bits are read from config.json.
vllm serve Qwen3-0.6B-awq --max-model-len 8192
# --8<-- [end:serve]
