from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from huggingface_hub import HfApi, constants


class Hub(BaseHTTPRequestHandler):  # stands for the hub
    def do_GET(self):
        self.send_response(429)
        self.end_headers()


server = HTTPServer(("127.0.0.1", 0), Hub)
Thread(target=server.serve_forever, daemon=True).start()
constants.HF_HUB_OFFLINE = False
url = f"http://127.0.0.1:{server.server_port}"
HfApi(endpoint=url).model_info("any/model")
