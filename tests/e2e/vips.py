"""A pair of edges with a virtual address, a client, and if wanted a keepalived as a third: what test_vips.py breaks."""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

import prometheus
from harness import STEAD, wait_until
from hosts import Network

HERE = os.path.dirname(os.path.abspath(__file__))
VIP, VIP6 = "10.77.0.100", "fd77::100"

FILE = """
[node]
edge-1 = "10.77.0.1/24"
edge-2 = "10.77.0.2/24"
app    = "10.77.0.3/24"
[vip.public]
address = "{address}"
nodes   = ["edge-1", "edge-2"]
{vip}
[site.shop]
listen = "public:80"
route  = {{ "/" = {{ pool = "app" }} }}
[pool.app]
members = ["app:8000"]
check   = {{ http = "/healthz", every = "200ms" }}
{worker}
{extra}
"""

KEEPALIVED = """
global_defs {{
  vrrp_version {version}
  enable_script_security
}}
vrrp_instance public {{
  state BACKUP
  interface eth0
  virtual_router_id {router}
  priority {priority}
  advert_int {interval}
  {more}
  virtual_ipaddress {{
    {address}
  }}
}}
"""


class Edges:
    """Stead on edge-1 and edge-2, an application on app, and a client. Ended by end(), whatever happened."""

    def __init__(self, vip="", address=f"{VIP}/24", extra="", worker="[worker]\nloops = 1", names=("edge-1", "edge-2"), start=True):
        self.network = Network("edge-1", "edge-2", "app", "client", "other")
        self.dir = tempfile.mkdtemp(prefix="stead-vips-")
        self.file = os.path.join(self.dir, "stead.toml")
        self.keepers = {}
        try:
            self.write(vip, address, extra, worker)
            self["app"].start(sys.executable, os.path.join(HERE, "app.py"), "one", "8000", "everywhere")
            wait_until(lambda: self.get(f"{self['app'].address}:8000") == "one\n", what="the application")
            for name in names if start else ():
                self.start(name)
        except BaseException:
            self.end()
            raise

    def __getitem__(self, name):
        return self.network[name]

    def write(self, vip="", address=f"{VIP}/24", extra="", worker="[worker]\nloops = 1"):
        with open(self.file, "w") as f:
            f.write(FILE.format(vip=vip, address=address, extra=extra, worker=worker))

    def run_dir(self, name):
        return os.path.join(self.dir, name)

    def start(self, name, *before):
        """`before`: what becomes Stead in the end."""
        os.makedirs(self.run_dir(name), exist_ok=True)
        self.keepers[name] = self[name].start(*before, STEAD, "run", self.file, "--run-dir", self.run_dir(name), "--state-dir",
                                              self.run_dir(name), log=self.run_dir(name) + ".log")
        wait_until(lambda: self.serves(name), what=f"Stead on {name}\n{self.log(name)}")

    def serves(self, name):
        if self.keepers[name].poll() is not None:
            raise AssertionError(f"Stead on {name} has ended:\n{self.log(name)}")
        return bool(self.vip(name))

    def command(self, name, *args, check=True):
        return self[name].run(STEAD, *args, "--run-dir", self.run_dir(name), check=check)

    def vip(self, name, number=0):
        """What `stead vip` says of the first group; None: nothing."""
        done = self.command(name, "vip", "--json", check=False)
        vips = json.loads(done.stdout)["vips"] if done.returncode == 0 else []
        return vips[number] if len(vips) > number else None

    def metrics_text(self, name):
        ask = ("import http.client, socket, sys; c = http.client.HTTPConnection('stead'); c.sock = socket.socket(socket.AF_UNIX); "
               "c.sock.connect(sys.argv[1]); c.request('GET', '/metrics'); sys.stdout.write(c.getresponse().read().decode())")
        return self[name].run(sys.executable, "-c", ask, os.path.join(self.run_dir(name), "admin.sock")).stdout

    def metric(self, name, metric, **labels):
        """None: it is not there yet."""
        found = prometheus.parse(self.metrics_text(name))[0]
        return prometheus.total(found, metric, **labels) if any(key[0] == metric for key in found) else None

    def worker_pid(self, name):
        return json.loads(self.command(name, "status", "--json").stdout)["worker_pid"]

    def log(self, name):
        with contextlib.suppress(FileNotFoundError), open(self.run_dir(name) + ".log", errors="replace") as f:
            return f.read()
        return ""

    def wait_for_owner(self, name, address=VIP, seconds=10.0):
        """It alone has the address, and knows it."""
        try:
            wait_until(lambda: self.network.owners(address) == [name], seconds, what=f"{name} as the only owner of {address}")
        except AssertionError as error:
            logs = "".join(f"{other}:\n{self.log(other)}" for other in ("edge-1", "edge-2"))
            raise AssertionError(f"{error}; owners are {self.network.owners(address)}\n{logs}{self.keepalived_log()}") from None

    def get(self, address=VIP):
        """What the client gets there; empty: nothing."""
        ask = "import sys, urllib.request; sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())"
        return self["client"].run(sys.executable, "-c", ask, f"http://{address}/", check=False).stdout

    def keepalived(self, priority, *, version=3, interval="0.1", router=100, more="", address=VIP):
        """A keepalived on the host `other`."""
        path = os.path.join(self.dir, "keepalived.conf")
        with open(path, "w") as f:
            f.write(KEEPALIVED.format(version=version, router=router, priority=priority, interval=interval, more=more, address=address))
        pids = [f"--{kind}={self.dir}/keepalived-{kind}" for kind in ("pid", "vrrp_pid")]
        return self["other"].start("keepalived", "--dont-fork", "--vrrp", "--log-console", "--log-detail", "-f", path, *pids,
                                   log=os.path.join(self.dir, "keepalived.log"))

    def keepalived_log(self):
        with contextlib.suppress(FileNotFoundError), open(os.path.join(self.dir, "keepalived.log"), errors="replace") as f:
            return f.read()
        return ""

    def freeze(self, name, number=signal.SIGSTOP):
        """The whole node's Stead: keeper, worker and holder."""
        self[name].signal_all(number)

    def end(self):
        self.network.down()
        shutil.rmtree(self.dir, ignore_errors=True)


class Load:
    """GETs at a fixed rate, each on a connection of its own or all on kept ones; see vip_load.py."""

    def __init__(self, edges, *, kept=False, rate=200, address=VIP):
        argv = edges["client"].command(sys.executable, os.path.join(HERE, "vip_load.py"), address, "80", str(rate),
                                       "kept" if kept else "new")
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "running\n"

    def stop(self):
        """{"ok": …, "failed": …, "gap_ms": the longest time between two answers, "slowest_ms": …, "errors": […]}"""
        out, _ = self.process.communicate("\n", timeout=30)
        return json.loads(out)
