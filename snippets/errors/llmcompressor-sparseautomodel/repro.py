# /// script
# [tool.fourbit]
# overlays = ["llmcompressor"]
# ///
from llmcompressor.transformers import SparseAutoModelForCausalLM

SparseAutoModelForCausalLM.from_pretrained("model")
