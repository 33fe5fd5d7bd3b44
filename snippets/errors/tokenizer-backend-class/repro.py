# /// script
# [tool.fourbit]
# overlays = ["transformers4"]
# ///
from transformers import AutoTokenizer

from fourbit.tiny import MODEL

AutoTokenizer.from_pretrained(MODEL)
