#!/usr/bin/env python3
"""What clients see when an edge fails: two Steads, and two HAProxys with keepalived in the same place, in turn.

usage: bench/failover.py [--runs 3] [--rate 200] [--adverts 100ms,20ms] [--only cut,stop,…] [--kept] [--stead build/release/stead]

cut:      the owner is cut off without noticing: its switch forwards nothing any more
stop:     the owner is stopped in order: SIGTERM to Stead, to keepalived and then HAProxy
freeze:   everything on the owner is stopped with SIGSTOP
worker:   the balancer's process is killed: Stead's worker, HAProxy
hang:     the balancer's process is frozen: Stead's worker, HAProxy
upgrade:  stead upgrade
restart:  the keeper is killed and started again at once
return:   the preferred edge comes back, and takes the address again

For each: the longest time without an answer and how many requests failed, of an open loop of new connections (--kept: of
kept ones), as the worst of the runs. HAProxy with keepalived has the same interval of adverts (VRRP version 3), priorities 254 and 253 and
a script that looks whether HAProxy is there, once a second.

Needs root, iproute2, keepalived and haproxy. Everything is in network namespaces of its own.
"""
import argparse
import os
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))

SETTLE = 1.0  # before the fault, and after what follows from it

HAPROXY = """
global
  maxconn 4000
defaults
  mode http
  option redispatch
  timeout connect 2s
  timeout client 30s
  timeout server 30s
frontend f
  bind 10.77.0.100:80 transparent
  default_backend b
backend b
  server app 10.77.0.3:8000 check inter 1s fall 2 rise 2
"""

KEEPALIVED = """
global_defs {{
  vrrp_version 3
  script_user root
  enable_script_security
}}
vrrp_script here {{
  script "{check}"
  interval 1
  fall 1
  rise 1
  weight -60
}}
vrrp_instance public {{
  state BACKUP
  interface eth0
  virtual_router_id 100
  priority {priority}
  advert_int {interval}
  virtual_ipaddress {{
    10.77.0.100
  }}
  track_script {{
    here
  }}
}}
"""


class SteadPair:
    name, faults = "Stead", ("cut", "stop", "freeze", "worker", "hang", "upgrade", "restart", "return")

    def __init__(self, vips, advert):
        self.edges = vips.Edges(f'advert = "{advert}"')
        self.edges.wait_for_owner("edge-1")

    def stop(self):
        self.edges.keepers["edge-1"].send_signal(signal.SIGTERM)

    def worker(self):
        os.kill(self.edges.worker_pid("edge-1"), signal.SIGKILL)

    def hang(self):
        os.kill(self.edges.worker_pid("edge-1"), signal.SIGSTOP)

    def upgrade(self):
        self.edges.command("edge-1", "upgrade")

    def restart(self):
        self.edges.keepers["edge-1"].kill()
        self.edges.keepers["edge-1"].wait()
        self.edges.start("edge-1")


    def leave(self):
        self.stop()
        self.edges.keepers["edge-1"].wait(60)
        self.edges.wait_for_owner("edge-2")

    def come_back(self):
        self.edges.start("edge-1")


class PeerPair:
    name, faults = "HAProxy, keepalived", ("cut", "stop", "freeze", "worker", "hang")

    def __init__(self, vips, advert):
        self.edges = vips.Edges(start=False)
        self.processes = {}
        seconds = float(advert.removesuffix("ms")) / 1000
        for name, priority in (("edge-1", 254), ("edge-2", 253)):
            where = os.path.join(self.edges.dir, name)
            os.makedirs(where)
            with open(f"{where}/haproxy.cfg", "w") as f:
                f.write(HAPROXY)
            haproxy = self.edges[name].start("haproxy", "-db", "-f", f"{where}/haproxy.cfg")
            with open(f"{where}/check", "w") as f:
                f.write(f"#!/bin/sh\nexec kill -0 {haproxy.pid}\n")
            os.chmod(f"{where}/check", 0o755)
            with open(f"{where}/keepalived.conf", "w") as f:
                f.write(KEEPALIVED.format(check=f"{where}/check", priority=priority, interval=seconds))
            keepalived = self.edges[name].start("keepalived", "--dont-fork", "--vrrp", "-f", f"{where}/keepalived.conf",
                                                f"--pid={where}/pid", f"--vrrp_pid={where}/vrrp_pid")
            self.processes[name] = (haproxy, keepalived)
        self.edges.wait_for_owner("edge-1", seconds=20)

    def stop(self):
        haproxy, keepalived = self.processes["edge-1"]
        keepalived.terminate()
        keepalived.wait(10)
        haproxy.send_signal(signal.SIGUSR1)  # finishes what is in flight

    def worker(self):
        self.processes["edge-1"][0].kill()

    def hang(self):
        self.processes["edge-1"][0].send_signal(signal.SIGSTOP)


def measure(vips, kind, advert, fault, rate, kept):
    pair = kind(vips, advert)
    try:
        time.sleep(SETTLE)
        if fault == "return":
            pair.leave()
        load = vips.Load(pair.edges, rate=rate, kept=kept)
        time.sleep(SETTLE)
        if fault == "cut":
            pair.edges["edge-1"].isolate()
        elif fault == "freeze":
            pair.edges.freeze("edge-1")
        elif fault == "return":
            pair.come_back()
        else:
            getattr(pair, fault)()
        time.sleep(4.0 if fault != "hang" else 6.0)
        return load.stop()
    finally:
        pair.edges.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--adverts", default="100ms,20ms")
    parser.add_argument("--only", default="cut,stop,freeze,worker,hang,upgrade,restart,return")
    parser.add_argument("--kept", action="store_true")
    parser.add_argument("--stead", default=os.path.join(ROOT, "build", "release", "stead"))
    options = parser.parse_args()
    os.environ["STEAD_BINARY"] = os.path.abspath(options.stead)
    import vips  # reads the variable

    kinds = [SteadPair, PeerPair]
    for program in ("haproxy", "keepalived"):
        if subprocess.run(["which", program], capture_output=True).returncode != 0:
            print(f"{program} is not installed: Stead alone", file=sys.stderr)
            kinds = [SteadPair]
    print(f"{'advert':<7} {'fault':<8} {'':<20} {'longest gap':>12} {'failed':>7} {'of':>6}")
    for advert in options.adverts.split(","):
        for fault in options.only.split(","):
            for kind in kinds:
                if fault not in kind.faults:
                    continue
                seen = [measure(vips, kind, advert, fault, options.rate, options.kept) for _ in range(options.runs)]
                print(f"{advert:<7} {fault:<8} {kind.name:<20} {max(one['gap_ms'] for one in seen):>9.0f} ms "
                      f"{sum(one['failed'] for one in seen):>7} {sum(one['failed'] + one['ok'] for one in seen):>6}", flush=True)


main()
