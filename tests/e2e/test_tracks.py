"""What a virtual address tracks: what moves it, and above all what does not."""
import os
import signal
import subprocess
import sys
import unittest

import prometheus
from harness import wait_until
from vips import VIP, Edges, Load

EVERY = 'every = "200ms"\ntimeout = "200ms"'


class Tracked(unittest.TestCase):
    def edges(self, track, vip="", owner="edge-1"):
        """`track`: the section [track.it] of a node, which may differ between the two, though files in practice do not."""
        edges = Edges(start=False)
        self.addCleanup(edges.end)
        self.section, self.more = track, vip
        for name in ("edge-1", "edge-2"):
            self.write(edges, name)
            edges.start(name)
        edges.wait_for_owner(owner)
        return edges

    def write(self, edges, name, more=""):
        edges.write(vip=f'track = ["it"]\n{self.more}', extra=f"[track.it]\n{self.section(edges, name)}\n{more}")

    def it(self, edges, name):
        """What `stead vip` says of the track there."""
        return edges.vip(name)["tracks"][0]

    def assert_nothing_moved(self, edges):
        self.assertEqual(edges.network.owners(VIP), ["edge-1"])
        self.assertNotIn(f"took {VIP}", edges.log("edge-2"))

    def block(self, host, address):
        family = "ip6" if ":" in address else "ip"
        host.run("nft", f"table inet wall {{ chain in {{ type filter hook input priority 0; {family} saddr {address} drop; }}; }}")

    def unblock(self, host):
        host.run("nft", "delete table inet wall")


def out_file(edges, name):
    return edges.run_dir(name) + ".out"


def touch(path):
    with open(path, "w"):
        pass


class Files(Tracked):
    def track(self, edges, name):
        return f'file = "{out_file(edges, name)}"\n{EVERY}'

    def test_a_file_that_is_touched_gives_the_address_away_and_back_when_it_is_removed(self):
        pair = self.edges(self.track)
        self.assertIn("  track   it good\n", pair.command("edge-1", "vip").stdout)
        path = out_file(pair, "edge-1")
        touch(path)
        pair.wait_for_owner("edge-2")
        wait_until(lambda: "gave up" in pair.log("edge-1"), what="a line about it")
        self.assertIn(f"edge-1: it is bad: {path} exists; gives {VIP} up", pair.log("edge-1"))
        self.assertIn(f"vip public: edge-1 cannot have {VIP}: it is bad: {path} exists", pair.log("edge-1"))
        self.assertIn(f"vip public: edge-1 gave up {VIP}: it is bad: {path} exists", pair.log("edge-1"))
        said = pair.vip("edge-1")
        self.assertEqual((said["state"], said["problem"]), ("out", f"it is bad: {path} exists"))
        it = said["tracks"][0]
        self.assertEqual((it["name"], it["good"], it["why"], it["weight"]), ("it", False, f"{path} exists", None))
        self.assertIn(f": {path} exists; gives the addresses up\n", pair.command("edge-1", "vip").stdout)
        self.assertEqual(pair.get(), "one\n")
        os.unlink(path)
        pair.wait_for_owner("edge-1")
        self.assertIn("edge-1: it is good again", pair.log("edge-1"))

    def test_a_node_that_starts_with_the_file_never_has_the_address(self):
        pair = Edges(start=False)
        self.addCleanup(pair.end)
        touch(out_file(pair, "edge-1"))
        self.section, self.more = self.track, "priority = { edge-1 = 255 }"  # it would be the owner at once
        self.write(pair, "edge-1")
        pair.start("edge-1")
        wait_until(lambda: pair.vip("edge-1")["problem"], what="the reason")
        self.write(pair, "edge-2")
        pair.start("edge-2")
        pair.wait_for_owner("edge-2")
        self.assertNotIn(f"took {VIP}", pair.log("edge-1"))
        os.unlink(out_file(pair, "edge-1"))
        pair.wait_for_owner("edge-1")

    def test_what_is_bad_stays_so_over_a_reload_an_upgrade_and_a_new_worker(self):
        pair = self.edges(self.track)
        touch(out_file(pair, "edge-1"))
        pair.wait_for_owner("edge-2")
        before = pair.log("edge-1").count(f"took {VIP}")
        self.write(pair, "edge-1", '[log]\nlevel = "debug"')
        pair.command("edge-1", "reload")
        self.assertFalse(self.it(pair, "edge-1")["good"])
        pair.command("edge-1", "upgrade")
        wait_until(lambda: pair.serves("edge-1"), what="the vip in the new keeper")
        self.assertFalse(self.it(pair, "edge-1")["good"])
        os.kill(pair.worker_pid("edge-1"), signal.SIGKILL)
        wait_until(lambda: "was killed by signal 9" in pair.log("edge-1"), what="the notice of the death")
        pair.wait_for_owner("edge-2")
        self.assertEqual(pair.log("edge-1").count(f"took {VIP}"), before)
        self.assertNotIn("good again", pair.log("edge-1"))
        # And a reload that tracks nothing any more lets it take part again.
        pair.write()
        self.assertIn("track it removed", pair.command("edge-1", "reload").stdout)
        pair.wait_for_owner("edge-1")

    def test_a_weight_lowers_and_does_not_withdraw(self):
        def weighed(edges, name):
            return self.track(edges, name) + "\nweight = 20"

        pair = self.edges(weighed)
        load = Load(pair)
        touch(out_file(pair, "edge-1"))
        pair.wait_for_owner("edge-2")
        seen = load.stop()
        self.assertEqual((seen["failed"], seen["errors"]), (0, []))  # in order, as a handover
        wait_until(lambda: pair.vip("edge-1")["priority"] == 234, what="the lower priority")
        self.assertEqual((pair.vip("edge-1")["state"], pair.vip("edge-1")["problem"]), ("backup", ""))
        self.assertIn(f"lowers its priority for {VIP} by 20", pair.log("edge-1"))
        # Where it is bad on both, the first has it again, and nobody is without.
        touch(out_file(pair, "edge-2"))
        pair.wait_for_owner("edge-1")
        self.assertEqual(pair.vip("edge-2")["priority"], 233)

    def test_metrics_show_it(self):
        ask = ("import http.client, socket, sys; c = http.client.HTTPConnection('stead'); c.sock = socket.socket(socket.AF_UNIX); "
               "c.sock.connect(sys.argv[1]); c.request('GET', '/metrics'); sys.stdout.write(c.getresponse().read().decode())")
        pair = self.edges(self.track)

        def value(metric):
            path = os.path.join(pair.run_dir("edge-1"), "admin.sock")
            found = prometheus.parse(pair["edge-1"].run(sys.executable, "-c", ask, path).stdout)[0]
            return prometheus.total(found, metric, track="it") if any(key[0] == metric for key in found) else None

        wait_until(lambda: value("stead_track_good") == 1, what="the metric")
        touch(out_file(pair, "edge-1"))
        wait_until(lambda: value("stead_track_good") == 0, what="the change of the metric")
        self.assertEqual(value("stead_track_changes_total"), 1)
        self.assertIsNotNone(value("stead_track_unknown_total"))


class Commands(Tracked):
    def command(self, *argv, on="edge-1", rest=("/bin/true",)):
        def track(edges, name):
            words = ", ".join(f'"{word.format(file=out_file(edges, name))}"' for word in (argv if name == on else rest))
            return f"command = [{words}]\n{EVERY}"
        return track

    def running(self, pair, name, argv):
        """How many of the keeper's children are this command, and have not ended."""
        done = subprocess.run(["ps", "--no-headers", "-o", "stat=,args=", "--ppid", str(pair.keepers[name].pid)],
                              capture_output=True, text=True)
        rows = [line.split(None, 1) for line in done.stdout.splitlines()]
        return sum(row[0][0] != "Z" and row[1] == " ".join(argv) for row in rows)

    def check_one_that_never_ends(self, *argv):
        pair = self.edges(self.command(*argv))
        seen = []

        def enough():
            seen.append(self.running(pair, "edge-1", argv))
            return self.it(pair, "edge-1")["unknown_results"] >= 8

        wait_until(enough, what="unknown results")
        self.assertTrue(self.it(pair, "edge-1")["good"])
        self.assert_nothing_moved(pair)
        self.assertLessEqual(max(seen), 1)
        self.assertEqual(pair.log("edge-1").count("nothing is known of it, which counts as good meanwhile"), 1)
        pair.keepers["edge-1"].send_signal(signal.SIGTERM)
        self.assertEqual(pair.keepers["edge-1"].wait(40), 0)
        wait_until(lambda: not any("1000" in cmdline(pid) for pid in pair["edge-1"].pids()), what="the end of the last one")

    def test_one_that_fails_gives_the_address_away_and_back_when_it_succeeds(self):
        fails = self.command("/usr/bin/test", "!", "-e", "{file}", rest=("/usr/bin/test", "!", "-e", "{file}"))
        pair = self.edges(fails)
        touch(out_file(pair, "edge-1"))
        pair.wait_for_owner("edge-2")
        self.assertIn("it is bad: /usr/bin/test exited with 1, 3 times in a row", pair.log("edge-1"))
        os.unlink(out_file(pair, "edge-1"))
        pair.wait_for_owner("edge-1")

    def test_one_that_hangs_moves_nothing_and_never_runs_twice(self):
        self.check_one_that_never_ends("/bin/sleep", "1000")

    def test_one_that_is_stopped_moves_nothing(self):
        self.check_one_that_never_ends("/bin/sh", "-c", "kill -STOP $$")

    def test_one_that_writes_without_end_and_leaves_others_behind_moves_nothing(self):
        self.check_one_that_never_ends("/bin/sh", "-c", "sleep 1000 & yes")

    def test_one_that_says_a_lot_is_judged_by_its_exit_code_alone(self):
        pair = self.edges(self.command("/bin/sh", "-c", "head -c 1000000 /dev/urandom; head -c 1000000 /dev/urandom >&2; exit 1",
                                       on="edge-2"))
        wait_until(lambda: not self.it(pair, "edge-2")["good"], what="the verdict")
        self.assertEqual(pair.vip("edge-2")["state"], "out")

    def test_one_that_does_not_exist_is_said_loudly_once_and_moves_nothing(self):
        pair = self.edges(self.command("/nonexistent/check"))
        wait_until(lambda: self.it(pair, "edge-1")["unknown_results"] >= 8, what="unknown results")
        self.assert_nothing_moved(pair)
        self.assertEqual(pair.log("edge-1").count("/nonexistent/check: No such file or directory"), 1)

    def test_an_upgrade_leaves_no_command_behind(self):
        pair = self.edges(self.command("/bin/sleep", "1000"))
        wait_until(lambda: self.running(pair, "edge-1", ("/bin/sleep", "1000")) == 1, what="the command")
        pair.command("edge-1", "upgrade")
        wait_until(lambda: pair.serves("edge-1"), what="the vip in the new keeper")
        wait_until(lambda: self.it(pair, "edge-1")["unknown_results"] >= 3, what="looks of the new keeper")
        self.assertLessEqual(self.running(pair, "edge-1", ("/bin/sleep", "1000")), 1)
        self.assert_nothing_moved(pair)


def cmdline(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


class Gateways(Tracked):
    def check_gateway(self, address):
        pair = self.edges(lambda edges, name: f'gateway = "{address}"\n{EVERY}')
        self.block(pair["edge-1"], address)
        pair.wait_for_owner("edge-2")
        self.assertIn(f"it is bad: no answer from {address} for ", pair.log("edge-1"))
        self.unblock(pair["edge-1"])
        pair.wait_for_owner("edge-1")

    def test_one_that_does_not_answer(self):
        self.check_gateway("10.77.0.5")

    def test_one_of_ipv6_that_does_not_answer(self):
        self.check_gateway("fd77::5")

    def test_one_that_is_gone_for_both_leaves_the_address_where_it_is_if_it_has_a_weight(self):
        pair = self.edges(lambda edges, name: f'gateway = "10.77.0.5"\nweight = 20\n{EVERY}')
        pair["other"].cut()
        for name, priority in (("edge-1", 234), ("edge-2", 233)):
            wait_until(lambda name=name, priority=priority: pair.vip(name)["priority"] == priority, what="the lower priority")
        pair.wait_for_owner("edge-1")

    def test_one_that_is_gone_for_both_takes_the_address_away_if_it_has_none(self):
        pair = self.edges(lambda edges, name: f'gateway = "10.77.0.5"\n{EVERY}')
        pair["other"].cut()
        wait_until(lambda: pair.network.owners(VIP) == [], what="no owner at all")
        pair["other"].mend()
        pair.wait_for_owner("edge-1")


class Others(Tracked):
    def test_a_pool_without_a_member_on_one_edge_only_moves_the_address_there_where_it_has_one(self):
        pair = self.edges(lambda edges, name: f'pool = "app"\n{EVERY}')
        self.block(pair["edge-1"], pair["app"].address)
        pair.wait_for_owner("edge-2", seconds=20)
        self.assertEqual((pair.vip("edge-1")["priority"], pair.vip("edge-1")["problem"]), (154, ""))
        self.assertIn("it is bad: no member of pool app can serve for ", pair.log("edge-1"))
        self.assertEqual(pair.get(), "one\n")
        # A new worker has to find out for itself, and says so; what is not said changes nothing.
        before = pair.worker_pid("edge-1")
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: "was killed by signal 9" in pair.log("edge-1"), what="the notice of the death")
        wait_until(lambda: pair.vip("edge-1")["state"] != "out", what="its return to the group")
        self.unblock(pair["edge-1"])
        pair.wait_for_owner("edge-1", seconds=20)

    def test_a_pool_without_a_member_anywhere_moves_nothing(self):
        pair = self.edges(lambda edges, name: f'pool = "app"\n{EVERY}')
        pair["app"].signal_all(signal.SIGKILL)
        # In this order the address is away for a moment where edge-1 is the first to know.
        for name, priority in (("edge-1", 154), ("edge-2", 153)):
            wait_until(lambda name=name, priority=priority: pair.vip(name)["priority"] == priority, seconds=20,
                       what="the lower priority")
        pair.wait_for_owner("edge-1")

    def test_shared_addresses_leave_a_node_that_is_worth_less_and_come_back(self):
        pair = Edges(start=False)
        self.addCleanup(pair.end)
        addresses = {"10.77.0.100", "10.77.0.101"}
        for name in ("edge-1", "edge-2"):
            pair.write(vip='spread = true\ntrack = ["it"]', address='10.77.0.100/24", "10.77.0.101/24',
                       extra=f'[track.it]\nfile = "{out_file(pair, name)}"\nweight = 20\n{EVERY}')
            with open(pair.file) as f:
                text = f.read()
            with open(pair.file, "w") as f:
                f.write(text.replace('address = "10.77.0.100/24", "10.77.0.101/24"', 'address = ["10.77.0.100/24", "10.77.0.101/24"]'))
            pair.start(name)

        def wait_for(one, other):
            wait_until(lambda: [len(addresses & pair[name].addresses()) for name in ("edge-1", "edge-2")] == [one, other],
                       what=f"{one} and {other} addresses\n{pair.log('edge-1')}{pair.log('edge-2')}")

        wait_for(1, 1)
        touch(out_file(pair, "edge-1"))
        wait_for(0, 2)
        touch(out_file(pair, "edge-2"))  # now it is no better, and they are shared again
        wait_for(1, 1)
        os.unlink(out_file(pair, "edge-1"))
        wait_for(2, 0)

    def test_an_interface_without_a_carrier(self):
        pair = Edges(start=False)
        self.addCleanup(pair.end)
        self.more, self.section = "", lambda edges, name: f'interface = "backbone"\n{EVERY}'
        for name in ("edge-1", "edge-2"):
            pair[name].run("ip", "link", "add", "backbone", "type", "veth", "peer", "name", "far-end")
            for end in ("backbone", "far-end"):
                pair[name].run("ip", "link", "set", end, "up")
            self.write(pair, name)
            pair.start(name)
        pair.wait_for_owner("edge-1")
        for lose, regain, why in ((("link", "set", "far-end", "down"), ("link", "set", "far-end", "up"), "has no carrier"),
                                  (("link", "set", "backbone", "down"), ("link", "set", "backbone", "up"), "is down")):
            pair["edge-1"].run("ip", *lose)
            pair.wait_for_owner("edge-2")
            self.assertIn(f"backbone {why} for ", pair.log("edge-1"))
            pair["edge-1"].run("ip", *regain)
            pair.wait_for_owner("edge-1")
        pair["edge-1"].run("ip", "link", "del", "backbone")
        pair.wait_for_owner("edge-2")
        self.assertIn("there is no interface backbone", pair.log("edge-1"))


if __name__ == "__main__":
    unittest.main()
