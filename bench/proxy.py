#!/usr/bin/env python3
"""What Stead costs beside nginx and HAProxy, on this machine, in one run and in turn.

usage: bench/proxy.py cost    [--rounds 3] [--seconds 2] [--only small,fresh,medium,large] [--loops 1]
       bench/proxy.py idle    [--clients 5000] [--rounds 3]
       bench/proxy.py reloads [--reloads 10]
       (each: [--stead build/release/stead])

cost:    requests per CPU-second of all the proxy's processes: a noisy neighbour moves that far less than requests a
         second. small: 100 bytes on kept connections; fresh: a connection for each; medium: 64 KiB; large: 1 MiB.
idle:    memory for each kept connection that is idle after one request, and whether such connections slow 64 busy ones.
reloads: requests lost by 32 busy kept connections while the configuration is reloaded.

Needs nginx, haproxy and wrk. Everything is on loopback, bounded in number and time, and ended by its process id.
"""
import argparse
import os
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TICKS = os.sysconf("SC_CLK_TCK")
SIZES = {"medium": 64 * 1024, "large": 1024 * 1024}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def family(pid):
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children") as f:
                    todo += [int(child) for child in f.read().split()]
        except FileNotFoundError:
            pass
    return found


def cpu_seconds(pid):
    total = 0
    for one in family(pid):
        try:
            with open(f"/proc/{one}/stat") as f:
                fields = f.read().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        except FileNotFoundError:
            pass
    return total / TICKS


def memory_kib(pid):
    total = 0
    for one in family(pid):
        with open(f"/proc/{one}/smaps_rollup") as f:
            total += sum(int(line.split()[1]) for line in f if line.startswith("Pss:"))
    return total


class Lab:
    """An nginx that answers, and in front of it the proxies: name -> (process, port)."""

    def __init__(self, stead, loops):
        self.place = tempfile.mkdtemp(prefix="stead-bench-")
        os.chmod(self.place, 0o755)
        self.stead, self.loops = stead, loops
        self.processes, self.proxies = [], {}

    def path(self, name):
        return os.path.join(self.place, name)

    def write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)
        return self.path(name)

    def start(self, *command):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=open(self.path("log"), "ab"),
                                   stderr=subprocess.STDOUT, start_new_session=True)
        self.processes.append(process)
        return process

    def start_nginx(self, name, body):
        os.makedirs(self.path(name))
        file = self.write(f"{name}.conf", f"""daemon off; worker_processes 1; pid {self.path(name)}/pid;
error_log {self.path(name)}/error; worker_rlimit_nofile 20000; events {{ worker_connections 16000; }}
http {{ access_log off; sendfile on; keepalive_requests 1000000000; keepalive_timeout 3600; {body} }}""")
        return self.start("nginx", "-c", file, "-e", f"{self.path(name)}/error")

    def stead_config(self, port, idle=256):
        return self.write("stead.toml", f"""name = "bench"
[worker]
loops = {self.loops}
[site.bench]
listen = ["127.0.0.1:{port}"]
route = {{ "/" = {{ pool = "app" }} }}
[pool.app]
members = ["127.0.0.1:{self.member}"]
idle = {{ max = {idle} }}
[timeouts]
idle = "1h"
""")

    def up(self):
        os.makedirs(self.path("www"))
        for name, size in SIZES.items():
            with open(self.path(f"www/{name}"), "wb") as f:
                f.write(os.urandom(size))
        self.member, ports = free_port(), [free_port() for _ in range(3)]
        self.start_nginx("member", f"""server {{ listen 127.0.0.1:{self.member} backlog=1024; root {self.path("www")};
location / {{ return 200 "{"x" * 99}\\n"; }} location /medium {{ }} location /large {{ }} }}""")
        nginx = self.start_nginx("proxy", f"""upstream app {{ server 127.0.0.1:{self.member}; keepalive 256;
keepalive_requests 1000000000; }} server {{ listen 127.0.0.1:{ports[0]} backlog=1024; location / {{ proxy_pass http://app;
proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffers 8 16k; }} }}""")
        haproxy = self.start("haproxy", "-W", "-db", "-f", self.write("haproxy.cfg", f"""global
  nbthread 1
  maxconn 7000
defaults
  mode http
  timeout client 1h
  timeout http-keep-alive 1h
  timeout server 60s
  timeout connect 5s
  http-reuse always
  option splice-auto
frontend f
  bind 127.0.0.1:{ports[1]}
  default_backend b
backend b
  server s 127.0.0.1:{self.member}
"""))
        ours = self.start(self.stead, "run", self.stead_config(ports[2]), "--run-dir", self.place, "--state-dir", self.place)
        self.proxies = {"nginx": (nginx, ports[0]), "haproxy": (haproxy, ports[1]), "stead": (ours, ports[2])}
        for name, (_, port) in self.proxies.items():
            end = time.monotonic() + 10
            while time.monotonic() < end:
                with socket.socket() as s:
                    if s.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            else:
                with open(self.path("log"), errors="replace") as log:
                    raise SystemExit(f"{name} did not start:\n{log.read()[-2000:]}")

    def down(self):
        for signal_ in (signal.SIGTERM, signal.SIGKILL):
            for process in self.processes:
                if process.poll() is None:
                    process.send_signal(signal_)
            end = time.monotonic() + 5
            while time.monotonic() < end and any(process.poll() is None for process in self.processes):
                time.sleep(0.05)
        subprocess.run(["rm", "-r", self.place], check=False)


def wrk(port, seconds, *, connections=64, path="/", fields=()):
    done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *fields,
                           f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True).stdout
    lost = sum(int(number) for number in re.findall(r"(?:Non-2xx or 3xx responses: |connect |read |write |timeout )(\d+)", done))
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", done).groups()
    p99_ms = float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return int(re.search(r"(\d+) requests in", done)[1]), lost, p99_ms


def cost(lab, options):
    for case in options.only.split(","):
        path = "/" + case if case in SIZES else "/"
        fields = ("-H", "Connection: close") if case == "fresh" else ()
        found = {name: [] for name in lab.proxies}
        for _ in range(options.rounds):
            for name, (process, port) in lab.proxies.items():
                before = cpu_seconds(process.pid)
                requests, lost, p99 = wrk(port, options.seconds, path=path, fields=fields)
                found[name].append((requests / max(cpu_seconds(process.pid) - before, 1e-9), requests / options.seconds, p99, lost))
        print(f"\n{case}: requests/CPU-second, requests/second, p99, lost; medians of {options.rounds} rounds of {options.seconds} s")
        for name, rows in found.items():
            middle = [statistics.median(row[i] for row in rows) for i in range(3)]
            ratio = statistics.median(ours[0] / other[0] for ours, other in zip(found["stead"], rows))
            print(f"  {name:8s} {middle[0]:10.0f} {middle[1]:10.0f} {middle[2]:8.2f} ms {sum(row[3] for row in rows):6d}"
                  + ("" if name == "stead" else f"    stead / {name}: {ratio:.2f}"))


def open_clients(port, count):
    clients = []
    for i in range(count):
        client = socket.socket()
        client.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: the port is chosen when it connects
        client.bind((f"127.0.0.{2 + i // 20000}", 0))
        client.connect(("127.0.0.1", port))
        client.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
        if not client.recv(4096).startswith(b"HTTP/1.1 200 "):
            raise SystemExit("a request failed")
        clients.append(client)
    return clients


def idle(lab, options):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    for name, (process, port) in lab.proxies.items():
        wrk(port, 1)
        quiet, crowded, before = [], [], memory_kib(process.pid)
        for round_ in range(options.rounds):
            quiet.append(wrk(port, options.seconds)[2])
            clients = open_clients(port, options.clients)
            if round_ == 0:
                each = (memory_kib(process.pid) - before) / options.clients
            crowded.append(wrk(port, options.seconds)[2])
            for client in clients:
                client.close()
        print(f"  {name:8s} {each:6.2f} KiB for each idle client; p99 of 64 busy ones: {statistics.median(quiet):.2f} ms alone, "
              f"{statistics.median(crowded):.2f} ms beside {options.clients} idle ones")


def reloads(lab, options):
    orders = {
        "nginx": lambda process: process.send_signal(signal.SIGHUP),
        "haproxy": lambda process: process.send_signal(signal.SIGUSR2),
        "stead": lambda process: subprocess.run([lab.stead, "reload", "--run-dir", lab.place], check=True, stdout=subprocess.DEVNULL),
    }
    for name, (process, port) in lab.proxies.items():
        load = subprocess.Popen(["wrk", "-t1", "-c32", f"-d{options.reloads + 2}s", f"http://127.0.0.1:{port}/"],
                                stdout=subprocess.PIPE, text=True)
        for number in range(options.reloads):
            time.sleep(0.8)
            lab.stead_config(lab.proxies["stead"][1], 256 + number)  # each a real change
            orders[name](process)
        done = load.communicate()[0]
        lost = sum(int(n) for n in re.findall(r"(?:Non-2xx or 3xx responses: |connect |read |write |timeout )(\d+)", done))
        total = re.search(r"(\d+) requests in", done)[1]
        print(f"  {name:8s} {options.reloads} reloads: {lost} of {total} requests lost")


def main():
    parser = argparse.ArgumentParser(prog="bench/proxy.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("cost", "idle", "reloads"))
    parser.add_argument("--stead", default=os.path.join(ROOT, "build/release/stead"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--only", default="small,fresh,medium,large")
    parser.add_argument("--loops", type=int, default=1)
    parser.add_argument("--clients", type=int, default=5000)
    parser.add_argument("--reloads", type=int, default=10)
    options = parser.parse_args()
    lab = Lab(options.stead, options.loops)
    try:
        lab.up()
        {"cost": cost, "idle": idle, "reloads": reloads}[options.what](lab, options)
    finally:
        lab.down()


sys.exit(main())
