"""Two edges and a witness: what becomes of the address when links, nodes and the witness itself fail."""
import contextlib
import json
import os
import signal
import time
import unittest

from harness import wait_until
from vips import STEAD, VIP, Edges, Load

WITNESS = 'witness = "app"'
SECRET = 'secrets = ["1:a-secret-of-at-least-thirty-two-characters"]'


class WitnessedEdges(Edges):
    def __init__(self, vip=WITNESS, text=None):
        """`text`: another file."""
        super().__init__(vip, start=False)
        try:
            if text:
                with open(self.file, "w") as f:
                    f.write(text)
            self.start_witness()
            for name in ("edge-1", "edge-2"):
                self.start(name)
            if text:
                return
            self.wait_for_owner("edge-1")
            wait_until(lambda: self.granted() == "edge-1", what=f"the witness's vote for edge-1: {self.log('app')}")
        except BaseException:
            self.end()
            raise

    def start_witness(self):
        os.makedirs(self.run_dir("app"), exist_ok=True)
        self.witness = self["app"].start(STEAD, "run", self.file, "--run-dir", self.run_dir("app"), "--state-dir",
                                         self.run_dir("app"), log=self.run_dir("app") + ".log")
        wait_until(lambda: self.granted() is not None, what=f"the witness\n{self.log('app')}")

    def stop_witness(self):
        """Dead at once, worker and all, but not the application on that host."""
        application = self["app"].processes[0].pid
        for pid in self["app"].pids():
            if pid != application:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.witness.wait(5)

    def granted(self):
        """To whom the witness has given its vote; "": nobody; None: it does not run."""
        if self.keepers_dead():
            raise AssertionError(f"the witness has ended:\n{self.log('app')}")
        done = self.command("app", "vip", "--json", check=False)
        offices = json.loads(done.stdout)["witness_of"] if done.returncode == 0 else []
        return offices[0]["holder"] if offices else None

    def keepers_dead(self):
        return self.witness.poll() is not None

    def part(self, host, *others):
        """The host hears nothing of the others, whatever they send."""
        sources = ", ".join(self[other].address for other in others)
        self[host].run("nft", "add table inet cut; add chain inet cut in { type filter hook input priority -300; }; "
                       f"add rule inet cut in ip saddr {{ {sources} }} drop")

    def rejoin(self, host):
        self[host].run("nft", "delete table inet cut")

    def stays(self, owner, seconds=1.5):
        """Nobody but this one has the address, at any moment."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            owners = self.network.owners(VIP)
            if owners != owner:
                logs = "".join(f"{name}:\n{self.log(name)}" for name in ("edge-1", "edge-2", "app"))
                raise AssertionError(f"owners are {owners}\n{logs}")


class Witnessed(unittest.TestCase):
    def edges(self, *args, **more):
        edges = WitnessedEdges(*args, **more)
        self.addCleanup(edges.end)
        return edges

    def test_edges_that_do_not_hear_each_other_have_one_owner(self):
        edges = self.edges()
        edges.part("edge-1", "edge-2")
        edges.part("edge-2", "edge-1")
        edges.stays(["edge-1"])
        wait_until(lambda: "edge-2 may not take 10.77.0.100: the witness app hears edge-1" in edges.log("edge-2"),
                   what=f"why not\n{edges.log('edge-2')}")
        self.assertEqual(edges.vip("edge-2")["state"], "backup")
        self.assertGreater(edges.metric("app", "stead_witness_denied_total"), 0)
        edges.rejoin("edge-1")
        edges.rejoin("edge-2")
        edges.stays(["edge-1"], seconds=0.5)

    def test_edges_that_do_not_hear_each_other_in_one_direction_have_one_owner(self):
        for host, other in (("edge-1", "edge-2"), ("edge-2", "edge-1")):
            with self.subTest(deaf=host):
                edges = self.edges()
                edges.part(host, other)
                edges.stays(["edge-1"])
                edges.end()

    def test_an_owner_that_is_cut_off_gives_the_address_up_and_the_other_has_it(self):
        edges = self.edges()
        edges["edge-1"].isolate()
        wait_until(lambda: edges.network.owners(VIP) == ["edge-2"], seconds=2, what="edge-2 as the only owner")
        self.assertIn("edge-1 gave up 10.77.0.100: it is cut off", edges.log("edge-1"))
        wait_until(lambda: edges.granted() == "edge-2", what="the witness's vote for edge-2")
        self.assertEqual(edges.get(), "one\n")
        edges["edge-1"].join()
        edges.wait_for_owner("edge-1")

    def test_a_backup_that_is_cut_off_takes_nothing(self):
        edges = self.edges()
        edges["edge-2"].isolate()
        edges.stays(["edge-1"])
        wait_until(lambda: "edge-2 may not take 10.77.0.100: neither edge-1 nor the witness app answers" in edges.log("edge-2"),
                   what=f"why not\n{edges.log('edge-2')}")

    def test_a_dead_witness_moves_nothing_and_a_stop_still_moves_in_order(self):
        edges = self.edges()
        edges.stop_witness()
        edges.stays(["edge-1"])
        wait_until(lambda: "silent" in edges.vip("edge-1")["witness"], what="that the witness is silent")
        wait_until(lambda: edges.metric("edge-1", "stead_vip_witness_silent") == 1, what="the metric of it")
        load = Load(edges)
        edges.command("edge-1", "stop")
        edges.wait_for_owner("edge-2")
        seen = load.stop()
        self.assertEqual((seen["failed"], seen["errors"]), (0, []))
        edges.stays(["edge-2"])

    def test_an_owner_that_is_left_alone_by_two_deaths_gives_up_until_the_witness_is_back(self):
        edges = self.edges()
        edges.stop_witness()
        edges.freeze("edge-2", signal.SIGKILL)
        wait_until(lambda: edges.network.owners(VIP) == [], what=f"that edge-1 gives up\n{edges.log('edge-1')}")
        edges.start_witness()
        edges.wait_for_owner("edge-1")

    def test_a_witness_that_is_started_again_moves_nothing(self):
        edges = self.edges()
        edges.stop_witness()
        edges.start_witness()
        edges.stays(["edge-1"])
        self.assertEqual(edges.granted(), "edge-1")

    def test_a_dead_owner_is_succeeded(self):
        edges = self.edges()
        edges.freeze("edge-1", signal.SIGKILL)
        edges.wait_for_owner("edge-2", seconds=3)
        self.assertEqual(edges.get(), "one\n")

    def test_a_stop_moves_in_order(self):
        edges = self.edges()
        load = Load(edges)
        edges.command("edge-1", "stop")
        edges.wait_for_owner("edge-2")
        seen = load.stop()
        self.assertEqual((seen["failed"], seen["errors"]), (0, []))

    def test_an_upgrade_of_the_owner_or_of_the_witness_moves_nothing(self):
        edges = self.edges()
        for name in ("edge-1", "app"):
            edges.command(name, "upgrade")
            edges.stays(["edge-1"], seconds=1)
        wait_until(lambda: edges.granted() == "edge-1", what="the witness's vote for edge-1")

    def test_votes_are_signed_where_adverts_are(self):
        edges = self.edges(WITNESS + "\n" + SECRET)
        edges.freeze("edge-1", signal.SIGKILL)
        edges.wait_for_owner("edge-2", seconds=3)
        self.assertEqual(edges.metric("app", "stead_witness_ballots_refused_total"), 0)

    def test_what_each_of_them_shows(self):
        edges = self.edges()
        self.assertEqual(edges.vip("edge-1")["witness"], "app answers")
        self.assertIn("  witness app answers\n", edges.command("edge-2", "vip").stdout)
        self.assertIn("public  10.77.0.100\n  witness this node; edge-1 may have them for ",
                      edges.command("app", "vip").stdout)


SPREAD = """
[node]
edge-1 = "10.77.0.1/24"
edge-2 = "10.77.0.2/24"
app    = "10.77.0.3/24"
[vip.public]
address = ["10.77.0.100/24", "10.77.0.101/24", "fd77::100/64"]
nodes   = ["edge-1", "edge-2"]
spread  = true
witness = "app"
[site.shop]
listen = "public:80"
route  = { "/" = { pool = "app" } }
[pool.app]
members = ["app:8000"]
[worker]
loops = 1
"""


class WitnessedShares(unittest.TestCase):
    def test_each_shared_address_has_a_vote_of_its_own(self):
        addresses = {"10.77.0.100", "10.77.0.101", "fd77::100"}
        edges = WitnessedEdges(text=SPREAD)
        self.addCleanup(edges.end)

        def owned():
            return [addresses & edges[name].addresses() for name in ("edge-1", "edge-2")]

        def shared():
            first, second = owned()
            return first and second and first | second == addresses and not first & second
        wait_until(shared, what=f"that both have a share\n{edges.log('edge-1')}{edges.log('edge-2')}")
        before = owned()
        for host, other in (("edge-1", "edge-2"), ("edge-2", "edge-1")):
            edges.part(host, other)
            edges[host].run("nft", "add rule inet cut in ip6 saddr fe80::/10 drop")
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            self.assertEqual(owned(), before, edges.log("edge-1") + edges.log("edge-2"))
        edges["edge-1"].isolate()
        wait_until(lambda: owned()[1] == addresses and not owned()[0],
                   what=f"that edge-2 has all\n{edges.log('edge-1')}{edges.log('edge-2')}")


if __name__ == "__main__":
    unittest.main()
