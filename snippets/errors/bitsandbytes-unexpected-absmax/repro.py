# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
import bitsandbytes as bnb

stored = bnb.nn.Linear4bit(64, 64, bias=False).to("cpu").state_dict()
layer = bnb.nn.Linear4bit(64, 64, bias=False)
layer.load_state_dict(stored)
