from pathlib import Path

import gguf

page = "<!doctype html><title>Log in</title>"
Path("model.gguf").write_text(page + " " * 200)
gguf.GGUFReader("model.gguf")
