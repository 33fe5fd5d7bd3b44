import torch
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
good = model.model.layers[1].mlp.up_proj.weight.detach().clone()
with torch.no_grad():
    model.model.layers[1].mlp.up_proj.weight[0, 0] = float("nan")
ids = torch.tensor([[1, 2, 3]])
# --8<-- [start:fix]
found = []


def look(name):
    def hook(module, inputs, output):
        values = output[0] if isinstance(output, tuple) else output
        if torch.is_tensor(values) and not values.isfinite().all():
            found.append(name)

    return hook


for name, module in model.named_modules():
    module.register_forward_hook(look(name))
model(ids)
print("first:", found[0])
# --8<-- [end:fix]
assert found[0] == "model.layers.1.mlp.up_proj"
with torch.no_grad():
    model.model.layers[1].mlp.up_proj.weight.copy_(good)
# --8<-- [start:check]
assert model(ids).logits.isfinite().all()
model.generate(ids, do_sample=True, max_new_tokens=2)
# --8<-- [end:check]
