"""Hosts on one machine: network namespaces on one switch, for tests of what crosses a network.

A small fixture: names, cables, processes, and that nothing of it stays. Needs root. Addresses are 10.77.0.N/24 and
fd77::N/64; every name carries this process's id, so that runs do not meet.
"""
import contextlib
import os
import signal
import subprocess
import time

from harness import wait_until

NET4, NET6 = "10.77.0.", "fd77::"


def ip(*args, check=True):
    done = subprocess.run(["ip", *map(str, args)], capture_output=True, text=True)
    if check and done.returncode != 0:
        raise AssertionError(f"ip {' '.join(map(str, args))}: {done.stderr.strip()}")
    return done


class Host:
    def __init__(self, network, name, number):
        self.network, self.name, self.number = network, name, number
        self.namespace = f"{network.prefix}{name}"
        self.address, self.address6 = f"{NET4}{number}", f"{NET6}{number:x}"
        self.processes = []

    def command(self, *argv):
        return ["ip", "netns", "exec", self.namespace, *map(str, argv)]

    def run(self, *argv, check=True, timeout=60):
        done = subprocess.run(self.command(*argv), capture_output=True, text=True, timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(f"{self.name}: {' '.join(map(str, argv))}: {done.stdout}{done.stderr}")
        return done

    def start(self, *argv, log=None, **more):
        """`ip netns exec` becomes the program, so the process id is the program's own."""
        out = open(log, "ab") if log else subprocess.DEVNULL
        with contextlib.ExitStack() as stack:
            if log:
                stack.callback(out.close)
            process = subprocess.Popen(self.command(*argv), stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                       start_new_session=True, **more)
        self.processes.append(process)
        return process

    def addresses(self):
        """All but those of the loopback and the link-local ones, of whatever interface."""
        shown = ip("-n", self.namespace, "-o", "addr", "show", check=False).stdout  # it may be gone
        fields = [line.split() for line in shown.splitlines() if " fe80:" not in line]
        return {field[3].split("/")[0] for field in fields if field[1] != "lo"}

    def pids(self):
        return [int(pid) for pid in ip("netns", "pids", self.namespace, check=False).stdout.split()]

    def cut(self):
        """Pulls the cable: neither side has a link any more."""
        ip("-n", self.network.switch, "link", "set", f"port{self.number}", "down")

    def mend(self):
        ip("-n", self.network.switch, "link", "set", f"port{self.number}", "up")

    def isolate(self):
        """Cuts it off without its noticing: the switch forwards nothing of it, but its link stays up."""
        ip("-n", self.network.switch, "link", "set", f"port{self.number}", "nomaster")

    def join(self):
        ip("-n", self.network.switch, "link", "set", f"port{self.number}", "master", "br0")

    def signal_all(self, number):
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


class Network:
    """`names`: of the hosts, whose numbers are 1, 2, … in this order."""

    def __init__(self, *names):
        self.prefix = f"st{os.getpid()}-"
        self.switch = f"{self.prefix}switch"
        self.hosts = {name: Host(self, name, number) for number, name in enumerate(names, 1)}
        try:
            self.up()
        except BaseException:
            self.down()
            raise

    def __getitem__(self, name):
        return self.hosts[name]

    def up(self):
        ip("netns", "add", self.switch)
        # No spanning tree and no snooping: a port forwards from the moment that it is up.
        ip("-n", self.switch, "link", "add", "br0", "type", "bridge", "forward_delay", "0", "mcast_snooping", "0")
        ip("-n", self.switch, "link", "set", "br0", "up")
        for host in self.hosts.values():
            port = f"port{host.number}"
            ip("netns", "add", host.namespace)
            ip("-n", self.switch, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", host.namespace)
            ip("-n", self.switch, "link", "set", port, "master", "br0", "up")
            ip("-n", host.namespace, "link", "set", "lo", "up")
            ip("-n", host.namespace, "addr", "add", f"{host.address}/24", "dev", "eth0")
            ip("-n", host.namespace, "addr", "add", f"{host.address6}/64", "dev", "eth0", "nodad")
            ip("-n", host.namespace, "link", "set", "eth0", "up")

    def down(self):
        for host in self.hosts.values():
            host.signal_all(signal.SIGCONT)
            host.signal_all(signal.SIGKILL)
            for process in host.processes:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(5)
            with contextlib.suppress(AssertionError):
                wait_until(lambda host=host: not host.pids(), seconds=5, what=f"the end of all of {host.name}")
        for namespace in [self.switch, *(host.namespace for host in self.hosts.values())]:
            ip("netns", "del", namespace, check=False)

    def owners(self, address):
        """The names of the hosts that have it."""
        return [host.name for host in self.hosts.values() if address in host.addresses()]


class Pings:
    """Asks an address for an echo again and again, and knows for how long there was none."""

    def __init__(self, host, address, every_ms=5):
        self.process = subprocess.Popen(
            host.command("ping", "-n", "-D", "-i", every_ms / 1000, "-W", "1", address),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.times = []

    def stop(self):
        """The longest time without an answer, in ms, the one at the end included."""
        self.process.send_signal(signal.SIGINT)
        out, _ = self.process.communicate(timeout=10)
        ended = time.time()
        self.times = [float(line.split("]")[0][1:]) for line in out.splitlines()
                      if line.startswith("[") and "time=" in line]
        marks = [*self.times, ended]
        return max((later - earlier) * 1000 for earlier, later in zip(marks, marks[1:])) if self.times else float("inf")
