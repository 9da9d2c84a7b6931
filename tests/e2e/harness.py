"""Starts the real binary and real applications on loopback, and a client that keeps to its schedule.

Everything that is started here is ended here, by its process id, also when a test fails. Nothing sleeps for a guess:
what is waited for is looked at, with a deadline.
"""
import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

STEAD = os.environ.get("STEAD_BINARY", "build/release/stead")
HERE = os.path.dirname(os.path.abspath(__file__))


# Below the ports that the kernel takes for outgoing connections: one of those may be taken between the moment it is
# chosen and the moment it is bound, and a connection to a port where nobody listens can even meet itself.
_ports = itertools.cycle(range(10000, 30000))
for _ in range(os.getpid() * 97 % 20000):
    next(_ports)


def free_port():
    """Not given to anybody else in this run."""
    for port in _ports:
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            return port


def wait_until(condition, seconds=10.0, what="the condition"):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)  # between two looks
    raise AssertionError(f"{what} did not come within {seconds} s")


def accepts(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class App:
    """An application process; `args` choose its behaviour, see app.py."""

    def __init__(self, name, *args, port=None):
        self.name, self.args, self.port = name, args, port or free_port()
        self.start()

    def start(self):
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "app.py"), self.name, str(self.port), *self.args])
        wait_until(lambda: accepts(self.port), what=f"application {self.name}")

    def freeze(self):
        """Stopped, all its threads: a signal alone leaves it time for another answer."""
        self.process.send_signal(signal.SIGSTOP)
        tasks = f"/proc/{self.process.pid}/task"

        def stopped(task):
            with open(f"{tasks}/{task}/stat") as f:
                return f.read().rsplit(")", 1)[1].split()[0] == "T"

        wait_until(lambda: all(stopped(task) for task in os.listdir(tasks)), what=f"the stop of {self.name}")

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()


class Stead:
    """A Stead with a run directory of its own; `binary` and `environment` (added to ours) are for tests of those."""

    def __init__(self, config, port, *, start=True, binary=STEAD, environment=None):
        self.binary = binary
        self.environment = {**os.environ, **(environment or {})}
        self.dir = tempfile.mkdtemp(prefix="stead-e2e-")
        self.file = os.path.join(self.dir, "stead.toml")
        self.port = port
        self.write(config)
        self.log = open(os.path.join(self.dir, "log"), "wb")
        self.process = None
        if start:
            try:
                self.start()
            except BaseException:
                self.end()  # nobody else can: the caller has no object yet
                raise

    def write(self, config):
        with open(self.file, "w") as f:
            f.write(config)

    def start(self):
        self.process = subprocess.Popen(
            [self.binary, "run", self.file, "--run-dir", self.dir, "--state-dir", self.dir],
            stdout=self.log, stderr=self.log, env=self.environment)
        wait_until(self.up, what="Stead")

    def up(self):
        if self.process.poll() is not None:
            raise AssertionError("Stead has ended:\n" + self.read_log())
        return self.status() is not None

    def command(self, *args):
        return subprocess.run([STEAD, *args, "--run-dir", self.dir], capture_output=True, text=True, timeout=60)

    def status(self):
        done = self.command("status", "--json")
        return json.loads(done.stdout) if done.returncode == 0 else None

    def worker_pid(self):
        """The worker that serves now, as the API says."""
        status = self.status()
        return status["worker_pid"] if status else None

    def read_log(self):
        with open(os.path.join(self.dir, "log"), errors="replace") as f:
            return f.read()

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        elif self.process is not None and (orphan := self.worker_pid()):
            os.kill(orphan, signal.SIGKILL)  # its keeper is dead: nobody else would end it
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)


def config(port, members, extra=""):
    listed = ", ".join(f'"127.0.0.1:{app.port}"' for app in members)
    return f"""name = "e2e"
[site.all]
listen = ["127.0.0.1:{port}"]
[site.all.route]
"/" = {{ pool = "app" }}
[pool.app]
members = [{listed}]
check = {{ http = "/" }}
[worker]
loops = 2
[timeouts]
drain = "5s"
{extra}"""


async def _one(port, method, reuse, pool, body):
    reader = writer = None
    try:
        if reuse and pool:
            reader, writer = pool.pop()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"{method} / HTTP/1.1\r\nHost: e2e\r\nContent-Length: {len(body)}\r\n"
            f"Connection: {'keep-alive' if reuse else 'close'}\r\n\r\n".encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        length = 0
        for line in head.split(b"\r\n")[1:]:
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        await reader.readexactly(length)
        if reuse:
            pool.append((reader, writer))
            writer = None
        return "ok" if status == 200 else str(status)
    finally:
        if writer is not None:
            writer.close()


async def _load(port, rate, seconds, reuse, method, during):
    begun, pool, results, tasks = time.monotonic(), [], [], []

    async def timed(at, number):
        try:
            kind = await asyncio.wait_for(_one(port, method, reuse, pool, b"id=%d" % number if method == "POST" else b""), 5)
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError) as error:
            kind = type(error).__name__
        results.append((kind, time.monotonic() - at, number))

    fault = asyncio.get_running_loop().run_in_executor(None, during) if during else None
    for i in range(int(rate * seconds)):
        at = begun + i / rate
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        tasks.append(asyncio.create_task(timed(at, i)))
    await asyncio.gather(*tasks)
    if fault:
        await fault
    for _, writer in pool:
        writer.close()
    return results


def load(port, *, rate=100, seconds=3.0, reuse=False, method="GET", during=None):
    """An open loop: latency counts from the intended send time. Returns (failures by kind, slowest in s, results)."""
    results = asyncio.run(_load(port, rate, seconds, reuse, method, during))
    failures = {}
    for kind, _, _ in results:
        if kind != "ok":
            failures[kind] = failures.get(kind, 0) + 1
    return failures, max(r[1] for r in results), results
