# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "no package brings llama-quantize"
# needs = ["llama-quantize"]
# ///
import shutil
import subprocess
from pathlib import Path

from transformers import LlamaConfig, LlamaForCausalLM

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

config = LlamaConfig.from_pretrained(
    MODEL, hidden_size=192, num_attention_heads=4, head_dim=48
)
LlamaForCausalLM(config).save_pretrained("narrow")
for name in ("tokenizer.json", "tokenizer_config.json"):
    shutil.copy(MODEL / name, "narrow")
convert(Path("narrow"), Path("model.gguf"), "F16")
command = ["llama-quantize", "model.gguf", "q4.gguf", "Q4_K_M"]
subprocess.run(command, check=True)
