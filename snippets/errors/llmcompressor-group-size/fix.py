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
# --8<-- [start:fix]
recipe = QuantizationModifier(
    config_groups={
        "all": {
            "targets": ["Linear"],
            "weights": {
                "num_bits": 4,
                "strategy": "group",
                "group_size": 32,
            },
        }
    }
)
oneshot(model=model, recipe=recipe)
# --8<-- [end:fix]
# --8<-- [start:check]
layer = model.model.layers[0].mlp.up_proj
assert layer.quantization_scheme.weights.group_size == 32
# --8<-- [end:check]
