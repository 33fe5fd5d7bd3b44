# /// script
# [tool.fourbit]
# overlays = ["ollama"]
# ///
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import ollama


class Server(BaseHTTPRequestHandler):  # stands for Ollama's
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"models": []}')


server = HTTPServer(("127.0.0.1", 0), Server)
Thread(target=server.serve_forever, daemon=True).start()
host = f"http://127.0.0.1:{server.server_port}"
# --8<-- [start:fix]
client = ollama.Client(host=host)  # where it does listen
# --8<-- [end:fix]
# --8<-- [start:check]
assert client.list().models == []
# --8<-- [end:check]
