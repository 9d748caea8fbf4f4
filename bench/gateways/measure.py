"""What the guard costs a gateway: requests a second without it and with it, in turns, in one run. A part of bench/run.

    measure.py --hx PATH --json FILE [--seconds 5] [--rounds 3] [--gateways nginx,caddy,haproxy] [--backends starlette,static]

Needs nginx, caddy, haproxy, wrk and Debian's python3-starlette and python3-uvicorn, and hx published, as bench/run does it.
Each gateway runs with its ready files of infra/gateways, in which addresses and key are changed. Everything listens on 127.0.0.1.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY = ROOT / "infra" / "gateways"
KEY = "made-up-function-key"
CONNECTIONS = 32
TICKS = os.sysconf("SC_CLK_TCK")

# What is asked for, and with which guard: one that finds all up, or one that finds it down.
CASES = {
    "no guard": ("/v1/models", "up", "bare"),
    "model, allowlist": ("/v1/models", "up", "listed"),
    "model, cached": ("/v1/models", "up", "guarded"),
    "model, not cached": (None, "up", "guarded"),
    "admin, open": ("/v1/keys/abc", "up", "guarded"),
    "admin, closed": ("/v1/keys/abc", "down", "guarded"),
}
# The least that is aimed for, as a part of "no guard".
TARGETS = {
    "starlette": {"model, allowlist": 0.9, "model, cached": 0.9, "model, not cached": 0.7, "admin, open": 0.6},
    "static": {"model, allowlist": 0.5, "model, cached": 0.5, "model, not cached": 0.3, "admin, open": 0.3},
}
# Caddy keeps no verdicts.
LACKS = {"caddy": {"model, cached"}}
ANEW = 'local n = 0\nrequest = function()\n  n = n + 1\n  return wrk.format(nil, "/v1/models/" .. n)\nend\n'


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Started:
    """A program that runs until the block ends."""

    def __init__(self, arguments, port, environment=None):
        self.port = port
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [str(argument) for argument in arguments],
            stdout=self.log,
            stderr=self.log,
            env={**os.environ, **(environment or {})},
        )
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.log.seek(0)
                sys.exit(f"{arguments[0]} did not start: {self.log.read().decode()[-2000:]}")
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def seconds(self):
        """The processor time that it and its children have taken, in seconds."""
        total = 0
        for pid in [self.process.pid, *children(self.process.pid)]:
            with contextlib.suppress(OSError):
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
                total += int(fields[11]) + int(fields[12])
        return total / TICKS


def children(pid):
    with contextlib.suppress(OSError):
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in text.split()]
    return []


def replaced(text, *changes):
    """All at once: a port that one change puts there may begin with the digits that another looks for."""
    for before, _ in changes:
        if before not in text:
            sys.exit(f"'{before}' is not in the ready file")
    after = dict(changes)
    return re.sub("|".join(re.escape(before) for before in after), lambda found: after[found[0]], text)


def nginx(folder, port, guard, backend, kind):
    for name in ("hx-guard-ask.conf", "hx-allowlist.conf"):
        shutil.copy(READY / "nginx" / name, folder)
    (folder / "hx-guard-key.conf").write_text(
        replaced((READY / "nginx" / "hx-guard-key.conf").read_text(), ("replace-me", KEY))
    )
    text = replaced(
        (READY / "nginx" / "hx-guard.conf").read_text(),
        ("127.0.0.1:8001", f"127.0.0.1:{guard}"),
        ("127.0.0.1:4000", f"127.0.0.1:{backend}"),
        ("listen 8080", f"listen 127.0.0.1:{port}"),
        ("/run/hx-guard ", f"{folder}/kept "),
    )
    if kind == "bare":
        text = re.sub(r"\n *auth_request /[^\n]*", "", text).replace("http://$hx_backend", "http://llm_gateway")
    if kind == "listed":
        text = replaced(text, ("# include hx-allowlist.conf", "include hx-allowlist.conf"))
    (folder / "hx-guard.conf").write_text(text)
    (folder / "nginx.conf").write_text(
        "daemon off; worker_processes 1; pid nginx.pid; error_log stderr crit; events { worker_connections 1024; }\n"
        "http { access_log off; keepalive_requests 1000000; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f;\n"
        "uwsgi_temp_path u; scgi_temp_path s; include hx-guard.conf; }\n"
    )
    return ["nginx", "-p", folder, "-c", folder / "nginx.conf"], {}


def caddy(folder, port, guard, backend, kind):
    shutil.copy(READY / "caddy" / "hx-allowlist.caddy", folder)
    text = replaced(
        (READY / "caddy" / "Caddyfile").read_text(),
        ("127.0.0.1:8001", f"127.0.0.1:{guard}"),
        ("127.0.0.1:4000", f"127.0.0.1:{backend}"),
        (":8080 {", f"http://:{port} {{"),
        (":2018", f":{free_port()}"),
        ("{\n\t# By HTTP/2", "{\n\tadmin off\n\tlog {\n\t\toutput discard\n\t}\n\t# By HTTP/2"),
    )
    if kind == "bare":
        text = text[: text.index(f"http://:{port} {{")] + f"http://:{port} {{\n\timport hx-backend\n}}\n"
    if kind == "listed":
        text = replaced(text, ("# import hx-allowlist.caddy", "import hx-allowlist.caddy"))
    (folder / "Caddyfile").write_text(text)
    return (
        ["caddy", "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"],
        {"HX_GUARD_KEY": KEY, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)},
    )


def haproxy(folder, port, guard, backend, kind):
    (folder / "hx-allowlist.txt").write_text((READY / "haproxy" / "hx-allowlist.txt").read_text())
    (folder / "hx-guard.lua").write_text(
        replaced((READY / "haproxy" / "hx-guard.lua").read_text(), ("abns@hx-guard", f"abns@hx-guard-{port}"))
    )
    text = replaced(
        (READY / "haproxy" / "haproxy.cfg").read_text(),
        ("lua-load hx-guard.lua", f"lua-load {folder}/hx-guard.lua\n    nbthread 1"),
        ("127.0.0.1:8001", f"127.0.0.1:{guard}"),
        ("127.0.0.1:4000", f"127.0.0.1:{backend}"),
        ("bind :8080", f"bind 127.0.0.1:{port}"),
        ("abns@hx-guard", f"abns@hx-guard-{port}"),
        ("replace-me", KEY),
    )
    if kind == "bare":
        text = re.sub(r"\n    http-request (lua|return)[^\n]*", "", text)
    if kind == "listed":
        text = replaced(
            text,
            ("# http-request set-var(txn.hx_verdict)", "http-request set-var(txn.hx_verdict)"),
            ("hx-allowlist.txt", f"{folder}/hx-allowlist.txt"),
        )
    (folder / "haproxy.cfg").write_text(text)
    return ["haproxy", "-db", "-f", folder / "haproxy.cfg"], {}


GATEWAYS = {"nginx": nginx, "caddy": caddy, "haproxy": haproxy}


def starlette(folder):
    port = free_port()
    app = ROOT / "HxFunctions.SystemTests" / "Gateways"
    return Started(
        ["/usr/bin/python3", "-IB", "-m", "uvicorn", "--host", "127.0.0.1", "--port", port, "--http", "httptools"]
        + ["--no-access-log", "--log-level", "critical", "--lifespan", "off", "--app-dir", app, "gateway_app:app"],
        port,
    )


def static(folder):
    port = free_port()
    (folder / "static.conf").write_text(
        "daemon off; worker_processes 1; pid static.pid; error_log stderr crit; events { worker_connections 1024; }\n"
        "http { access_log off; keepalive_requests 1000000; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f;\n"
        f'uwsgi_temp_path u; scgi_temp_path s; server {{ listen 127.0.0.1:{port}; return 200 "ok"; }} }}\n'
    )
    return Started(["nginx", "-p", folder, "-c", folder / "static.conf"], port)


BACKENDS = {"starlette": starlette, "static": static}


def guard(hx, dependency):
    port = free_port()
    return Started(
        [hx, "serve"],
        port,
        {
            "WRAPPER_PORT": str(port),
            "WRAPPER_LOG_LEVEL": "ERROR",
            "WRAPPER_KEYS": f"gateway={KEY}",
            "DEPENDENCIES": f"thing=http://127.0.0.1:{dependency}/",
            "GUARD_ROUTES": "/v1/keys=thing",
        },
    )


def settled(port, wanted):
    """Waits until the guard says so of an admin route."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/guard?path=/v1/keys", headers={"x-functions-key": KEY})
        try:
            status = urllib.request.urlopen(request).status
        except urllib.error.HTTPError as error:
            status = error.code
        if status == wanted:
            return
        time.sleep(0.2)
    sys.exit(f"the guard does not say {wanted}")


class Connections(threading.Thread):
    """The most connections that a port had at any moment of a measurement."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.most, self.stopped = 0, threading.Event()
        self.local = f":{port:04X} "

    def run(self):
        while not self.stopped.wait(0.2):
            with open("/proc/net/tcp", encoding="ascii") as lines:
                # The server's side, established (01).
                count = sum(1 for line in lines if line.split()[1].endswith(self.local.strip()) and line.split()[3] == "01")
            self.most = max(self.most, count)


def measure(port, path, seconds, script):
    arguments = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    arguments += ["-s", str(script)] if path is None else []
    text = subprocess.run(
        [*arguments, f"http://127.0.0.1:{port}{path or '/'}"], check=True, capture_output=True, text=True
    ).stdout
    requests = int(re.search(r"(\d+) requests in", text)[1])
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return {
        "rate": float(re.search(r"Requests/sec: +([\d.]+)", text)[1]),
        "p50": milliseconds(re.search(r"50% +(\S+)", text)[1]),
        "p99": milliseconds(re.search(r"99% +(\S+)", text)[1]),
        "requests": requests,
        "refused": int(refused[1]) if refused else 0,
    }


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def run_case(gateway, folder, backend, guards, case, seconds):
    path, state, kind = CASES[case]
    asked = guards[state]
    own = pathlib.Path(tempfile.mkdtemp(dir=folder))
    # A gateway may drop root's rights.
    own.chmod(0o777)
    port = free_port()
    arguments, environment = GATEWAYS[gateway](own, port, asked.port, backend.port, kind)
    script = own / "anew.lua"
    script.write_text(ANEW)
    with Started(arguments, port, environment) as started:
        measure(port, path, 1, script)
        before = started.seconds(), asked.seconds()
        counter = Connections(asked.port)
        counter.start()
        result = measure(port, path, seconds, script)
        counter.stopped.set()
        counter.join()
        wrong = result["requests"] - result["refused"] if case == "admin, closed" else result["refused"]
        if wrong:
            sys.exit(f"{gateway}, {case}: {wrong} of {result['requests']} answers were not as expected")
        result["gateway"] = (started.seconds() - before[0]) / result["requests"] * 1e6
        result["guard"] = (asked.seconds() - before[1]) / result["requests"] * 1e6
        result["connections"] = counter.most
        return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hx", required=True)
    parser.add_argument("--json", required=True)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gateways", default="nginx,caddy,haproxy")
    parser.add_argument("--backends", default="starlette,static")
    options = parser.parse_args()
    rows = []
    with contextlib.ExitStack() as stack:
        # In memory, as /run is.
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hx-bench-", dir="/dev/shm")))
        folder.chmod(0o755)
        dependency = stack.enter_context(static(pathlib.Path(tempfile.mkdtemp(dir=folder))))
        guards = {"up": stack.enter_context(guard(options.hx, dependency.port)), "down": stack.enter_context(guard(options.hx, free_port()))}
        settled(guards["up"].port, 200)
        settled(guards["down"].port, 503)
        for gateway in options.gateways.split(","):
            for name in options.backends.split(","):
                with BACKENDS[name](pathlib.Path(tempfile.mkdtemp(dir=folder))) as backend:
                    results = {case: [] for case in CASES if case not in LACKS.get(gateway, ())}
                    for _ in range(options.rounds):
                        for case in results:
                            results[case].append(run_case(gateway, folder, backend, guards, case, options.seconds))
                rows += rows_of(gateway, name, results)
                print(f"{gateway} before {name}: {options.rounds} rounds", flush=True)
    pathlib.Path(options.json).write_text(json.dumps(rows, indent=1))


def rows_of(gateway, backend, results):
    bare = [one["rate"] for one in results["no guard"]]
    rows = []
    for case, rounds in results.items():
        median = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
        rows.append(
            {
                "gateway": gateway,
                "backend": backend,
                "case": case,
                "rate": median["rate"],
                # Round by round: what slows the machine for a while slows both.
                "ratio": statistics.median(one["rate"] / theirs for one, theirs in zip(rounds, bare, strict=True)),
                "aim": TARGETS[backend].get(case),
                "p50": median["p50"],
                "p99": median["p99"],
                "gatewayTime": median["gateway"],
                "guardTime": median["guard"],
                "connections": max(one["connections"] for one in rounds),
            }
        )
    return rows


if __name__ == "__main__":
    main()
