# /// script
# [tool.fourbit]
# environment = "autogptq"
# timeout = 120
# ///
"""Four steps of the popular AutoGPTQ recipe, executed."""

import json

import torch
from auto_gptq import AutoGPTQForCausalLM, BaseQuantizeConfig
from auto_gptq.modeling import LlamaGPTQForCausalLM
from transformers import LlamaConfig, LlamaForCausalLM

tiny = LlamaConfig(
    vocab_size=256,
    hidden_size=64,
    intermediate_size=128,
    num_hidden_layers=1,
    num_attention_heads=2,
)
# from_pretrained wants a GPU; wrapping a model by hand reaches the
# same quantize(), which reads its examples before it needs one.
model = LlamaGPTQForCausalLM(
    model=LlamaForCausalLM(tiny),
    quantized=False,
    quantize_config=BaseQuantizeConfig(bits=4),
)
errors = {}


# --8<-- [start:failures]
def attempt(name, step):
    try:
        step()
    except (TypeError, IndexError) as error:
        errors[name] = f"{type(error).__name__}: {error}"
        print(f"{name}: {errors[name]}")


texts = ["GPTQ needs calibration text.", "It reads tokens."]
tensors = [torch.tensor([[71, 80, 84]]), torch.tensor([[73, 116]])]

attempt("load", lambda: AutoGPTQForCausalLM.from_pretrained("any"))
attempt("strings", lambda: model.quantize(texts))
attempt("tensors", lambda: model.quantize(tensors))

# "Mixed precision": set .bits on some modules, then quantize. Before
# quantize() there is no module with that attribute.
modules = [m for m in model.model.modules() if hasattr(m, "bits")]
print(f"modules with .bits: {len(modules)}")
# --8<-- [end:failures]

assert "TypeError" in errors["load"]
assert "quantize_config" in errors["load"]
assert "TypeError" in errors["strings"]
assert "IndexError" in errors["tensors"]
assert not modules
print(json.dumps({"errors": errors, "with_bits": len(modules)}))
