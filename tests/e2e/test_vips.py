"""Two Stead edges and what befalls them; beside keepalived. What clients see is counted, not timed closely: figures are
bench/failover.py's."""
import os
import signal
import sys
import unittest

from harness import wait_until
from vips import VIP, VIP6, Edges, Load


def fill_checksum(text):
    """The message with the checksum that it should have, without a pseudo-header."""
    message = bytearray.fromhex(text)
    message[6:8] = b"\0\0"
    total = sum(message[i] << 8 | message[i + 1] for i in range(0, len(message), 2))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    message[6:8] = (~total & 0xffff).to_bytes(2, "big")
    return message.hex()


class Vips(unittest.TestCase):
    def edges(self, *args, **more):
        edges = Edges(*args, **more)
        self.addCleanup(edges.end)
        return edges

    def assert_nothing_failed(self, load):
        seen = load.stop()
        self.assertEqual((seen["failed"], seen["errors"]), (0, []))
        return seen


class Together(Vips):
    def test_what_belongs_together_is_at_one_node_or_nowhere(self):
        pair = self.edges(vip=f'sync = "pair"\n[vip.six]\naddress = "{VIP6}/64"\nnodes = ["edge-1", "edge-2"]\nsync = "pair"')
        for address in (VIP, VIP6):
            pair.wait_for_owner("edge-1", address)
        # Without a link-local address no adverts of IPv6 can be sent; nothing is wrong with IPv4.
        link_local = next(line.split()[3] for line in pair["edge-1"].run("ip", "-o", "addr", "show", "dev", "eth0").stdout.splitlines()
                          if " fe80:" in line)
        pair["edge-1"].run("ip", "addr", "del", link_local, "dev", "eth0")
        for address in (VIP, VIP6):
            pair.wait_for_owner("edge-2", address)
        self.assertIn("what belongs to it by `sync` cannot be here", pair.vip("edge-1", 0)["problem"])
        pair["edge-1"].run("ip", "addr", "add", link_local, "dev", "eth0", "nodad")
        for address in (VIP, VIP6):
            pair.wait_for_owner("edge-1", address)
        # One is handed over, and takes the other along.
        pair.command("edge-1", "handover", "six")
        for address in (VIP, VIP6):
            pair.wait_for_owner("edge-2", address)
        pair.command("edge-1", "takeback", "six")
        for address in (VIP, VIP6):
            pair.wait_for_owner("edge-1", address)


class Listeners(Vips):
    def test_the_address_is_where_its_port_can_be_opened(self):
        second = '[site.second]\nlisten = "node:8081"\nroute = { "/" = { answer = 200 } }'
        pair = self.edges(extra=second, start=False)
        squatter = pair["edge-1"].start(sys.executable, "-m", "http.server", "80")
        wait_until(lambda: ":80 " in pair["edge-1"].run("ss", "-ltn").stdout, what="the other program")
        for name in ("edge-1", "edge-2"):
            pair.start(name)
        pair.wait_for_owner("edge-2")
        self.assertEqual(pair.get(), "one\n")
        self.assertIn("public:80 cannot be opened here, so the priority is lowered", pair.vip("edge-1")["problem"])
        # It is tried again every second.
        squatter.kill()
        pair.wait_for_owner("edge-1")
        self.assertEqual(pair.get(), "one\n")
        self.assertEqual(pair.vip("edge-1")["problem"], "")


class Pair(Vips):
    def setUp(self):
        self.pair = self.edges()
        self.pair.wait_for_owner("edge-1")

    def test_the_first_of_the_nodes_has_the_address_and_both_listen(self):
        self.assertEqual(self.pair.get(), "one\n")
        first, second = self.pair.vip("edge-1"), self.pair.vip("edge-2")
        self.assertEqual((first["state"], first["owner"], first["next"], first["priority"]), ("active", "edge-1", "edge-2", 254))
        self.assertEqual((second["state"], second["owner"], second["priority"]), ("backup", "edge-1", 253))
        self.assertIn("public  10.77.0.100\n  owner   edge-1 (this node)", self.pair.command("edge-1", "vip").stdout)

    def test_the_address_moves_when_its_owner_is_cut_off_and_comes_back_with_it(self):
        self.pair["edge-1"].isolate()
        wait_until(lambda: VIP in self.pair["edge-2"].addresses(), what="the takeover")
        wait_until(lambda: "silent for" in self.pair.log("edge-2"), what="the reason for it")
        self.pair["edge-1"].join()
        self.pair.wait_for_owner("edge-1")
        self.assertEqual(self.pair.get(), "one\n")

    def test_a_pulled_cable_is_noticed_by_both(self):
        self.pair["edge-1"].cut()
        self.pair.wait_for_owner("edge-2")
        self.assertIn("no link", self.pair.vip("edge-1")["problem"])
        self.pair["edge-1"].mend()
        self.pair.wait_for_owner("edge-1")

    def test_a_stop_in_order_leaves_no_moment_without_an_owner(self):
        load = Load(self.pair)
        self.pair.keepers["edge-1"].send_signal(signal.SIGTERM)
        self.assertEqual(self.pair.keepers["edge-1"].wait(40), 0)
        self.pair.wait_for_owner("edge-2")
        self.assert_nothing_failed(load)
        self.assertIn("handed over 10.77.0.100: edge-2 has taken over", self.pair.log("edge-1"))

    def test_a_handover_by_hand_lasts_until_it_is_taken_back(self):
        load = Load(self.pair)
        self.assertIn("handing over", self.pair.command("edge-1", "handover", "public").stdout)
        self.pair.wait_for_owner("edge-2")
        self.assertTrue(self.pair.vip("edge-1")["leaving"])
        # It is still there for when the other one fails.
        self.pair["edge-2"].isolate()
        wait_until(lambda: VIP in self.pair["edge-1"].addresses(), what="the return of the address")
        self.pair["edge-2"].join()
        self.pair.wait_for_owner("edge-2")
        self.pair.command("edge-1", "takeback", "public")
        self.pair.wait_for_owner("edge-1")
        load.stop()
        wrong = self.pair.command("edge-1", "handover", "publik", check=False)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("no vip of this node is called `publik`; it is in public", wrong.stderr)

    def test_a_worker_that_cannot_come_back_gives_the_address_away(self):
        def kill():
            """Each as soon as it is there: a crash loop."""
            done = self.pair.command("edge-1", "status", "--json", check=False)
            if done.returncode == 0:
                os.kill(self.pair.worker_pid("edge-1"), signal.SIGKILL)
            return VIP in self.pair["edge-2"].addresses()

        wait_until(kill, seconds=30, what="the move of the address")
        self.pair.wait_for_owner("edge-2")
        self.assertIn("no worker serves on this node", self.pair.log("edge-1"))
        self.pair.wait_for_owner("edge-1", seconds=60)  # when a worker has been well for a while

    def test_a_frozen_node_is_succeeded_and_thaws_without_a_second_owner(self):
        self.pair.freeze("edge-1")
        # The kernel takes the address off, though nobody there runs.
        self.pair.wait_for_owner("edge-2")
        self.pair.freeze("edge-1", signal.SIGCONT)
        wait_until(lambda: "it did not run for" in self.pair.log("edge-1"), what="the step back")
        self.pair.wait_for_owner("edge-1")

    def test_a_killed_keeper_leaves_no_second_owner_and_the_next_one_takes_the_address_back(self):
        self.pair.keepers["edge-1"].kill()
        self.pair.keepers["edge-1"].wait()
        self.pair.wait_for_owner("edge-2")
        self.pair.start("edge-1")
        self.pair.wait_for_owner("edge-1")
        self.assertEqual(self.pair.get(), "one\n")

    def test_metrics_tell_what_the_keeper_counts(self):
        labels = {"vip": "public", "family": "ipv4"}
        wait_until(lambda: self.pair.metric("edge-1", "stead_vip_active", **labels) == 1, what="the owner's metric")
        wait_until(lambda: self.pair.metric("edge-2", "stead_vip_active", **labels) == 0, what="the other's metric")
        before = self.pair.metric("edge-1", "stead_vip_adverts_sent_total", **labels)
        wait_until(lambda: self.pair.metric("edge-1", "stead_vip_adverts_sent_total", **labels) > before, what="more adverts")
        self.assertEqual(self.pair.metric("edge-1", "stead_vip_second_owner_adverts_total", **labels), 0)
        self.assertEqual(self.pair.metric("edge-1", "stead_vip_adverts_refused_total", **labels), 0)
        self.assertIn(self.pair.metric("edge-1", "stead_vip_real_time"), (0, 1))  # as the machine permits

    def test_adverts_that_are_wrong_are_counted_and_change_nothing(self):
        forge = ("import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112); "
                 "s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, int(sys.argv[1])); "
                 "s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton('10.77.0.4')); "
                 "s.sendto(bytes.fromhex(sys.argv[2]), ('224.0.0.18', 0))")
        forged = {
            "malformed": ("255", "3164ff0100050000"),                     # too short
            "bad_hop_limit": ("64", "3164ff01000a5e8c0a4d0064"),          # through a router
            "other_version": ("255", "2164ff0100010000" + "0a4d0064" + "00" * 8),
        }
        for hops, text in forged.values():
            for _ in range(3):
                self.pair["client"].run(sys.executable, "-c", forge, hops, fill_checksum(text))
        wait_until(lambda: self.pair.vip("edge-1")["adverts_refused"] >= 9, what="the count of the forged adverts")
        wait_until(lambda: "adverts refused" in self.pair.log("edge-2") or "advert refused" in self.pair.log("edge-2"),
                   what="a line about them")
        self.assertEqual(self.pair.network.owners(VIP), ["edge-1"])
        self.assertNotIn("left", self.pair.log("edge-1"))

    def test_an_address_that_somebody_puts_on_the_wrong_node_is_taken_off(self):
        self.pair["edge-2"].run("ip", "addr", "add", f"{VIP}/32", "dev", "eth0")
        self.pair.wait_for_owner("edge-1")
        self.pair["edge-1"].run("ip", "addr", "del", f"{VIP}/32", "dev", "eth0")
        self.pair.wait_for_owner("edge-1")

    def test_a_node_that_loses_its_own_address_or_its_interface_gives_the_vip_up(self):
        edge = self.pair["edge-1"]
        own = (f"{edge.address}/24", "dev", "eth0")
        for lose, regain in ((("addr", "del", *own), ("addr", "add", *own)),
                             (("link", "set", "eth0", "down"), ("link", "set", "eth0", "up"))):
            edge.run("ip", *lose)
            self.pair.wait_for_owner("edge-2")
            edge.run("ip", *regain)
            self.pair.wait_for_owner("edge-1")

    def test_a_node_that_may_not_send_adverts_does_not_stay_a_second_owner(self):
        rules = "table ip wall { chain out { type filter hook output priority 0; ip protocol 112 drop; }; }"
        self.pair["edge-1"].run("nft", rules)
        self.pair.wait_for_owner("edge-2")
        wait_until(lambda: "adverts cannot be sent" in (self.pair.vip("edge-1")["problem"] or ""), what="the reason")

    def test_a_vip_that_leaves_the_file_leaves_the_interface(self):
        self.pair.write(address="10.77.0.101/24")
        for name in ("edge-1", "edge-2"):
            self.assertIn("vip public changed", self.pair.command(name, "reload").stdout)
        self.pair.wait_for_owner("edge-1", "10.77.0.101")
        self.assertEqual(self.pair.network.owners(VIP), [])
        self.assertEqual(self.pair.get("10.77.0.101"), "one\n")


class Patient(Vips):
    """With timers that leave a busy machine time: here it counts that nothing moves, not how fast anything is."""

    def setUp(self):
        self.patience = '[worker]\nloops = 1\nheartbeat-timeout = "5s"'
        self.pair = self.edges('advert = "1s"', worker=self.patience)
        self.pair.wait_for_owner("edge-1")

    def test_a_killed_worker_moves_nothing(self):
        # What its clients see of that is the business of test_faults.py.
        before = self.pair.worker_pid("edge-1")
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: "was killed by signal 9" in self.pair.log("edge-1"), what="the notice of the death")
        wait_until(lambda: self.pair.get() == "one\n", what="an answer of the next worker")
        self.assertNotEqual(self.pair.worker_pid("edge-1"), before)
        self.assertEqual(self.pair.network.owners(VIP), ["edge-1"])
        self.assertNotIn("took", self.pair.log("edge-2"))

    def test_a_keeper_that_is_replaced_at_once_goes_on_as_the_owner(self):
        load = Load(self.pair, kept=True)
        self.pair.keepers["edge-1"].kill()
        self.pair.keepers["edge-1"].wait()
        self.pair.start("edge-1")
        wait_until(lambda: self.pair.vip("edge-1")["state"] == "active", what="the address")
        self.pair.wait_for_owner("edge-1")
        self.assert_nothing_failed(load)

    def test_an_upgrade_and_a_reload_move_nothing(self):
        load = Load(self.pair, kept=True)
        self.pair.command("edge-1", "upgrade")
        wait_until(lambda: self.pair.serves("edge-1"), what="the vip in the new keeper")
        self.assertEqual(self.pair.vip("edge-1")["state"], "active")
        self.pair.write('advert = "1s"', worker=self.patience, extra='[log]\nlevel = "debug"')
        self.pair.command("edge-1", "reload")
        self.pair.wait_for_owner("edge-1")
        self.assert_nothing_failed(load)
        self.assertNotIn("took", self.pair.log("edge-2"))


class Kinds(Vips):
    def test_ipv6(self):
        pair = self.edges(address=f"{VIP6}/64")
        pair.wait_for_owner("edge-1", VIP6)
        self.assertEqual(pair.get(f"[{VIP6}]"), "one\n")
        pair["edge-1"].isolate()
        wait_until(lambda: VIP6 in pair["edge-2"].addresses(), what="the takeover")
        wait_until(lambda: pair.get(f"[{VIP6}]") == "one\n", what="an answer from the new owner")

    def test_plain_checksums_are_understood_by_whoever_sends_the_others(self):
        pair = self.edges('checksum = "plain"', names=("edge-1",))
        pair.wait_for_owner("edge-1")
        pair.write()  # as it is by default
        pair.start("edge-2")
        wait_until(lambda: pair.vip("edge-2")["owner"] == "edge-1", what="adverts with a plain checksum")
        pair.command("edge-1", "handover", "public")
        pair.wait_for_owner("edge-2")

    def test_unicast(self):
        pair = self.edges("unicast = true")
        pair.wait_for_owner("edge-1")
        pair["edge-1"].isolate()
        wait_until(lambda: VIP in pair["edge-2"].addresses(), what="the takeover")
        pair["edge-1"].join()
        pair.wait_for_owner("edge-1")

    def test_without_preemption_the_address_stays_where_it_is(self):
        pair = self.edges("preempt = false", names=("edge-2",))
        pair.wait_for_owner("edge-2")
        pair.start("edge-1")
        wait_until(lambda: pair.vip("edge-1")["owner"] == "edge-2", what="adverts")
        self.assertEqual(pair.vip("edge-1")["state"], "backup")
        pair.command("edge-2", "handover", "public")
        pair.wait_for_owner("edge-1")


class WithKeepalived(Vips):
    """keepalived on a third host, first with a lower priority than both, then with a higher one."""

    def check_both_directions(self, vip="", address=VIP, **keepalived):
        group = self.edges(f"priority = {{ edge-1 = 200 }}\n{vip}", address=f"{address}/{64 if ':' in address else 24}",
                           names=("edge-1",))
        group.wait_for_owner("edge-1", address)
        process = group.keepalived(100, address=address, **keepalived)
        wait_until(lambda: "BACKUP STATE" in group.keepalived_log(), what="keepalived\n" + group.keepalived_log())
        # From Stead to keepalived, in order.
        group.keepers["edge-1"].send_signal(signal.SIGTERM)
        self.assertEqual(group.keepers["edge-1"].wait(40), 0)
        group.wait_for_owner("other", address)
        # Back, by priority.
        group.start("edge-1")
        group.wait_for_owner("edge-1", address, seconds=15)
        # And when it is cut off, and back.
        group["edge-1"].isolate()
        wait_until(lambda: address in group["other"].addresses(), seconds=15, what="the takeover by keepalived")
        group["edge-1"].join()
        group.wait_for_owner("edge-1", address, seconds=15)
        process.terminate()
        process.wait(10)
        # With a higher priority it takes the address from us, and gives it back when it ends.
        process = group.keepalived(254, address=address, **keepalived)
        group.wait_for_owner("other", address, seconds=15)
        process.terminate()
        process.wait(10)
        group.wait_for_owner("edge-1", address, seconds=15)
        log = group.keepalived_log()
        for wrong in ("Invalid", "invalid", "ncorrect", "mismatch"):
            self.assertNotIn(wrong, log)

    def test_version_3(self):
        self.check_both_directions()

    def test_version_2_with_a_password(self):
        self.check_both_directions('version = 2\nadvert = "1s"\npassword = "shop"', version=2, interval="1",
                                   more="authentication {\n auth_type PASS\n auth_pass shop\n}")

    def test_unicast(self):
        self.check_both_directions('unicast = true\npeers = ["10.77.0.5"]',
                                   more="unicast_peer {\n 10.77.0.1\n 10.77.0.2\n }")

    def test_ipv6(self):
        self.check_both_directions("router-id = 100", address=VIP6)


if __name__ == "__main__":
    unittest.main()
