# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
from tokenizers import Tokenizer

from fourbit.tiny import MODEL

Tokenizer.from_file(str(MODEL / "tokenizer.json"))
