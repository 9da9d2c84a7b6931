"""What a service manager is told (sd_notify), and when; the manager here is a datagram socket of the test's own."""
import os
import select
import signal
import socket
import tempfile
import time
import unittest

from harness import App, Stead, config, free_port


class Manager:
    """The manager's end of NOTIFY_SOCKET. An abstract one has a name that begins with a zero byte, written as @."""

    def __init__(self, *, abstract=False):
        self.dir = tempfile.TemporaryDirectory(prefix="stead-e2e-notify-")
        path = os.path.join(self.dir.name, "notify")
        self.name = "@" + path if abstract else path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind("\0" + path if abstract else path)

    def message(self, seconds=10.0):
        """The next message, as a dictionary, with its sender's process id; None: none came."""
        ready, _, _ = select.select([self.socket], [], [], seconds)
        if not ready:
            return None
        data, ancillary, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(12))
        assignments = dict(line.split("=", 1) for line in data.decode().split("\n"))
        for level, kind, credentials in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
                assignments["sender"] = int.from_bytes(credentials[:4], "little")
        return assignments

    def wait_for(self, key):
        """The next message with this key, past watchdog messages only: nothing else may come unexpected."""
        while message := self.message():
            if key in message:
                return message
            if "WATCHDOG" not in message:
                break
        raise AssertionError(f"{key} did not come; {message} did")

    def close(self):
        self.socket.close()
        self.dir.cleanup()


class Notify(unittest.TestCase):
    def setUp(self):
        self.app = App("one")
        self.addCleanup(self.app.end)
        self.port = free_port()

    def start(self, *, abstract=False, environment=None):
        manager = Manager(abstract=abstract)
        self.addCleanup(manager.close)
        stead = Stead(config(self.port, [self.app]), self.port,
                      environment={"NOTIFY_SOCKET": manager.name, **(environment or {})})
        self.addCleanup(stead.end)
        return manager, stead

    def assert_ready(self, manager, stead):
        message = manager.wait_for("READY")
        self.assertEqual(message["READY"], "1")
        self.assertEqual(message["STATUS"], f"1 listener, worker {stead.worker_pid()}")
        self.assertEqual(message["sender"], stead.process.pid)  # NotifyAccess=main lets no other speak

    def assert_reloading(self, manager, stead, earliest):
        message = manager.wait_for("RELOADING")
        self.assertEqual(message["RELOADING"], "1")
        at = int(message["MONOTONIC_USEC"])
        self.assertLessEqual(earliest, at)
        self.assertLessEqual(at, time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)
        self.assertEqual(message["sender"], stead.process.pid)

    def now(self):
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000

    def test_ready_reloading_and_stopping_are_told_in_their_order(self):
        for abstract in (False, True):
            with self.subTest(abstract=abstract):
                manager, stead = self.start(abstract=abstract)
                self.assert_ready(manager, stead)
                for order in (lambda: stead.command("reload"), lambda: stead.process.send_signal(signal.SIGHUP)):
                    before = self.now()
                    order()
                    self.assert_reloading(manager, stead, before)
                    self.assert_ready(manager, stead)
                stead.process.terminate()
                message = manager.wait_for("STOPPING")
                self.assertEqual((message["STOPPING"], message["STATUS"]), ("1", "finishing what is in flight"))
                self.assertEqual(stead.process.wait(10), 0)
                self.assertIsNone(manager.message(0))
                self.port = free_port()

    def test_a_refused_reload_leaves_it_ready(self):
        manager, stead = self.start()
        self.assert_ready(manager, stead)
        stead.write("nonsense")
        self.assertEqual(stead.command("reload").returncode, 1)
        self.assertIsNone(manager.message(0), "nothing was to be reloaded")

    def test_an_upgrade_keeps_the_main_process_and_ends_ready(self):
        manager, stead = self.start()
        self.assert_ready(manager, stead)
        before = self.now()
        self.assertEqual(stead.command("upgrade").returncode, 0)
        self.assert_reloading(manager, stead, before)
        self.assert_ready(manager, stead)  # from the same process: no MAINPID is needed

    def test_the_watchdog_is_fed_twice_in_its_time_also_after_an_upgrade(self):
        interval = 0.4
        manager, stead = self.start(environment={"WATCHDOG_USEC": str(int(interval * 1e6))})
        for _ in range(2):
            self.assert_ready(manager, stead)
            begun = time.monotonic()
            for _ in range(4):
                fed = time.monotonic()
                message = manager.wait_for("WATCHDOG")
                self.assertEqual(message["sender"], stead.process.pid)
                self.assertLess(time.monotonic() - fed, interval)
            # Four of them: three halves of the interval lie between, less the part before the first.
            self.assertGreater(time.monotonic() - begun, interval)
            self.assertEqual(stead.command("upgrade").returncode, 0)
            manager.wait_for("RELOADING")

    def test_a_watchdog_for_another_process_is_not_fed(self):
        manager, stead = self.start(environment={"WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"})
        self.assert_ready(manager, stead)
        self.assertIsNone(manager.message(0.3))

    def test_a_manager_that_is_gone_is_no_reason_not_to_serve(self):
        manager, stead = self.start()
        self.assert_ready(manager, stead)
        manager.close()
        self.assertEqual(stead.command("reload").returncode, 0)
        stead.end()
        again = Stead(config(self.port, [self.app]), self.port, environment={"NOTIFY_SOCKET": manager.name})
        self.addCleanup(again.end)
        self.assertIn("the service manager cannot be told how we are", again.read_log())


if __name__ == "__main__":
    unittest.main()
