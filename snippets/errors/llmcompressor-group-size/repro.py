# /// script
# [tool.fourbit]
# overlays = ["llmcompressor"]
# ///
from llmcompressor import oneshot
from llmcompressor.modifiers.quantization import QuantizationModifier
from transformers import AutoModelForCausalLM, LlamaConfig

config = LlamaConfig(
    hidden_size=96,
    intermediate_size=192,
    num_hidden_layers=1,
    num_attention_heads=2,
    vocab_size=64,
)
AutoModelForCausalLM.from_config(config).save_pretrained("model")
model = AutoModelForCausalLM.from_pretrained("model")
recipe = QuantizationModifier(targets="Linear", scheme="W4A16")
oneshot(model=model, recipe=recipe)
