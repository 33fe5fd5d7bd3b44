# /// script
# [tool.fourbit]
# overlays = ["ollama"]
# ///
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import ollama

models = set()


class Server(BaseHTTPRequestHandler):  # answers as Ollama's does
    def do_POST(self):
        size = int(self.headers["Content-Length"])
        name = json.loads(self.rfile.read(size))["model"]
        if self.path == "/api/pull":
            models.add(name)
        answer = {"status": "success", "response": "hello"}
        self.send_response(200 if name in models else 404)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())


server = HTTPServer(("127.0.0.1", 0), Server)
Thread(target=server.serve_forever, daemon=True).start()
host = f"http://127.0.0.1:{server.server_port}"
# --8<-- [start:fix]
client = ollama.Client(host=host)
try:
    answer = client.generate("llama3.1", "hello")
except ollama.ResponseError as error:
    if error.status_code != 404:
        raise
    client.pull("llama3.1")
    answer = client.generate("llama3.1", "hello")
# --8<-- [end:fix]
# --8<-- [start:check]
assert answer.response == "hello"
# --8<-- [end:check]
