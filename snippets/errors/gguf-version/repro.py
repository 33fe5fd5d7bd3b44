import struct
from pathlib import Path

import gguf

header = b"GGUF" + struct.pack("<IQQ", 1, 0, 0)
Path("model.gguf").write_bytes(header)
gguf.GGUFReader("model.gguf")
