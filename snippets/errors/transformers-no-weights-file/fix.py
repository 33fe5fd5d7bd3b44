import os
import shutil

from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

os.mkdir("model")
shutil.copy(MODEL / "config.json", "model")
# --8<-- [start:fix]
print(sorted(os.listdir("model")))
# here: the weights, as `hf download` would bring them
shutil.copy(MODEL / "model.safetensors", "model")
# --8<-- [end:fix]
# --8<-- [start:check]
assert AutoModelForCausalLM.from_pretrained("model").num_parameters()
# --8<-- [end:check]
