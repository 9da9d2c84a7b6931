"""Connections outlive the move of their address: the node that has accepted them serves them to their end."""
import os
import signal
import subprocess
import sys
import unittest

from harness import STEAD, wait_until
from vips import VIP, VIP6, Edges, Load

HERE = os.path.dirname(os.path.abspath(__file__))


class Talk:
    """A client whose connections the test leads: see vip_talk.py."""

    def __init__(self, edges, address=VIP):
        argv = edges["client"].command(sys.executable, os.path.join(HERE, "vip_talk.py"), address)
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, *order):
        self.process.stdin.write(" ".join(order) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


class Moves(unittest.TestCase):
    def edges(self, *args, **more):
        self.pair = Edges(*args, **more)
        self.addCleanup(self.pair.end)
        self.pair.wait_for_owner("edge-1", VIP6 if VIP6 in more.get("address", "") else VIP)
        return self.pair

    def talk(self, address=VIP):
        talk = Talk(self.pair, address)
        self.addCleanup(talk.end)
        return talk

    def hand_over(self, address=VIP):
        self.pair.command("edge-1", "handover", "public")
        self.pair.wait_for_owner("edge-2", address)

    def check_connections_are_served_to_their_end(self, address):
        talk = self.talk(address)
        for name in ("kept", "idle"):
            talk("open", name)
            talk("send", name, "/")
            self.assertEqual(talk("read", name), "200 keep 4")
        talk("begin", "half")
        talk("open", "slow")
        talk("send", "slow", "/slow")
        self.hand_over(address)
        # The new owner knows none of these.
        talk("send", "kept", "/big")
        self.assertEqual(talk("read", "kept"), "200 close 1048576")
        talk("rest", "half")
        self.assertEqual(talk("read", "half"), "200 close 4")
        self.assertEqual(talk("read", "slow"), "200 close 5")
        # A new connection is the new owner's, and is kept.
        talk("open", "new")
        talk("send", "new", "/")
        self.assertEqual(talk("read", "new"), "200 keep 4")
        # Nobody's: the kernel of the new owner says so at once, and nothing goes round.
        self.assertEqual(talk("read", "kept"), "end")
        return talk

    def test_a_handover_leaves_established_connections_with_who_accepted_them(self):
        self.edges(extra="[timeouts]\ndrain = \"4s\"")
        talk = self.check_connections_are_served_to_their_end(VIP)
        # Who has nothing to ask is let go half way through the drain.
        self.assertEqual(talk("read", "idle"), "end")

    def test_the_same_over_version_6(self):
        self.edges(address=f"{VIP6}/64")
        self.check_connections_are_served_to_their_end(VIP6)

    def test_a_stop_finishes_what_is_under_way_although_the_address_has_gone(self):
        self.edges()
        talk = self.talk()
        talk("open", "slow")
        talk("send", "slow", "/slow")
        talk("begin", "half")
        self.pair.keepers["edge-1"].send_signal(signal.SIGTERM)
        self.pair.wait_for_owner("edge-2")
        talk("rest", "half")
        self.assertEqual(talk("read", "half"), "200 close 4")
        self.assertEqual(talk("read", "slow"), "200 close 5")
        self.assertEqual(self.pair.keepers["edge-1"].wait(40), 0)

    def test_nobody_notices_handovers_to_and_fro(self):
        self.edges()
        loads = [Load(self.pair, rate=100), Load(self.pair, rate=100, kept=True)]
        for _ in range(3):
            self.hand_over()
            self.pair.command("edge-1", "takeback", "public")
            self.pair.wait_for_owner("edge-1")
        for load in loads:
            seen = load.stop()
            self.assertEqual((seen["failed"], seen["errors"]), (0, []))

    def test_nobody_notices_a_stop_and_a_return(self):
        self.edges()
        loads = [Load(self.pair, rate=100), Load(self.pair, rate=100, kept=True)]
        for _ in range(2):
            self.pair.keepers["edge-1"].send_signal(signal.SIGTERM)
            self.assertEqual(self.pair.keepers["edge-1"].wait(40), 0)
            self.pair.wait_for_owner("edge-2")
            self.pair.start("edge-1")
            self.pair.wait_for_owner("edge-1")
        for load in loads:
            seen = load.stop()
            self.assertEqual((seen["failed"], seen["errors"]), (0, []))

    def test_connections_of_a_dead_owner_are_refused_at_once(self):
        self.edges()
        talk = self.talk()
        talk("open", "kept")
        talk("send", "kept", "/")
        self.assertEqual(talk("read", "kept"), "200 keep 4")
        self.pair["edge-1"].isolate()
        wait_until(lambda: VIP in self.pair["edge-2"].addresses(), what="the takeover")
        wait_until(lambda: "dup to" not in self.pair["edge-2"].run("nft", "list", "ruleset").stdout, what="the end of passing on")
        talk("send", "kept", "/")
        self.assertEqual(talk("read", "kept"), "reset")

    def test_nothing_stays_in_the_kernel(self):
        self.edges()
        wait_until(lambda: "stead_" in self.pair["edge-1"].run("nft", "list", "ruleset").stdout, what="the rules")
        self.pair.keepers["edge-1"].send_signal(signal.SIGTERM)
        self.assertEqual(self.pair.keepers["edge-1"].wait(40), 0)
        self.assertEqual(self.pair["edge-1"].run("nft", "list", "ruleset").stdout, "")
        self.assertNotIn("9568", self.pair["edge-1"].run("ip", "rule").stdout)
        # Nor of one that was killed, with its worker alive.
        self.pair.keepers["edge-2"].kill()
        self.pair.keepers["edge-2"].wait()
        self.assertEqual(self.pair["edge-2"].run("nft", "list", "ruleset").stdout, "")

    def test_where_the_machine_cannot_do_it_addresses_move_all_the_same(self):
        self.edges()
        checked = self.pair["edge-1"].run(STEAD, "check", self.pair.file)
        self.assertNotIn("connections are cut", checked.stderr)
        # A setting that cannot be written, as in many containers.
        setting = os.path.join(self.pair.dir, "setting")
        with open(setting, "w") as f:
            f.write("0\n")
        hide = f"mount --bind {setting} /proc/sys/net/ipv4/tcp_fwmark_accept && mount -o remount,bind,ro /proc/sys/net/ipv4/tcp_fwmark_accept && "
        checked = self.pair["edge-1"].run("sh", "-c", hide + f"exec {STEAD} check {self.pair.file}")
        self.assertIn("established connections are cut when vip `public` moves: open /proc/sys/net/ipv4/tcp_fwmark_accept", checked.stderr)
        self.pair.keepers["edge-2"].send_signal(signal.SIGTERM)
        self.assertEqual(self.pair.keepers["edge-2"].wait(40), 0)
        self.pair["edge-2"].run("sysctl", "-w", "net.ipv4.tcp_fwmark_accept=0")
        self.pair.start("edge-2", "sh", "-c", hide + 'exec "$@"', "sh")
        self.hand_over()
        self.assertIn("its established connections will be cut: open /proc/sys/net/ipv4/tcp_fwmark_accept", self.pair.log("edge-2"))
        self.assertEqual(self.pair.get(), "one\n")

    def test_rules_that_somebody_flushes_stay(self):
        self.edges()
        wait_until(lambda: "stead_" in self.pair["edge-1"].run("nft", "list", "ruleset").stdout, what="the rules")
        self.pair["edge-1"].run("nft", "flush", "ruleset")
        self.assertIn("stead_", self.pair["edge-1"].run("nft", "list", "ruleset").stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
