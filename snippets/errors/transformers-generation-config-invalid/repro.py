from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
model.generation_config.do_sample = False
model.generation_config.temperature = 0.6
model.save_pretrained("saved")
