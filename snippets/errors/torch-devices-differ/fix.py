from transformers import AutoModelForCausalLM, AutoTokenizer

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
tokenizer = AutoTokenizer.from_pretrained(MODEL)
# --8<-- [start:fix]
inputs = tokenizer("some text", return_tensors="pt")
inputs = inputs.to(model.device)
# --8<-- [end:fix]
# --8<-- [start:check]
devices = {one.device for one in model.parameters()}
devices |= {one.device for one in model.buffers()}
assert devices == {inputs.input_ids.device}
model(**inputs)
# --8<-- [end:check]
