from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from huggingface_hub import constants, hf_hub_download


class Hub(BaseHTTPRequestHandler):  # stands for the hub
    def do_HEAD(self):
        self.send_response(404)
        self.send_header("X-Error-Code", "EntryNotFound")
        self.end_headers()

    do_GET = do_HEAD


server = HTTPServer(("127.0.0.1", 0), Hub)
Thread(target=server.serve_forever, daemon=True).start()
constants.HF_HUB_OFFLINE = False
url = f"http://127.0.0.1:{server.server_port}"
file = "model-q4_k_m.gguf"
hf_hub_download("any/model-GGUF", file, endpoint=url)
