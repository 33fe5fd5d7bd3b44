from pathlib import Path

from fourbit.tiny import MODEL

# --8<-- [start:fix]
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained(MODEL, dtype="auto")
# --8<-- [end:fix]
# --8<-- [start:check]
file = Path(MODEL / "model.safetensors").stat().st_size
assert model.get_memory_footprint() < 1.1 * file
# --8<-- [end:check]
