# /// script
# [tool.fourbit]
# overlays = ["ollama"]
# ///
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import ollama


class Server(BaseHTTPRequestHandler):  # answers as Ollama's does
    def do_POST(self):
        self.send_response(404)
        self.end_headers()
        self.wfile.write(b'{"error": "model \'llama9\' not found"}')


server = HTTPServer(("127.0.0.1", 0), Server)
Thread(target=server.serve_forever, daemon=True).start()
host = f"http://127.0.0.1:{server.server_port}"
ollama.Client(host=host).generate("llama9", "hello")
