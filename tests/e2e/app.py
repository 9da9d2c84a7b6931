"""An application for the tests. usage: app.py NAME PORT [close-some] [everywhere]

Answers its name; POST records the body's text, and GET /posts lists what was recorded. close-some: closes one of twenty
kept connections without a word, 0 to 2 ms after an answer. everywhere: at all addresses, not only on loopback.
"""
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME, PORT, MODES = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
posts, lock = [], threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    disable_nagle_algorithm = True

    def answer(self, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        if "close-some" in MODES and random.random() < 0.05:
            time.sleep(random.random() * 0.002)
            self.close_connection = True

    def do_GET(self):
        if self.path == "/posts":
            with lock:
                return self.answer("\n".join(posts))
        if self.path == "/head":
            return self.answer(str(self.headers))
        if self.path == "/slow":
            time.sleep(1.5)
            return self.answer("slow\n")
        if self.path == "/big":
            return self.answer("x" * (1 << 20))
        self.answer(NAME + "\n")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with lock:
            posts.append(body.decode(errors="replace"))
        self.answer(NAME + "\n")

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # whoever asked has gone: tests do that on purpose
            super().handle_error(request, client_address)


Server(("" if "everywhere" in MODES else "127.0.0.1", PORT), Handler).serve_forever()
