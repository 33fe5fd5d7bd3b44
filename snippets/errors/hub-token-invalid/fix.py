from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

from huggingface_hub import constants, hf_hub_download


class Hub(BaseHTTPRequestHandler):  # stands for the hub
    def do_HEAD(self):
        if "Authorization" in self.headers:
            self.send_response(401)
            self.send_header("X-Error-Code", "BadToken")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("ETag", '"1"')
        self.send_header("X-Repo-Commit", "1" * 40)
        self.send_header("Content-Length", "2")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(b"{}")

    do_GET = do_HEAD


server = HTTPServer(("127.0.0.1", 0), Hub)
Thread(target=server.serve_forever, daemon=True).start()
constants.HF_HUB_OFFLINE = False
url = f"http://127.0.0.1:{server.server_port}"
# --8<-- [start:fix]
path = hf_hub_download(
    "any/model",
    "config.json",
    token=False,
    local_dir="model",
    endpoint=url,  # of the stand-in; leave it out
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert Path(path).read_text() == "{}"
# --8<-- [end:check]
