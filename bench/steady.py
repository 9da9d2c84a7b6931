#!/usr/bin/env python3
"""Does an address stay where it is while the machine has no time? Two edges, all processors busy, and requests.

usage: bench/steady.py [--minutes 10] [--hogs 2] [--rate 200] [--advert 100ms] [--stead build/release/stead]

Both edges share this machine, so each is as starved as the other. `--hogs`: busy loops for each processor, beside the
load. Prints how often an owner changed after the start, which should be 0, how late the timers of VRRP fired at most, and
what became of the requests.

Needs root and iproute2. Everything is in network namespaces of its own.
"""
import argparse
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))

ASK = ("import http.client, socket, sys; c = http.client.HTTPConnection('stead'); c.sock = socket.socket(socket.AF_UNIX); "
       "c.sock.connect(sys.argv[1]); c.request('GET', '/metrics'); sys.stdout.write(c.getresponse().read().decode())")


def metric(edges, name, wanted):
    path = os.path.join(edges.run_dir(name), "admin.sock")
    text = edges[name].run(sys.executable, "-c", ASK, path).stdout
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(wanted))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--hogs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--advert", default="100ms")
    parser.add_argument("--stead", default=os.path.join(ROOT, "build", "release", "stead"))
    options = parser.parse_args()
    os.environ["STEAD_BINARY"] = os.path.abspath(options.stead)
    from vips import Edges, Load

    edges, hogs = Edges(vip=f'advert = "{options.advert}"'), []
    names = ("edge-1", "edge-2")
    try:
        edges.wait_for_owner("edge-1")
        before = {name: edges.log(name).count(" took ") + edges.log(name).count(" gave up ") for name in names}
        hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(options.hogs * (os.cpu_count() or 1))]
        load = Load(edges, rate=options.rate)
        time.sleep(options.minutes * 60)
        seen = load.stop()
        moves = sum(edges.log(name).count(" took ") + edges.log(name).count(" gave up ") - before[name] for name in names)
        late = max(metric(edges, name, "stead_vip_timer_latest_seconds") for name in names)
        print(f"{options.minutes:g} min, adverts every {options.advert}, {len(hogs)} busy loops on {os.cpu_count()} processors: "
              f"{moves} moves; latest timer {late * 1000:.1f} ms late; "
              f"{seen['ok']} requests, {seen['failed']} failed, slowest {seen['slowest_ms']:.0f} ms")
        return 0 if moves == 0 else 1
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
        edges.end()


if __name__ == "__main__":
    sys.exit(main())
