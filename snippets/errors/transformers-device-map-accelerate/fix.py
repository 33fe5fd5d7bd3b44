from fourbit.tiny import MODEL

# --8<-- [start:fix]
import sys
from importlib.util import find_spec

print(sys.executable, find_spec("accelerate"))
# --8<-- [end:fix]
# --8<-- [start:check]
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained(MODEL, device_map="cpu")
assert model.device.type == "cpu"
# --8<-- [end:check]
