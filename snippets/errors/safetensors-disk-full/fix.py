import resource
import signal

from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2**21, 2**21))
# --8<-- [start:fix]
import shutil

print(shutil.disk_usage(".").free, "bytes free")
model.save_pretrained("small", max_shard_size="1MB")
# --8<-- [end:fix]
# --8<-- [start:check]
assert AutoModelForCausalLM.from_pretrained("small")
# --8<-- [end:check]
