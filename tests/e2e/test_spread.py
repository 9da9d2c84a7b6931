"""Addresses that are shared by all nodes: each edge works, a dead one's go to the others, and nothing else moves."""
import signal
import unittest

from harness import wait_until
from vips import Edges, Load

ADDRESSES = [f"10.77.0.{100 + i}" for i in range(4)]
NODES = {"edge-1": "10.77.0.1", "edge-2": "10.77.0.2", "other": "10.77.0.5"}

FILE = """
[node]
{nodes}
app = "10.77.0.3/24"
[vip.public]
address = [{addresses}]
nodes   = [{names}]
spread  = true
[site.shop]
listen = "public:80"
route  = {{ "/" = {{ pool = "app" }} }}
[pool.app]
members = ["app:8000"]
check   = {{ http = "/healthz", every = "200ms" }}
[worker]
loops = 1
"""


def quoted(texts):
    return ", ".join(f'"{text}"' for text in texts)


class Spread(unittest.TestCase):
    def setUp(self):
        self.edges = Edges(start=False)
        self.addCleanup(self.edges.end)
        with open(self.edges.file, "w") as f:
            f.write(FILE.format(nodes="\n".join(f'{name} = "{address}/24"' for name, address in NODES.items()),
                                addresses=quoted(f"{address}/24" for address in ADDRESSES), names=quoted(NODES)))

    def start(self, *names):
        for name in names:
            self.edges.start(name)

    def shares(self):
        """{node: its addresses}"""
        return {name: sorted(set(ADDRESSES) & self.edges[name].addresses()) for name in NODES}

    def wait_for_shares(self, *counts):
        """In any order; every address at one node."""
        def shared():
            shares = self.shares()
            return sorted(map(len, shares.values())) == sorted(counts) and \
                sorted(sum(shares.values(), [])) == ADDRESSES and shares
        try:
            return wait_until(shared, what=f"shares of {counts}")
        except AssertionError as error:
            logs = "".join(f"{name}:\n{self.edges.log(name)}" for name in NODES)
            raise AssertionError(f"{error}; they are {self.shares()}\n{logs}") from None

    def test_who_comes_gets_its_share_and_who_dies_is_inherited(self):
        self.start("edge-1")
        self.wait_for_shares(4, 0, 0)
        self.start("edge-2")
        self.wait_for_shares(2, 2, 0)
        self.start("other")
        before = self.wait_for_shares(2, 1, 1)
        for address in ADDRESSES:
            self.assertEqual(self.edges.get(address), "one\n")

        victim = next(name for name, share in before.items() if len(share) == 2)
        self.edges.freeze(victim)
        after = self.wait_for_shares(2, 2, 0)
        for name, share in before.items():
            if name != victim:
                self.assertLessEqual(set(share), set(after[name]), "what was well stays where it is")
        self.edges.freeze(victim, signal.SIGCONT)
        self.wait_for_shares(2, 1, 1)

    def test_nobody_notices_a_stop_a_handover_and_their_ends(self):
        self.start("edge-1", "edge-2")
        self.wait_for_shares(2, 2, 0)
        loads = [Load(self.edges, rate=50, kept=kept, address=address) for address in ADDRESSES for kept in (False, True)]
        self.edges.command("edge-2", "handover", "public")
        self.wait_for_shares(4, 0, 0)
        self.edges.command("edge-2", "takeback", "public")
        self.wait_for_shares(2, 2, 0)
        self.edges.keepers["edge-1"].send_signal(signal.SIGTERM)
        self.assertEqual(self.edges.keepers["edge-1"].wait(40), 0)
        self.wait_for_shares(4, 0, 0)
        self.start("edge-1")
        self.wait_for_shares(2, 2, 0)
        for load in loads:
            seen = load.stop()
            self.assertEqual((seen["failed"], seen["errors"]), (0, []))

    def test_each_address_is_shown_with_its_owner(self):
        self.start("edge-1", "edge-2")
        shares = self.wait_for_shares(2, 2, 0)
        for number, address in enumerate(ADDRESSES):
            owner = next(name for name, share in shares.items() if address in share)
            for name in ("edge-1", "edge-2"):
                wait_until(lambda: self.edges.vip(name, number)["owner"] == owner, what=f"the owner of {address} as {name} knows it")
                self.assertEqual(self.edges.vip(name, number)["addresses"], [address])


if __name__ == "__main__":
    unittest.main(verbosity=2)
