"""What a reload changes while requests flow, what it must not touch, and what it refuses."""
import http.client
import os
import signal
import socket
import unittest

from harness import App, Stead, accepts, free_port, load, wait_until


def listening_inode(port):
    """Which socket listens on the port, as the kernel numbers it; None: none does."""
    with open("/proc/net/tcp") as table:
        for line in table.readlines()[1:]:
            fields = line.split()
            if int(fields[1].split(":")[1], 16) == port and fields[3] == "0A":
                return fields[9]
    return None


def text(listeners, pools, routes, extra=""):
    listed = ", ".join(f'"127.0.0.1:{port}"' for port in listeners)
    lines = ['name = "reload"', "[timeouts]", 'drain = "5s"', "[worker]", "loops = 2", "[site.all]",
             f"listen = [{listed}]", "[site.all.route]"]
    lines += [f'"{prefix}" = {{ pool = "{pool}" }}' for prefix, pool in routes.items()]
    for name, members in pools.items():
        quoted = ", ".join(f'"127.0.0.1:{app.port}"' for app in members)
        lines += [f"[pool.{name}]", f"members = [{quoted}]", 'check = { http = "/", every = "100ms" }',
                  'slow-start = "off"']
    return "\n".join(lines) + "\n" + extra


class Reload(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.apps = []
        for name in ("one", "two", "three"):
            cls.apps.append(App(name))
            cls.addClassCleanup(cls.apps[-1].end)

    def setUp(self):
        self.port, self.other = free_port(), free_port()
        one, two, _ = self.apps
        self.plain = text([self.port], {"app": [one, two]}, {"/": "app"})
        self.stead = Stead(self.plain, self.port)
        self.addCleanup(self.stead.end)

    def reload(self, new, *, code=0):
        self.stead.write(new)
        done = self.stead.command("reload")
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def members(self, pool="app"):
        """The members of a pool by their application's name."""
        names = {f"127.0.0.1:{app.port}": app.name for app in self.apps}
        found = [p for p in self.stead.status()["pools"] if p["name"] == pool]
        return {names[member["name"]]: member for member in found[0]["members"]} if found else {}

    def answer(self, path="/", port=None):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode().strip()
        finally:
            connection.close()

    def test_listeners_pools_and_members_come_and_go_under_load_and_cost_nothing(self):
        one, two, three = self.apps
        more = text([self.port, self.other], {"app": [two, three], "more": [one]}, {"/": "app", "/more": "more"})
        inode, worker = listening_inode(self.port), self.stead.worker_pid()
        self.assertIsNotNone(inode)

        def change():
            said = self.reload(more)
            for word in (f"127.0.0.1:{self.other}", "more", f"127.0.0.1:{one.port}", f"127.0.0.1:{three.port}"):
                self.assertIn(word, said)
            self.assertEqual(self.answer("/more", self.other), "one")
            self.assertEqual(set(self.members()), {"two", "three"})
            self.reload(self.plain)
            wait_until(lambda: not accepts(self.other), what="the end of the listener that was removed")
            self.assertEqual(set(self.members()), {"one", "two"})

        for reuse in (False, True):
            with self.subTest(reuse=reuse):
                failures, _, _ = load(self.port, seconds=1, reuse=reuse, during=change)
                self.assertEqual(failures, {}, self.stead.read_log())
        self.assertEqual(listening_inode(self.port), inode)
        self.assertEqual(self.stead.worker_pid(), worker)

    def test_a_port_that_is_taken_refuses_the_reload_and_nothing_of_it_is_applied(self):
        one, two, three = self.apps
        free = free_port()
        with socket.create_server(("127.0.0.1", self.other)):
            said = self.reload(text([self.port, free, self.other], {"app": [three]}, {"/": "app"}), code=1)
            self.assertIn(f"port {self.other} of 127.0.0.1 is taken", said)
            self.assertFalse(accepts(free))
            self.assertEqual(set(self.members()), {"one", "two"})
            self.assertIn(self.answer(), ("one", "two"))
        # The port is free now, but what was refused must not come by itself.
        self.assertEqual(self.stead.status()["generation"], 1)
        self.reload(text([self.port, self.other], {"app": [three]}, {"/": "app"}))
        self.assertEqual(self.answer(port=self.other), "three")

    def test_an_access_log_that_cannot_be_opened_refuses_the_reload(self):
        one, two, _ = self.apps
        nowhere = '[log]\naccess = "/nowhere/access.log"\n'
        said = self.reload(text([self.port], {"app": [two]}, {"/": "app"}, nowhere), code=1)
        self.assertIn("/nowhere/access.log: No such file or directory", said)
        self.assertEqual(set(self.members()), {"one", "two"})

    def test_more_loops_take_a_new_worker_and_cost_nothing(self):
        worker = self.stead.worker_pid()
        inode = listening_inode(self.port)
        failures, _, _ = load(self.port, seconds=1, reuse=True,
                              during=lambda: self.reload(self.plain.replace("loops = 2", "loops = 3")))
        self.assertEqual(failures, {}, self.stead.read_log())
        self.assertNotEqual(self.stead.worker_pid(), worker)
        self.assertEqual(len(self.stead.status()["loops"]), 3)
        self.assertEqual(listening_inode(self.port), inode)

    def test_a_listener_that_goes_is_gone_also_while_an_earlier_worker_finishes_its_requests(self):
        more = self.plain.replace(f'"127.0.0.1:{self.port}"', f'"127.0.0.1:{self.port}", "127.0.0.1:{self.other}"', 1)
        self.reload(more)
        slow = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.addCleanup(slow.close)
        slow.request("GET", "/slow")
        active = lambda: sum(member["counters"]["active"] for member in self.members().values())
        wait_until(lambda: active() == 1, what="the request's arrival at a member")
        earlier = self.stead.worker_pid()
        self.assertEqual(self.stead.command("upgrade").returncode, 0)
        self.reload(self.plain)
        wait_until(lambda: not accepts(self.other), seconds=1, what="the end of the listener")
        self.reload(more)
        self.assertIn(self.answer(port=self.other), ("one", "two"))
        self.assertTrue(os.path.exists(f"/proc/{earlier}"), "the earlier worker has ended too soon for this test")
        self.assertEqual(slow.getresponse().read(), b"slow\n")

    def test_what_is_known_of_a_members_health_survives_a_reload_and_the_workers_death(self):
        dead = App("dead")
        self.addCleanup(dead.end)
        self.apps.append(dead)
        self.addCleanup(self.apps.remove, dead)
        slow = text([self.port], {"app": [self.apps[0], dead]}, {"/": "app"})
        self.reload(slow)
        wait_until(lambda: self.members()["dead"]["state"] == "up", what="the first check")
        dead.end()
        wait_until(lambda: self.members()["dead"]["state"] == "down", what="the notice of the death")
        # From here on a check would take an hour: what is known can only come from what was known.
        slow = slow.replace('every = "100ms"', 'every = "1h", every-fast = "1h"')
        self.reload(slow)
        self.assertEqual(self.members()["dead"]["state"], "down")
        down_since = lambda: self.members()["dead"]["since_ms"]
        # The keeper is told of changes in groups, every 100 ms.
        before, worker = wait_until(lambda: down_since() > 300 and down_since(), what="300 ms"), self.stead.worker_pid()
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: self.stead.worker_pid() not in (None, worker), what="the next worker")
        self.assertEqual(self.members()["dead"]["state"], "down")
        self.assertEqual(self.members()["one"]["state"], "up")
        self.assertGreaterEqual(down_since(), before)
        self.assertEqual(self.stead.command("upgrade").returncode, 0)
        self.assertEqual(self.members()["dead"]["state"], "down")
        self.assertGreaterEqual(down_since(), before)


if __name__ == "__main__":
    unittest.main()
