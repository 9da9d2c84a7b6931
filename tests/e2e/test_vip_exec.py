"""Addresses that a program of the operator's moves: what it is asked, when, and never twice at a time."""
import os
import signal
import stat
import unittest

from harness import wait_until
from vips import VIP, VIP6, Edges

# Writes down each run; whatever $DIR/$NODE.do holds is run in its middle. The lock is the kernel's, and so are its
# faults: it is free again when its holder is gone, killed or not.
SCRIPT = """#!/bin/bash
dir={dir}
exec 9>"$dir/$STEAD_NODE.lock"
flock -n 9 || echo "$*" >>"$dir/$STEAD_NODE.overlaps"
echo "$STEAD_VIP $* peer=$STEAD_PEER" >>"$dir/$STEAD_NODE.asked"
if [ -e "$dir/$STEAD_NODE.do" ]; then . "$dir/$STEAD_NODE.do"; fi
exit 0
"""


class Moved(unittest.TestCase):
    def edges(self, more="unicast = true", before=lambda edges: None, names=("edge-1", "edge-2"), owner="edge-1", **others):
        edges = Edges(start=False)
        self.addCleanup(edges.end)
        self.addCleanup(self.assert_no_overlaps, edges)
        self.script = os.path.join(edges.dir, "move-address")
        with open(self.script, "w") as f:
            f.write(SCRIPT.format(dir=edges.dir))
        os.chmod(self.script, os.stat(self.script).st_mode | stat.S_IXUSR)
        self.write(edges, more, **others)
        before(edges)
        for name in names:
            edges.start(name)
        edges.wait_for_owner(owner)
        return edges

    def write(self, edges, more="unicast = true", command=None, addresses=None, **others):
        command = command or f'["{self.script}", "-v"]'
        edges.write(vip=f'provider = "exec"\ncommand = {command}\n{more}', **others)
        if addresses:
            with open(edges.file) as f:
                text = f.read()
            with open(edges.file, "w") as f:
                f.write(text.replace(f'"{VIP}/24"', str(addresses)))

    def path(self, edges, name, kind):
        return os.path.join(edges.dir, f"{name}.{kind}")

    def do(self, edges, name, text):
        """Lines of bash for each run from now on; they see `$2`, which is `take` or `release`."""
        path = self.path(edges, name, "do")
        with open(path + ".new", "w") as f:
            f.write(text + "\n")
        os.rename(path + ".new", path)

    def asked(self, edges, name):
        try:
            with open(self.path(edges, name, "asked")) as f:
                return f.read().splitlines()
        except FileNotFoundError:
            return []

    def orders(self, edges, name):
        """take, release, …"""
        return [line.split()[2] for line in self.asked(edges, name)]

    def wait_for_orders(self, edges, name, *wanted, seconds=10.0):
        try:
            wait_until(lambda: self.orders(edges, name) == list(wanted), seconds, what="the commands")
        except AssertionError:
            raise AssertionError(f"{name} ran {self.asked(edges, name)}, not {wanted}\n{edges.log(name)}") from None

    def wait_for_log(self, edges, name, text, seconds=10.0):
        try:
            wait_until(lambda: text in edges.log(name), seconds, what="the line")
        except AssertionError:
            raise AssertionError(f"{name} has not said {text!r}\n{edges.log(name)}") from None

    def holds(self, edges, name):
        return edges.metric(name, "stead_vip_command_holds", vip="public", family="ipv4") == 1

    def assert_no_overlaps(self, edges):
        for name in ("edge-1", "edge-2"):
            self.assertFalse(os.path.exists(self.path(edges, name, "overlaps")), f"{name}: two commands at a time")


class Pair(Moved):
    def test_the_owner_takes_the_address_and_the_other_does_nothing(self):
        pair = self.edges()
        self.wait_for_log(pair, "edge-1", f"{self.script} has taken 10.77.0.100")
        self.assertEqual(self.asked(pair, "edge-1"), ["public -v take 10.77.0.100 peer="])
        self.assertEqual(self.asked(pair, "edge-2"), [])
        self.assertEqual(pair.get(), "one\n")
        self.assertEqual(pair.vip("edge-1")["problem"], "")
        wait_until(lambda: self.holds(pair, "edge-1"), what="the metric")
        self.assertEqual(pair.metric("edge-1", "stead_vip_announcements_total", vip="public"), 0)

    def test_a_handover_takes_there_and_releases_here(self):
        pair = self.edges()
        self.wait_for_orders(pair, "edge-1", "take")
        pair.command("edge-1", "handover", "public")
        pair.wait_for_owner("edge-2")
        self.wait_for_orders(pair, "edge-2", "take")
        self.wait_for_orders(pair, "edge-1", "take", "release")
        self.assertEqual(self.asked(pair, "edge-2")[-1], "public -v take 10.77.0.100 peer=edge-1")
        self.assertEqual(self.asked(pair, "edge-1")[-1], "public -v release 10.77.0.100 peer=edge-2")
        self.wait_for_log(pair, "edge-1", "has released 10.77.0.100")
        pair.command("edge-1", "takeback", "public")
        pair.wait_for_owner("edge-1")
        self.wait_for_orders(pair, "edge-1", "take", "release", "take")
        self.wait_for_orders(pair, "edge-2", "take", "release")

    def test_a_node_that_stops_hands_over_and_releases_before_it_ends(self):
        pair = self.edges(before=lambda edges: self.do(edges, "edge-1", '[ $2 = take ] || { sleep 1; echo done >>"$dir/released"; }'))
        self.wait_for_orders(pair, "edge-1", "take")
        pair.keepers["edge-1"].send_signal(signal.SIGTERM)
        self.assertEqual(pair.keepers["edge-1"].wait(40), 0)
        self.assertTrue(os.path.exists(os.path.join(pair.dir, "released")), "it was waited for")
        self.assertEqual(self.orders(pair, "edge-1"), ["take", "release"])
        self.wait_for_orders(pair, "edge-2", "take")

    def test_a_stop_waits_for_a_release_that_hangs_no_longer_than_a_drain(self):
        pair = self.edges(before=lambda edges: self.do(edges, "edge-1", "[ $2 = take ] || sleep 60"),
                          extra='[timeouts]\ndrain = "1s"')
        self.wait_for_orders(pair, "edge-1", "take")
        pair.keepers["edge-1"].send_signal(signal.SIGTERM)
        self.assertEqual(pair.keepers["edge-1"].wait(20), 0)
        wait_until(lambda: not any("sleep" in cmdline(pid) for pid in pair["edge-1"].pids()), what="the end of the command")

    def test_a_killed_keeper_that_is_started_again_asserts_again(self):
        pair = self.edges()
        self.wait_for_orders(pair, "edge-1", "take")
        pair.keepers["edge-1"].kill()
        pair.keepers["edge-1"].wait()
        pair.wait_for_owner("edge-2")
        self.wait_for_orders(pair, "edge-2", "take")
        pair.start("edge-1")
        pair.wait_for_owner("edge-1")
        self.wait_for_orders(pair, "edge-1", "take", "take")
        self.wait_for_orders(pair, "edge-2", "take", "release")

    def test_an_upgrade_asserts_again_and_leaves_no_command_behind(self):
        pair = self.edges()
        self.wait_for_orders(pair, "edge-1", "take")
        pair.command("edge-1", "upgrade")
        self.wait_for_orders(pair, "edge-1", "take", "take")
        # The next one interrupts a command.
        self.do(pair, "edge-1", "sleep 60")
        pair.command("edge-1", "upgrade")
        self.wait_for_orders(pair, "edge-1", "take", "take", "take")
        self.do(pair, "edge-1", "true")
        pair.command("edge-1", "upgrade")
        self.wait_for_log(pair, "edge-1", "goes on with 10.77.0.100")
        self.wait_for_orders(pair, "edge-1", "take", "take", "take", "take")
        wait_until(lambda: not any("sleep" in cmdline(pid) for pid in pair["edge-1"].pids()), what="the end of the command")
        self.assertEqual(self.orders(pair, "edge-2"), [])


class Alone(Moved):
    """One node is enough to see what is run again."""

    def edge(self, more="unicast = true", **others):
        return self.edges(more, names=("edge-1",), **others)

    def test_one_that_fails_is_run_again_until_it_holds_and_is_said_once(self):
        def fail_twice(edges):
            self.do(edges, "edge-1", 'if [ $(wc -l <"$dir/$STEAD_NODE.asked") -le 2 ]; then '
                                     'printf "first\\n\\033[1mno such route\\n" >&2; exit 3; fi')

        edge = self.edge(before=fail_twice)
        problem = "the command for 10.77.0.100 exited with 3: [1mno such route"
        wait_until(lambda: edge.vip("edge-1")["problem"] == problem, what="the problem")
        self.assertIn(problem, edge.command("edge-1", "vip").stdout)
        self.wait_for_orders(edge, "edge-1", "take", "take", "take")
        self.wait_for_log(edge, "edge-1", "has taken 10.77.0.100")
        self.assertEqual(edge.vip("edge-1")["problem"], "")
        self.assertEqual(edge.log("edge-1").count("no such route"), 1)
        labels = {"vip": "public", "family": "ipv4", "order": "take"}
        wait_until(lambda: self.holds(edge, "edge-1"), what="the metric")
        self.assertEqual(edge.metric("edge-1", "stead_vip_command_failures_total", **labels), 2)
        self.assertEqual(edge.metric("edge-1", "stead_vip_command_runs_total", **labels), 3)
        self.assertEqual(edge.network.owners(VIP), ["edge-1"])

    def test_it_is_asserted_again_and_again(self):
        edge = self.edge('assert-every = "200ms"')
        wait_until(lambda: len(self.asked(edge, "edge-1")) >= 5, what="five commands")
        self.assertEqual(set(self.orders(edge, "edge-1")), {"take"})
        # What is lost is noticed, and what comes back as well.
        self.do(edge, "edge-1", "exit 1")
        wait_until(lambda: "exited with 1" in edge.vip("edge-1")["problem"], what="the problem")
        self.do(edge, "edge-1", "true")
        wait_until(lambda: edge.vip("edge-1")["problem"] == "", what="the end of it")
        self.assertEqual(edge.log("edge-1").count("has taken"), 2)

    def test_one_that_hangs_is_killed_with_its_children_and_run_again(self):
        edge = self.edge('command-timeout = "500ms"', before=lambda edges: self.do(edges, "edge-1", "trap '' TERM; sleep 60; sleep 61"))
        wait_until(lambda: "has not ended after 500 ms" in edge.vip("edge-1")["problem"], what="the problem")
        wait_until(lambda: len(self.asked(edge, "edge-1")) >= 2, what="the second run")
        self.do(edge, "edge-1", "true")
        self.wait_for_log(edge, "edge-1", "has taken 10.77.0.100")
        self.assertFalse(any("sleep" in cmdline(pid) for pid in edge["edge-1"].pids()))

    def test_one_that_writes_without_end_keeps_nobody_waiting(self):
        edge = self.edge('command-timeout = "500ms"', before=lambda edges: self.do(edges, "edge-1", "yes >&2"))
        wait_until(lambda: edge.vip("edge-1")["problem"].endswith("has not ended after 500 ms: y"), what="the problem")
        self.assertEqual(edge.get(), "one\n")

    def test_one_that_does_not_exist_is_said_and_the_address_is_served_all_the_same(self):
        edge = self.edge(command='["/nowhere/move"]')
        wait_until(lambda: "cannot be started" in edge.vip("edge-1")["problem"], what="the problem")
        self.assertIn("No such file or directory", edge.vip("edge-1")["problem"])
        self.assertEqual(edge.get(), "one\n")

    def test_a_release_interrupts_a_take_and_is_tried_three_times(self):
        edge = self.edge(before=lambda edges: self.do(edges, "edge-1", "[ $2 = release ] && exit 1; sleep 60"))
        self.wait_for_orders(edge, "edge-1", "take")
        edge.command("edge-1", "handover", "public")  # nobody else is there, so it stays
        edge.start("edge-2")
        edge.wait_for_owner("edge-2")
        self.wait_for_log(edge, "edge-1", "10.77.0.100 is not released after 3 tries")
        self.assertEqual(self.orders(edge, "edge-1"), ["take", "release", "release", "release"])

    def test_addresses_of_one_vip_take_turns(self):
        edge = self.edge('assert-every = "100ms"\nspread = true', before=lambda edges: self.do(edges, "edge-1", "sleep 0.1"),
                         addresses=[f"{VIP}/24", "10.77.0.101/24", f"{VIP6}/64"])
        wanted = {f"public -v take {address} peer=" for address in (VIP, "10.77.0.101", VIP6)}
        wait_until(lambda: set(self.asked(edge, "edge-1")) == wanted and len(self.asked(edge, "edge-1")) > 10, what="all of them")

    def test_addresses_that_move_together_are_one_run_for_each_family(self):
        edge = self.edge(addresses=[f"{VIP}/24", "10.77.0.101/24", f"{VIP6}/64"])
        wait_until(lambda: len(self.asked(edge, "edge-1")) == 2, what="both")
        self.assertEqual(set(self.asked(edge, "edge-1")), {"public -v take 10.77.0.100 10.77.0.101 peer=", f"public -v take {VIP6} peer="})

    def test_a_reload_that_changes_nothing_of_it_runs_nothing(self):
        edge = self.edge()
        self.wait_for_orders(edge, "edge-1", "take")
        self.write(edge, extra='[timeouts]\ndrain = "7s"')
        edge.command("edge-1", "reload")
        self.assertEqual(self.orders(edge, "edge-1"), ["take"])
        # Another command has to assert what the one before did.
        self.write(edge, command=f'["{self.script}", "-w"]')
        edge.command("edge-1", "reload")
        self.wait_for_orders(edge, "edge-1", "take", "take")
        self.assertEqual(self.asked(edge, "edge-1")[-1], "public -w take 10.77.0.100 peer=")
        self.assertNotIn("gave up", edge.log("edge-1"))

    def test_a_reload_without_the_command_releases(self):
        edge = self.edge()
        self.wait_for_orders(edge, "edge-1", "take")
        edge.write()
        edge.command("edge-1", "reload")
        self.wait_for_orders(edge, "edge-1", "take", "release")


def cmdline(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


if __name__ == "__main__":
    unittest.main()
