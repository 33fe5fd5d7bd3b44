# /// script
# [tool.fourbit]
# overlays = ["ollama"]
# ///
import ollama

client = ollama.Client(host="http://127.0.0.1:9")  # nobody there
client.list()
