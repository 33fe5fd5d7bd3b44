# /// script
# [tool.fourbit]
# overlays = ["quantizers"]
# ///
# --8<-- [start:fix]
from torchao.quantization import Int8WeightOnlyConfig
from transformers import AutoModelForCausalLM, TorchAoConfig

from fourbit.tiny import MODEL

settings = TorchAoConfig(Int8WeightOnlyConfig())
model = AutoModelForCausalLM.from_pretrained(
    MODEL, quantization_config=settings
)
# --8<-- [end:fix]
# --8<-- [start:check]
weight = model.model.layers[0].mlp.up_proj.weight
assert type(weight).__module__.startswith("torchao")
# --8<-- [end:check]
