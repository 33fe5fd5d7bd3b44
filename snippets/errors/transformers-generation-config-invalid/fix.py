from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
model.generation_config.do_sample = False
model.generation_config.temperature = 0.6
# --8<-- [start:fix]
model.generation_config.do_sample = True
model.save_pretrained("saved")
# --8<-- [end:fix]
# --8<-- [start:check]
from transformers import GenerationConfig

config = GenerationConfig.from_pretrained("saved")
assert config.do_sample and config.temperature == 0.6
# --8<-- [end:check]
