"""Virtual addresses whose adverts are signed: two Stead edges, and forgers beside them."""
import contextlib
import os
import signal
import sys
import time
import unittest

import signed_adverts
from harness import wait_until
from vips import HERE, VIP, VIP6, Edges

FIRST, SECOND, OTHER = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210", "x" * 40
ONE = f'secrets = ["1:{FIRST}"]'


class Signed(unittest.TestCase):
    def edges(self, *args, **more):
        edges = Edges(*args, **more)
        self.addCleanup(edges.end)
        return edges

    def refused(self, edges, *names):
        return sum(edges.vip(name)["adverts_refused"] for name in names or ("edge-1", "edge-2"))

    def reload(self, edges, vip, *names):
        edges.write(vip)
        for name in names or ("edge-1", "edge-2"):
            edges.command(name, "reload")

    def wait_for_reason(self, edges, name, reason):
        wait_until(lambda: edges.metric(name, "stead_vip_adverts_refused_total", reason=reason, vip="public"),
                   what=f"the count of `{reason}`")

    def heard(self, edges, address):
        """An advert that the client hears: who sent it, and its bytes."""
        source, text = edges["client"].run(sys.executable, os.path.join(HERE, "signed_adverts.py"), "hear", address, "10").stdout.split()
        return source, bytes.fromhex(text)


class Pair(Signed):
    def test_the_address_moves_by_a_cut_and_by_a_stop_in_each_kind_of_group(self):
        kinds = {
            "multicast": (ONE, VIP),
            "unicast": (ONE + "\nunicast = true", VIP),
            "version 2": (ONE + '\nversion = 2\nadvert = "1s"\npassword = "shop"', VIP),
            "hex, over IPv6": (f'secrets = ["1:hex:{FIRST.encode().hex()}"]', VIP6),
        }
        for kind, (vip, address) in kinds.items():
            with self.subTest(kind):
                pair = Edges(vip, address=f"{address}/{64 if ':' in address else 24}")
                try:
                    self.check_moves(pair, address)
                finally:
                    pair.end()

    def check_moves(self, pair, address):
        pair.wait_for_owner("edge-1", address)
        taken = ("stead_vip_adverts_received_total",)
        wait_until(lambda: pair.metric("edge-2", *taken), what="an advert that was taken")
        pair["edge-1"].isolate()
        wait_until(lambda: address in pair["edge-2"].addresses(), seconds=20, what="the takeover")
        pair["edge-1"].join()
        pair.wait_for_owner("edge-1", address, seconds=20)
        before = pair.metric("edge-2", *taken)
        wait_until(lambda: pair.metric("edge-2", *taken) > before, what="more adverts")
        self.assertEqual(self.refused(pair), 0)
        pair.keepers["edge-1"].send_signal(signal.SIGTERM)
        self.assertEqual(pair.keepers["edge-1"].wait(40), 0)
        pair.wait_for_owner("edge-2", address)
        self.assertIn("has taken over", pair.log("edge-1"))
        self.assertEqual(self.refused(pair, "edge-2"), 0)

    def test_adverts_are_what_python_says_that_they_must_be_and_pass_the_kernels_checksum(self):
        for address, own in ((VIP, "10.77.0.4"), (VIP6, "fd77::4")):
            with self.subTest(address):
                pair = Edges(ONE, address=f"{address}/{64 if ':' in address else 24}", names=("edge-1",))
                try:
                    pair.wait_for_owner("edge-1", address)
                    source, packet = self.heard(pair, own)
                    self.assertEqual(packet[-28:-24], bytes([1, 1, 0, 0]))
                    self.assertLess(abs(int.from_bytes(packet[-24:-20], "big") - time.time()), 5)
                    self.assertEqual(packet[-16:], signed_adverts.code(packet, source, FIRST.encode()))
                finally:
                    pair.end()

    def test_an_edge_with_another_secret_moves_nobody_and_joins_when_it_has_the_right_one(self):
        pair = self.edges(ONE, names=("edge-2",))
        pair.wait_for_owner("edge-2")
        pair.write(f'secrets = ["1:{OTHER}"]')
        pair.start("edge-1")  # of the higher priority
        self.wait_for_reason(pair, "edge-2", "bad_signature")
        self.wait_for_reason(pair, "edge-1", "bad_signature")
        for name, other in (("edge-1", "edge-2"), ("edge-2", "edge-1")):
            wait_until(lambda name=name, other=other: f"the last, from {other}, has a wrong signature" in pair.log(name),
                       what="a line about it")
            self.assertGreater(pair.vip(name)["adverts_refused"], 0)
            self.assertIn("adverts were refused, or odd; the log says why", pair.command(name, "vip").stdout)
        # Each believes that it is alone, as if it could not hear the other; neither yields.
        self.assertIn(VIP, pair["edge-2"].addresses())
        self.assertEqual(pair.vip("edge-2")["state"], "active")
        self.assertNotIn("edge-2 left", pair.log("edge-2"))
        self.reload(pair, ONE, "edge-1")
        pair.wait_for_owner("edge-1")

    def test_one_secret_follows_another_and_nothing_moves(self):
        pair = self.edges(ONE)
        pair.wait_for_owner("edge-1")
        wait_until(lambda: pair.vip("edge-2")["owner"] == "edge-1", what="an advert that was taken")
        moves = pair.vip("edge-1")["since_ms"]
        for secrets in ([f"1:{FIRST}", f"2:{SECOND}"], [f"2:{SECOND}", f"1:{FIRST}"], [f"2:{SECOND}"]):
            self.reload(pair, f"secrets = {secrets}".replace("'", '"'))
            self.assertEqual(pair.network.owners(VIP), ["edge-1"])
        self.assertGreaterEqual(pair.vip("edge-1")["since_ms"], moves)  # it is an age
        source, packet = self.heard(pair, "10.77.0.4")
        self.assertEqual((source, packet[-27]), ("10.77.0.1", 2))
        self.assertEqual(packet[-16:], signed_adverts.code(packet, source, SECOND.encode()))
        self.assertEqual(self.refused(pair), 0)
        self.assertNotIn("took", pair.log("edge-2"))
        pair.command("edge-1", "handover", "public")
        pair.wait_for_owner("edge-2")

    def test_a_group_that_runs_comes_to_signed_adverts_and_nothing_moves(self):
        pair = self.edges()
        pair.wait_for_owner("edge-1")
        for mode in ("receive-only", "permissive", "enforce"):
            self.reload(pair, f'{ONE}\nauthentication = "{mode}"')
            _, packet = self.heard(pair, "10.77.0.4")
            self.assertEqual(len(packet), 12 if mode == "receive-only" else 40)
            if mode == "receive-only":
                wait_until(lambda: self.counts(pair)[1] > 0, what="the count of what is not signed")
            else:
                seen = [self.counts(pair)]
                wait_until(lambda: self.stands_still(pair, seen), what="more adverts, all of them signed")
            self.assertEqual(pair.network.owners(VIP), ["edge-1"])
        self.assertEqual(self.refused(pair), 0)
        self.assertNotIn("took", pair.log("edge-2"))

    def counts(self, pair):
        return [pair.metric("edge-2", f"stead_vip_adverts_{kind}_total") for kind in ("received", "not_signed")]

    def stands_still(self, pair, seen):
        """Since the last look more were received, and none of them unsigned."""
        seen.append(self.counts(pair))
        return seen[-1][0] > seen[-2][0] and seen[-1][1] == seen[-2][1]

    def test_an_upgrade_takes_the_secrets_along(self):
        pair = self.edges(ONE + '\nadvert = "1s"')
        pair.wait_for_owner("edge-1")
        pair.command("edge-1", "upgrade")
        wait_until(lambda: pair.serves("edge-1"), what="the vip in the new keeper")
        wait_until(lambda: pair.metric("edge-1", "stead_vip_adverts_sent_total", vip="public"), what="its adverts")
        pair.wait_for_owner("edge-1")
        self.assertEqual(self.refused(pair), 0)
        self.assertNotIn("took", pair.log("edge-2"))


class Forgers(Signed):
    def setUp(self):
        self.pair = self.edges(ONE)
        self.pair.wait_for_owner("edge-1")
        self.source = self.pair["client"].address

    def send(self, *packets):
        self.pair["client"].run(sys.executable, os.path.join(HERE, "signed_adverts.py"), "send", self.source,
                                *(packet.hex() for packet in packets))

    def signed(self, key=FIRST, priority=255, **more):
        return signed_adverts.signed(signed_adverts.advert(VIP, priority), self.source, key.encode(), **more)

    def test_who_does_not_know_the_secret_changes_nothing(self):
        forged = {
            "unsigned": signed_adverts.advert(VIP, 255),
            "bad_signature": self.signed(OTHER),
            "unknown_secret": self.signed(number=9),
            "stale": self.signed(at=time.time() - 60),
            "bad_trailer": self.signed()[:-1],
        }
        for packet in forged.values():
            self.send(packet, packet)
        for name in ("edge-1", "edge-2"):
            for reason in forged:
                self.wait_for_reason(self.pair, name, reason)
        self.assertEqual(self.pair.network.owners(VIP), ["edge-1"])
        self.assertNotIn("left", self.pair.log("edge-1"))
        self.assertEqual(self.pair.vip("edge-1")["second_owner_adverts"], 0)

    def test_a_recording_is_taken_once_only(self):
        recorded = self.signed(priority=1)  # lower than both: it is taken, and moves nothing
        self.send(recorded, recorded, recorded)
        self.wait_for_reason(self.pair, "edge-1", "replayed")
        wait_until(lambda: self.pair.vip("edge-1")["second_owner_adverts"] == 1, what="the one that was taken")
        self.assertEqual(self.refused(self.pair, "edge-1"), 2)
        self.assertEqual(self.pair.network.owners(VIP), ["edge-1"])

    def test_the_secret_is_seen_by_nobody(self):
        self.send(self.signed(OTHER))
        self.wait_for_reason(self.pair, "edge-1", "bad_signature")
        self.pair.write(ONE + "\nnonsense = 1")
        seen = [self.pair.command("edge-1", *command, check=False)
                for command in (("reload",), ("status",), ("status", "--json"), ("vip",), ("vip", "--json"))]
        self.assertIn("unknown key `nonsense`", seen[0].stdout + seen[0].stderr)
        self.pair.write(ONE.replace("0123", "hex:"))
        seen.append(self.pair.command("edge-1", "reload", check=False))
        self.assertIn("what follows `hex:`", seen[-1].stdout + seen[-1].stderr)
        text = "".join(done.stdout + done.stderr for done in seen) + self.pair.metrics_text("edge-1") + self.pair.log("edge-1")
        for part in (FIRST, FIRST[4:], FIRST[:8], FIRST[-8:]):
            self.assertNotIn(part, text)
        # The keeper must have it in its memory; the worker gets the file, but not that.
        self.assertTrue(self.has_in_memory(self.pair.keepers["edge-1"].pid))
        self.assertFalse(self.has_in_memory(self.pair.worker_pid("edge-1")))

    def has_in_memory(self, pid):
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in maps:
                where, access, *_ = line.split()
                begin, end = (int(part, 16) for part in where.split("-"))
                # Beyond a GiB it is what a sanitizer has reserved for its own notes, a byte for eight of ours.
                if not access.startswith("rw") or end - begin > 1 << 30:
                    continue
                memory.seek(begin)
                with contextlib.suppress(OSError):  # pages of devices
                    if FIRST.encode() in memory.read(end - begin):
                        return True
        return False


if __name__ == "__main__":
    unittest.main()
