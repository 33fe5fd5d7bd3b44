from fourbit.tiny import MODEL

# --8<-- [start:fix]
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained(MODEL)
model.save_pretrained("sharded", max_shard_size="2MB")
# --8<-- [end:fix]
# --8<-- [start:check]
from pathlib import Path

sizes = [
    file.stat().st_size
    for file in Path("sharded").glob("*.safetensors")
]
assert len(sizes) > 1
assert max(sizes) < (MODEL / "model.safetensors").stat().st_size
AutoModelForCausalLM.from_pretrained("sharded")
# --8<-- [end:check]
