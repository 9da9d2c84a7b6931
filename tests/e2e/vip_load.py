"""usage: vip_load.py ADDRESS PORT RATE new|kept: GETs in an open loop, until a line comes on standard input.

Prints "running" when the first answer has come, and in the end one line of JSON. Latency counts from the moment at
which a request was due; the gap is the longest time in which no answer came.
"""
import asyncio
import json
import sys
import time

TIMEOUT = 5.0


class Pool:
    """Kept connections that are free."""

    def __init__(self):
        self.free = []

    async def take(self, address, port):
        if self.free:
            return self.free.pop()
        return await asyncio.open_connection(address, port)


async def ask(address, port, pool):
    keep = pool is not None
    reader, writer = await (pool.take(address, port) if keep else asyncio.open_connection(address, port))
    try:
        ending = "" if keep else "Connection: close\r\n"
        writer.write(f"GET / HTTP/1.1\r\nHost: shop\r\n{ending}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        fields = head.lower()
        length = int(fields.split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        status = int(head.split(b" ")[1])
        if keep and b"connection: close" not in fields:
            pool.free.append((reader, writer))
            writer = None
        return status
    finally:
        if writer is not None:
            writer.close()


async def main():
    address, port, rate, kind = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    pool = Pool() if kind == "kept" else None
    answers, latencies, errors, tasks = [], [], [], set()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), stop.set)

    async def one(due):
        try:
            status = await asyncio.wait_for(ask(address, port, pool), TIMEOUT)
            if status != 200:
                raise RuntimeError(f"status {status}")
            answers.append(time.monotonic())
            latencies.append(answers[-1] - due)
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")

    await one(time.monotonic())
    print("running", flush=True)
    begun, count = time.monotonic(), 0
    while not stop.is_set():
        due = begun + count / rate
        count += 1
        if (left := due - time.monotonic()) > 0:
            await asyncio.sleep(left)
        task = asyncio.create_task(one(due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    ended = time.monotonic()
    if tasks:
        await asyncio.wait(tasks, timeout=TIMEOUT + 1)
    marks = sorted(answers)
    gaps = [later - earlier for earlier, later in zip(marks, [*marks[1:], max(ended, marks[-1])])] if marks else [ended - begun]
    print(json.dumps({"ok": len(answers), "failed": len(errors), "gap_ms": max(gaps) * 1000,
                      "slowest_ms": max(latencies, default=0) * 1000, "errors": sorted(set(errors))[:5]}))


asyncio.run(main())
