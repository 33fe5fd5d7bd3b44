import os
import shutil

from transformers import AutoTokenizer

from fourbit.tiny import MODEL

os.mkdir("quantized")
shutil.copy(MODEL / "config.json", "quantized")
AutoTokenizer.from_pretrained("quantized")
