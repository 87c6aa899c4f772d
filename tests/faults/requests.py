"""Requests to p5 serve: seeds of each API, mutated, and bytes that are no HTTP. The daemon answers or closes, and lives."""
import json
import random
import re
import socket

from support import *

SEEDS = HERE.parent.parent / "fuzz/seeds/request"
PIECES = [b"null", b"-1", b"1e999", b"99999999999999999999", b'""', b"[]", b"{}", b"[" * 600, b'{"a":' * 300, b"\\u0000", b"\\ud800",
          b"\xff\xfe", b"%00", b"%2f", b"../", b"\x00", b"\r\n", b'"k"', b'"user"', b'"history"', b'"instances"', b'"inputs"',
          b'"requests"', b'"events"', b"true", b"0.5", b"," * 50, b"A" * 5000]


class Daemon:
    def __init__(self):
        self.log = open(fresh("requests/log") / "stderr", "w+")
        self.process = subprocess.Popen(
            [P5, "serve", trained(), "--port", "0", "--workers", "1", "--feedback", f"sqlite:{ROOT}/requests/feedback.db", "--set",
             "serve.access_log=off", "--set", "serve.read_timeout_s=3", "--log-level", "error"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        self.port = int(re.search(r":(\d+)/", line).group(1))

    def send(self, data):
        """The status and the body, 0 for a connection that was closed without an answer, None for a hang."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as link:
            try:
                link.sendall(data)
                link.shutdown(socket.SHUT_WR)
                answer = b""
                while more := link.recv(65536):
                    answer += more
            except TimeoutError:
                return None, b""
            except OSError:
                return 0, b""
        head, _, body = answer.partition(b"\r\n\r\n")
        if length := re.search(rb"\nContent-Length: ([0-9]+)", head):  # without the answers to what came after it
            body = body[:int(length.group(1))]
        return (int(head[9:12]), body if b"application/json" in head else b"{}") if head[:5] == b"HTTP/" else (0, b"{}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(timeout=60)
        self.log.seek(0)
        return code, self.log.read()


def mutated(text, rng):
    data = bytearray(text)
    for _ in range(rng.randint(1, 4)):
        at, kind = rng.randrange(len(data) + 1), rng.randrange(5)
        if kind == 0 and data:
            data[min(at, len(data) - 1)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del data[at:at + rng.randint(1, 20)]
        elif kind == 2:
            data[at:at] = rng.choice(PIECES)
        elif kind == 3:
            values = [m.span() for m in re.finditer(rb'"[^"]*"|[0-9]+', bytes(data))]
            if values:
                begin, end = rng.choice(values)
                data[begin:end] = rng.choice(PIECES)
        else:
            data[at:at] = data[max(0, at - rng.randint(1, 60)):at]
    return bytes(data)


def request_of(seed, rng):
    """The bytes of a request: a mutated body behind a sound head, or a mutated whole."""
    line, _, body = seed.partition(b"\n")
    if line == b"RAW":
        return mutated(body, rng)
    if rng.random() < 0.8:
        body = mutated(body, rng)
    else:
        line = mutated(line, rng)
    head = line + b" HTTP/1.1\r\nHost: p5\r\nContent-Length: " + str(len(body)).encode() + b"\r\nConnection: close\r\n\r\n"
    whole = head + body
    return mutated(whole, rng) if rng.random() < 0.1 else whole


def hostile_requests():
    daemon, rng = Daemon(), random.Random(7)
    seeds = [path.read_bytes() for path in sorted(SEEDS.iterdir()) if path.name not in ("feedback_lines", "gzip", "tensors")]
    statuses, trouble = {}, []
    until = time.monotonic() + size(8, 600)
    while time.monotonic() < until and daemon.process.poll() is None:
        data = request_of(rng.choice(seeds), rng)
        if b"unload" in data.split(b"\n")[0]:
            continue  # nothing would be left to ask
        status, body = daemon.send(data)
        statuses[status] = statuses.get(status, 0) + 1
        if status is None or status == 500:
            trouble.append((status, data[:300]))
        else:
            try:
                json.loads(body or b"{}")
            except ValueError:
                trouble.append(("no JSON", data[:300]))
        if len(trouble) > 5:
            break
    alive = daemon.process.poll() is None
    code, log = daemon.stop()
    for each in trouble:
        note(repr(each))
    for line in log.splitlines()[:20]:
        note(line[:300])
    result("hostile-requests", alive and code == 0 and not trouble,
           f"{sum(statuses.values())} requests, statuses {dict(sorted(statuses.items(), key=str))}, lived {alive}, exit {code}")


PARTS = {"hostile": hostile_requests}
