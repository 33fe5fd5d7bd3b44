# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "vLLM needs a GPU"
# api = ["vllm==0.33.0"]
# ///
"""Answer many prompts at once with vLLM."""

# --8<-- [start:batch]
from vllm import LLM, SamplingParams

if __name__ == "__main__":  # vLLM starts worker processes
    # No quantization=: it is read from the folder's config.json.
    llm = LLM("Qwen3-0.6B-gptq")
    greedy = SamplingParams(temperature=0, max_tokens=64)
    prompts = ["What is a Hessian?", "What is a quantile?"]
    conversations = [[{"role": "user", "content": p}] for p in prompts]
    for output in llm.chat(conversations, greedy):
        print(output.outputs[0].text)
# --8<-- [end:batch]
