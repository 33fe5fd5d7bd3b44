# --8<-- [start:fix]
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

AutoModelForCausalLM.from_pretrained(MODEL).save_pretrained("out")
# --8<-- [end:fix]
# --8<-- [start:check]
import os

assert "model.safetensors" in os.listdir("out")
# --8<-- [end:check]
