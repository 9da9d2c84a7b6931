"""The demo behind ./demo: two applications, one Stead, a gentle load. usage: demo.py [--seconds N]

Everything it starts ends with it. Exit code 1 if a request failed.
"""
import argparse
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STEAD = os.environ.get("STEAD_BINARY", os.path.join(ROOT, "build/release/stead"))
RATE = 50


def application(name, port):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536

        def do_GET(self):
            body = f"{name}\n".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def end_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def free_port(wanted=0):
    for port in ([wanted] if wanted else []) + [0]:
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
                return s.getsockname()[1]
            except OSError:
                continue


class Demo:
    def __init__(self, seconds):
        self.seconds = seconds
        self.dir = tempfile.mkdtemp(prefix="stead-demo-")
        self.port = free_port(8080)
        self.apps = {name: [free_port(), None] for name in ("app-1", "app-2")}
        self.ok = self.failed = 0
        self.slowest = 0.0
        self.recent, self.who = [], {}
        self.lock = threading.Lock()
        self.stopping = threading.Event()

    def start_app(self, name):
        port = self.apps[name][0]
        self.apps[name][1] = subprocess.Popen([sys.executable, __file__, "--application", name, str(port)],
                                              preexec_fn=end_with_parent)

    def start(self):
        for name in self.apps:
            self.start_app(name)
        members = ", ".join(f'"127.0.0.1:{port}"' for port, _ in self.apps.values())
        path = os.path.join(self.dir, "stead.toml")
        with open(path, "w") as f:
            f.write(f'name = "demo"\n\n[site.demo]\nlisten = ["127.0.0.1:{self.port}"]\n'
                    f'route = {{ "/" = {{ pool = "app" }} }}\n\n[pool.app]\nmembers = [{members}]\n'
                    'check = { http = "/" }\n')
        self.log = open(os.path.join(self.dir, "log"), "wb")
        self.stead = subprocess.Popen([STEAD, "run", path, "--run-dir", self.dir, "--state-dir", self.dir],
                                      stdout=self.log, stderr=self.log, preexec_fn=end_with_parent)
        end = time.monotonic() + 10
        while time.monotonic() < end and self.stead.poll() is None:
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            time.sleep(0.02)

    def hints(self):
        first = self.apps["app-1"][1].pid
        at = f"--run-dir {self.dir}"
        print(f"""
  open    http://127.0.0.1:{self.port}/        file  {self.dir}/stead.toml        log  {self.dir}/log

  try     kill -9 {first}                    an application dies (it comes back after 2 s)
          kill -STOP {first}                 … or freezes; kill -CONT {first} thaws it
          pkill -9 -P {self.stead.pid} stead           the worker dies
          {STEAD} status {at}
          {STEAD} reload {at}
          {STEAD} upgrade {at}
  end     Ctrl-C
""")

    def request(self, at):
        try:
            body = urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5).read().decode().strip()
        except OSError:
            body = None
        taken = time.monotonic() - at
        with self.lock:
            if body is None:
                self.failed += 1
                return
            self.ok += 1
            self.slowest = max(self.slowest, taken)
            self.recent = self.recent[-499:] + [taken]
            self.who[body] = self.who.get(body, 0) + 1

    def line(self):
        with self.lock:
            recent = sorted(self.recent) or [0.0]
            pick = lambda q: 1000 * recent[min(len(recent) - 1, int(q * len(recent)))]
            who = "  ".join(f"{name} {count}" for name, count in sorted(self.who.items()))
            return (f"{self.ok} ok  {self.failed} failed  p50 {pick(.5):.1f} ms  p99 {pick(.99):.1f} ms  "
                    f"longest wait {1000 * self.slowest:.0f} ms   {who}")

    def restart_dead(self, since):
        for name, (_, process) in self.apps.items():
            if process.poll() is None:
                continue
            since.setdefault(name, time.monotonic())
            if time.monotonic() - since[name] > 2:
                del since[name]
                self.start_app(name)
                print(f"\n  {name} was started again: pid {self.apps[name][1].pid}")

    def run(self):
        self.start()
        self.hints()
        begun, sent, shown, dead, threads = time.monotonic(), 0, 0.0, {}, []
        while not self.stopping.is_set() and (not self.seconds or time.monotonic() - begun < self.seconds):
            at = begun + sent / RATE
            self.stopping.wait(max(0.0, at - time.monotonic()))
            thread = threading.Thread(target=self.request, args=(at,), daemon=True)
            thread.start()
            threads = [t for t in threads if t.is_alive()] + [thread]
            sent += 1
            self.restart_dead(dead)
            if time.monotonic() - shown > 0.5:
                shown = time.monotonic()
                print("\r  " + self.line() + " ", end="", flush=True)
        for thread in threads:
            thread.join(6)
        print("\n\n  " + self.line())

    def end(self):
        for process in [self.stead] + [app for _, app in self.apps.values()]:
            if process and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in [self.stead] + [app for _, app in self.apps.values()]:
            if process:
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(prog="./demo")
    parser.add_argument("--seconds", type=float, default=0, help="end by itself after so many")
    parser.add_argument("--application", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.application:
        return application(options.application[0], int(options.application[1]))
    demo = Demo(options.seconds)
    demo.stead = None
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: demo.stopping.set())
    try:
        demo.run()
    finally:
        demo.end()
    return 1 if demo.failed or not demo.ok else 0


sys.exit(main())
