"""Addresses with the virtual router's MAC: clients' caches need not change, and no two nodes have it at a time."""
import json
import os
import signal
import subprocess
import sys
import unittest

from harness import wait_until
from hosts import ip
from test_moves import Talk
from vips import VIP, VIP6, Edges, Load

MAC, MAC6 = "00:00:5e:00:01:64", "00:00:5e:00:02:01"
VIRTUAL = 'mac = "virtual"'
MARK = "10.77.0.250"

# Asks by ARP, and prints who answers: all who do before it has been silent for half a second.
ASK_ALL = """
import socket, sys
me, wanted = map(socket.inet_aton, sys.argv[1:])
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
s.bind(("eth0", 0x0806))
s.settimeout(0.5)
mac = s.getsockname()[4]
s.send(b"\\xff" * 6 + mac + bytes.fromhex("08060001080006040001") + mac + me + bytes(6) + wanted)
try:
    while True:
        frame = s.recv(2048)
        if frame[20:22] == b"\\0\\2" and frame[28:32] == wanted:
            print(":".join(f"{one:02x}" for one in frame[22:28]))
except TimeoutError:
    pass
"""


class Neighbour:
    """What the client believes of an address from now on: all MACs that it has had for it."""

    def __init__(self, pair, address):
        self.client, self.address, self.path = pair["client"], address, os.path.join(pair.dir, "neighbours")
        with open(self.path, "wb") as out:
            self.process = subprocess.Popen(self.client.command("ip", "monitor", "neigh"), stdout=out)
        self.marks = 0
        wait_until(lambda: self.mark() in self.seen(), what="the first news of neighbours")
        self.before = self.now()

    def now(self):
        fields = ip("-n", self.client.namespace, "neigh", "show", self.address).stdout.split()
        return {fields[fields.index("lladdr") + 1]} if "lladdr" in fields else set()

    def mark(self):
        """Makes news, and returns the one before: what is older than that has been seen when it has."""
        before, self.marks = f"lladdr 02:00:00:00:00:{self.marks % 256:02x}", self.marks + 1
        ip("-n", self.client.namespace, "neigh", "replace", MARK, "dev", "eth0", *f"lladdr 02:00:00:00:00:{self.marks % 256:02x}".split())
        return before

    def seen(self):
        with open(self.path) as f:
            return f.read()

    def stop(self):
        self.mark()
        wait_until(lambda mark=self.mark(): mark in self.seen(), what="the last news of neighbours")
        self.process.terminate()
        self.process.wait(5)
        lines = [line.split() for line in self.seen().splitlines()]
        changes = {line[line.index("lladdr") + 1] for line in lines if self.address in line and "lladdr" in line}
        return self.before | changes | self.now()


class VirtualMac(unittest.TestCase):
    def edges(self, vip=VIRTUAL, owner="edge-1", **more):
        self.pair = Edges(vip, **more)
        self.addCleanup(self.pair.end)
        self.vip = VIP6 if VIP6 in more.get("address", "") else VIP
        self.mac = MAC6 if self.vip == VIP6 else MAC
        if owner:
            self.pair.wait_for_owner(owner, self.vip)
        return self.pair

    def own_interfaces(self, name):
        """Those of Stead's own on a node: {name: (MAC, whether it is up, addresses)}"""
        done = ip("-n", self.pair[name].namespace, "-j", "addr", "show", "type", "macvlan")
        return {one["ifname"]: (one["address"], "UP" in one["flags"], [each["local"] for each in one["addr_info"]])
                for one in json.loads(done.stdout or "[]") if one}

    def wait_for_settled(self, owner, other):
        """The owner's is up and has the address and no other; the other's is down and has none."""
        def settled():
            ours, theirs = list(self.own_interfaces(owner).values()), list(self.own_interfaces(other).values())
            return ours == [(self.mac, True, [self.vip])] and theirs == [(self.mac, False, [])]
        wait_until(settled, what=f"{owner} as the only one with the MAC; "
                   f"there is {self.own_interfaces(owner)} and {self.own_interfaces(other)}\n{self.pair.log(owner)}")

    def ask(self):
        host = f"[{self.vip}]" if ":" in self.vip else self.vip
        self.assertEqual(self.pair.get(host), "one\n")

    def hand_over(self):
        self.pair.command("edge-1", "handover", "public")
        self.pair.wait_for_owner("edge-2", self.vip)

    def take_back(self):
        self.pair.command("edge-1", "takeback", "public")
        self.pair.wait_for_owner("edge-1", self.vip)

    def stop(self, name):
        self.pair.keepers[name].send_signal(signal.SIGTERM)
        self.assertEqual(self.pair.keepers[name].wait(40), 0)

    def talk(self):
        talk = Talk(self.pair, self.vip)
        self.addCleanup(talk.end)
        return talk


class Moves(VirtualMac):
    def check_clients_notice_nothing(self):
        self.wait_for_settled("edge-1", "edge-2")
        self.ask()
        neighbour = Neighbour(self.pair, self.vip)
        self.addCleanup(neighbour.process.kill)
        loads = [Load(self.pair, rate=100, address=self.vip), Load(self.pair, rate=100, kept=True, address=self.vip)]
        self.hand_over()
        self.wait_for_settled("edge-2", "edge-1")
        self.take_back()
        self.wait_for_settled("edge-1", "edge-2")
        self.stop("edge-1")
        self.pair.wait_for_owner("edge-2", self.vip)
        self.pair.start("edge-1")
        self.pair.wait_for_owner("edge-1", self.vip)
        for load in loads:
            seen = load.stop()
            self.assertEqual((seen["failed"], seen["errors"]), (0, []))
        # A cut is noticed, but not in the cache.
        self.pair["edge-1"].cut()
        self.pair.wait_for_owner("edge-2", self.vip)
        self.ask()
        self.wait_for_settled("edge-2", "edge-1")
        self.pair["edge-1"].mend()
        self.pair.wait_for_owner("edge-1", self.vip)
        self.ask()
        self.assertEqual(neighbour.stop(), {self.mac})

    def test_clients_keep_what_they_know_of_an_address(self):
        self.edges()
        for name in ("edge-1", "edge-2"):
            self.pair[name].run("sysctl", "-w", "net.ipv4.conf.all.rp_filter=1")  # as many distributions have it
        self.check_clients_notice_nothing()

    def test_the_same_over_version_6(self):
        self.edges(address=f"{VIP6}/64")
        self.check_clients_notice_nothing()

    def test_the_same_by_unicast(self):
        self.edges(f"{VIRTUAL}\nunicast = true")
        self.check_clients_notice_nothing()

    def check_connections_are_served_to_their_end(self):
        talk = self.talk()
        talk("open", "kept")
        talk("send", "kept", "/")
        self.assertEqual(talk("read", "kept"), "200 keep 4")
        talk("begin", "half")
        talk("open", "slow")
        talk("send", "slow", "/slow")
        self.hand_over()
        self.wait_for_settled("edge-2", "edge-1")
        talk("send", "kept", "/big")
        self.assertEqual(talk("read", "kept"), "200 close 1048576")
        talk("rest", "half")
        self.assertEqual(talk("read", "half"), "200 close 4")
        self.assertEqual(talk("read", "slow"), "200 close 5")
        talk("open", "new")
        talk("send", "new", "/")
        self.assertEqual(talk("read", "new"), "200 keep 4")

    def test_connections_outlive_the_move(self):
        self.edges()
        self.check_connections_are_served_to_their_end()

    def test_connections_outlive_the_move_over_version_6(self):
        self.edges(address=f"{VIP6}/64")
        self.check_connections_are_served_to_their_end()

    def test_two_that_could_not_hear_each_other_agree_again(self):
        # Each has the MAC, so that each one's announcements come to the other with its own as their source.
        self.edges()
        self.pair["edge-1"].isolate()
        wait_until(lambda: VIP in self.pair["edge-2"].addresses(), what="the takeover")
        self.pair["edge-1"].join()
        self.pair.wait_for_owner("edge-1")
        self.wait_for_settled("edge-1", "edge-2")
        self.ask()

    def test_neither_the_parent_nor_its_addresses_answer_for_the_other(self):
        self.edges()
        self.ask()
        parent = json.loads(ip("-n", self.pair["edge-1"].namespace, "-j", "link", "show", "eth0").stdout)[0]["address"]
        for address, mac in ((VIP, self.mac), ("10.77.0.1", parent)):
            done = self.pair["client"].run(sys.executable, "-c", ASK_ALL, "10.77.0.4", address)
            self.assertEqual(done.stdout.split(), [mac])


class Leftovers(VirtualMac):
    def test_a_killed_keeper_leaves_no_address_and_the_next_goes_on(self):
        self.edges()
        self.pair.keepers["edge-1"].kill()
        self.pair.keepers["edge-1"].wait()
        self.pair.wait_for_owner("edge-2")
        self.ask()
        self.pair.start("edge-1")
        self.pair.wait_for_owner("edge-1")
        self.wait_for_settled("edge-1", "edge-2")
        self.ask()

    def test_a_killed_keeper_leaves_nothing_to_a_next_one_without_the_option(self):
        self.edges()
        for name in ("edge-1", "edge-2"):
            self.pair.keepers[name].kill()
            self.pair.keepers[name].wait()
        self.pair.write()
        for name in ("edge-1", "edge-2"):
            self.pair.start(name)
        self.pair.wait_for_owner("edge-1")
        wait_until(lambda: not self.own_interfaces("edge-1") and not self.own_interfaces("edge-2"), what="the removal")
        self.ask()

    def test_nothing_stays_after_a_stop(self):
        self.edges()
        for name in ("edge-2", "edge-1"):
            self.assertEqual(len(self.own_interfaces(name)), 1)
            self.stop(name)
            self.assertEqual(self.own_interfaces(name), {})

    def test_a_reload_brings_it_and_takes_it_away(self):
        self.edges("")
        for vip, settled in ((VIRTUAL, lambda: self.wait_for_settled("edge-1", "edge-2")),
                             ("", lambda: wait_until(lambda: not self.own_interfaces("edge-1") and not self.own_interfaces("edge-2"),
                                                     what="the removal"))):
            self.pair.write(vip)
            for name in ("edge-1", "edge-2"):
                self.pair.command(name, "reload")
            settled()
            self.pair.wait_for_owner("edge-1")
            self.ask()

    def test_an_upgrade_moves_nothing(self):
        self.edges()
        load = Load(self.pair)
        self.pair.command("edge-1", "upgrade")
        wait_until(lambda: "goes on with" in self.pair.log("edge-1"), what="the next keeper\n" + self.pair.log("edge-1"))
        seen = load.stop()
        self.assertEqual((seen["failed"], seen["errors"]), (0, []))
        self.wait_for_settled("edge-1", "edge-2")
        self.assertNotIn("took", self.pair.log("edge-2"))

    def test_one_that_somebody_removes_is_made_anew(self):
        self.edges()
        [name] = self.own_interfaces("edge-1")
        ip("-n", self.pair["edge-1"].namespace, "link", "del", name)
        wait_until(lambda: "no interface with the virtual MAC" in self.pair.log("edge-1"), what="the problem")
        self.pair.wait_for_owner("edge-1")
        self.wait_for_settled("edge-1", "edge-2")

    def test_where_there_can_be_none_the_node_does_not_take_part(self):
        self.edges(start=False, owner=None)
        ip("-n", self.pair["edge-1"].namespace, "link", "add", "br1", "type", "bridge")
        ip("-n", self.pair["edge-1"].namespace, "link", "set", "eth0", "master", "br1")
        for name in ("edge-1", "edge-2"):
            self.pair.start(name)
        self.pair.wait_for_owner("edge-2")
        self.assertIn("there can be no interface with the virtual MAC: Device or resource busy", self.pair.vip("edge-1")["problem"])
        ip("-n", self.pair["edge-1"].namespace, "link", "set", "eth0", "nomaster")
        self.pair.wait_for_owner("edge-1")

    def test_shared_addresses_have_one_each(self):
        other = "10.77.0.101"
        self.edges(start=False, owner=None)
        with open(self.pair.file) as f:
            text = f.read()
        with open(self.pair.file, "w") as f:
            f.write(text.replace(f'"{VIP}/24"', f'["{VIP}/24", "{other}/24"]\nspread = true', 1))
        for name in ("edge-1", "edge-2"):
            self.pair.start(name)
        wait_until(lambda: len(self.pair.network.owners(VIP) + self.pair.network.owners(other)) == 2, what="a share for each")
        wait_until(lambda: sorted((mac, up) for mac, up, _ in self.own_interfaces("edge-1").values())
                   == sorted((f"00:00:5e:00:01:{number:02x}", address in self.pair["edge-1"].addresses())
                             for number, address in ((100, VIP), (101, other))), what="an interface for each")


class WithKeepalived(VirtualMac):
    def check_both_directions(self, vip="", address=VIP, more=""):
        length = 64 if ":" in address else 24
        self.edges(f"{VIRTUAL}\npriority = {{ edge-1 = 200 }}\nrouter-id = 100\n{vip}", address=f"{address}/{length}", names=("edge-1",))
        options = {"address": address, "more": f"use_vmac\n{more}"}
        process = self.pair.keepalived(100, **options)
        wait_until(lambda: "BACKUP STATE" in self.pair.keepalived_log(), what="keepalived\n" + self.pair.keepalived_log())
        self.ask_and_stop(address)
        self.pair.start("edge-1")
        self.pair.wait_for_owner("edge-1", address, seconds=15)
        self.pair["edge-1"].isolate()
        wait_until(lambda: address in self.pair["other"].addresses(), seconds=15, what="the takeover by keepalived")
        self.pair["edge-1"].join()
        self.pair.wait_for_owner("edge-1", address, seconds=15)
        process.terminate()
        process.wait(10)
        process = self.pair.keepalived(254, **options)
        self.pair.wait_for_owner("other", address, seconds=15)
        process.terminate()
        process.wait(10)
        self.pair.wait_for_owner("edge-1", address, seconds=15)
        self.ask()

    def ask_and_stop(self, address):
        self.ask()
        self.stop("edge-1")
        self.pair.wait_for_owner("other", address)

    def test_of_version_4(self):
        self.check_both_directions()

    def test_that_sends_from_its_own_mac(self):
        self.check_both_directions(more="vmac_xmit_base")

    def test_of_version_6(self):
        self.check_both_directions(address=VIP6)


if __name__ == "__main__":
    unittest.main()
