from pathlib import Path

import xllamacpp

page = "<!doctype html><title>Log in</title>"
Path("model.gguf").write_text(page + " " * 200)
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
xllamacpp.Server(params)
