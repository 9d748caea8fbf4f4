"""
systemctl and the service manager for tests: reads a unit file and its drop-ins from folders, merges them by the rules of
systemd.unit(5), systemd.syntax(7) and systemd.exec(5), and starts the command as a real process with the merged environment.
`show` prints as systemd 252 does (RecordedSystemdTests holds it against what a real one printed).

A process that ended is noticed, and restarted if Restart= says so, whenever someone looks. A start under Type=notify waits for READY=1 on a
datagram socket, and fails when the process ends first (systemd.service(5)).

Arguments: the folder for its state, the unit folders in their order separated by colons, then those of systemctl.
"""

import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time

STATE, FOLDERS, VERB, REST = sys.argv[1], sys.argv[2].split(":"), sys.argv[3], sys.argv[4:]
SPECIAL = "\"\\`$" + "*?[" + "'()<>|&;!" + " \t\n\r"
LISTS = ("Environment", "PassEnvironment", "UnsetEnvironment", "EnvironmentFile", "ExecStart")
LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "s": " "}


def quoted(text):
    """shell_maybe_quote()"""
    if not any(c in SPECIAL or ord(c) < 32 for c in text):
        return text
    names = {v: k for k, v in LETTERS.items() if k != "s"}
    escape = lambda c: "\\" + names[c] if c in names else "\\%03o" % ord(c) if ord(c) < 32 else "\\" + c if c in '"\\`$' else c
    return '"' + "".join(map(escape, text)) + '"'


def words(text):
    """extract_first_word() with EXTRACT_CUNESCAPE | EXTRACT_UNQUOTE, for what the tests use."""
    found, word, quote, i, inside = [], "", None, 0, False
    while i < len(text):
        c = text[i]
        if c == "\\" and i + 1 < len(text):
            i += 1
            word, inside = word + LETTERS.get(text[i], text[i]), True
        elif quote:
            if c == quote:
                quote = None
            else:
                word += c
        elif c in "\"'":
            quote, inside = c, True
        elif c in " \t":
            if inside:
                found.append(word)
            word, inside = "", False
        else:
            word, inside = word + c, True
        i += 1
    return found + ([word] if inside else [])


def lines(path):
    pending = ""
    with open(path, encoding="utf-8") as file:
        for line in file.read().split("\n"):
            if not pending and line.lstrip()[:1] in ("#", ";"):
                continue
            line = pending + line
            if (len(line) - len(line.rstrip("\\"))) % 2:
                pending = line[:-1] + " "
                continue
            pending = ""
            yield line.strip()


def folders_of(unit):
    """NAME.d in each unit folder, then those of its prefixes, then service.d (systemd.unit(5))."""
    stem, kind = unit[: -len(".service")], ".service"
    names, part = [unit], stem
    while "-" in part.rstrip("-"):
        part = part.rstrip("-").rsplit("-", 1)[0] + "-"
        names.append(part + kind)
    for name in names + ["service"]:
        for folder in FOLDERS:
            yield os.path.join(folder, name + ".d")


def load(unit):
    fragment = next((p for p in (os.path.join(f, unit) for f in FOLDERS) if os.path.isfile(p)), None)
    if fragment is None:
        return None
    drop_ins = {}
    for folder in folders_of(unit):
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            if name.endswith(".conf"):
                drop_ins.setdefault(name, os.path.join(folder, name))
    loaded = {"FragmentPath": fragment, "DropInPaths": [drop_ins[name] for name in sorted(drop_ins)]}
    loaded.update({name: [] for name in LISTS})
    for path in [fragment] + loaded["DropInPaths"]:
        if os.path.realpath(path) == "/dev/null":
            continue
        for line in lines(path):
            name, equals, value = line.partition("=")
            name, value = name.strip(), value.strip()
            if not equals:
                continue
            if name not in LISTS:
                loaded[name] = value
            elif value == "":
                loaded[name] = []
            elif name == "Environment":
                for word in (w.replace("%%", "%") for w in words(value)):
                    key = word.split("=")[0]
                    loaded[name] = [w for w in loaded[name] if w.split("=")[0] != key] + [word]
            elif name in ("PassEnvironment", "UnsetEnvironment"):
                loaded[name] += words(value)
            else:
                loaded[name].append(value.replace("%%", "%"))
    return loaded


class Glob(ctypes.Structure):
    _fields_ = [("count", ctypes.c_size_t), ("paths", ctypes.POINTER(ctypes.c_char_p)), ("rest", ctypes.c_byte * 256)]


def matches(pattern):
    """glob(3) itself, with the flags that systemd gives it: none."""
    found = Glob()
    ctypes.CDLL(None).glob(os.fsencode(pattern), 0, None, ctypes.byref(found))
    return [os.fsdecode(found.paths[i]) for i in range(found.count)]


def read_environment(path):
    for line in lines(path):
        name, equals, value = line.partition("=")
        if equals:
            yield name, (words(value) or [""])[0] if value[:1] in ("'", '"') else value


def environment(loaded):
    """None: a file that must be there is not."""
    merged = dict(word.split("=", 1) for word in loaded["Environment"])
    for setting in loaded["EnvironmentFile"]:
        found = matches(setting.lstrip("-"))
        if not found and not setting.startswith("-"):
            return None
        for path in found:
            merged.update(read_environment(path))
    for name in loaded["UnsetEnvironment"]:
        merged.pop(name, None)
    return {"PATH": os.environ["PATH"], **merged}


class Unit:
    def __init__(self, name):
        self.name, self.path = name, os.path.join(STATE, name + ".json")
        self.data = {"loaded": load(name), "pid": 0, "starts": [], "restarts": 0, "result": "success", "active": "inactive"}
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as file:
                self.data = json.load(file)

    def save(self):
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(self.data, file)

    def is_alive(self):
        try:
            with open("/proc/%d/stat" % self.data["pid"], encoding="utf-8") as file:
                return self.data["pid"] > 0 and file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
        except OSError:
            return False

    def fail(self, result):
        self.data.update(pid=0, active="failed", result=result)

    def start(self):
        """unit_test_start_limit(), then exec_spawn()."""
        loaded, now = self.data["loaded"], time.time()
        burst, interval = int(loaded.get("StartLimitBurst", 5)), float(loaded.get("StartLimitIntervalSec", 10))
        self.data["starts"] = [t for t in self.data["starts"] if now - t < interval]
        if len(self.data["starts"]) >= burst:
            self.fail("start-limit-hit" if self.data["result"] == "success" else self.data["result"])
            return False
        self.data["starts"].append(now)
        variables = environment(loaded)
        if variables is None:
            self.fail("resources")
            return False
        command = []
        for word in words(loaded["ExecStart"][-1]):
            whole = word[1:] if word[:1] == "$" and word[1:].isidentifier() else None
            for name, value in variables.items():
                word = word.replace("${%s}" % name, value)
            command += variables.get(whole, "").split() if whole else [word]
        notices = self.notices() if loaded.get("Type") == "notify" else None
        if notices:
            variables["NOTIFY_SOCKET"] = notices.getsockname()
        child = subprocess.Popen(
            command, env=variables, cwd="/", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        self.data.update(pid=child.pid, active="active", result="success")
        if notices and not self.is_ready(child, notices):
            self.fail("exit-code")
            return False
        return True

    def notices(self):
        path = os.path.join(STATE, self.name + ".notify")
        if os.path.exists(path):
            os.unlink(path)
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        receiver.bind(path)
        receiver.settimeout(0.01)
        return receiver

    def is_ready(self, child, notices):
        while child.poll() is None:
            try:
                if b"READY=1" in notices.recv(4096).split(b"\n"):
                    return True
            except TimeoutError:
                pass
        return False

    def stop(self):
        if self.is_alive():
            os.kill(self.data["pid"], signal.SIGKILL)
            while self.is_alive():
                time.sleep(0.005)
        self.data.update(pid=0, active="inactive")

    def look(self):
        if self.data["active"] == "active" and not self.is_alive():
            self.fail("exit-code")
            if self.data["loaded"].get("Restart", "no") != "no" and self.start():
                self.data["restarts"] += 1

    def show(self, wanted):
        self.look()
        loaded, data = self.data["loaded"], self.data
        none = {name: [] for name in LISTS + ("DropInPaths",)}
        known = loaded or {"FragmentPath": "", **none}
        print("MainPID=%d\nResult=%s\nNRestarts=%d" % (data["pid"], data["result"], data["restarts"]))
        print("ExecMainStatus=%d" % (data["active"] == "failed"))
        for command in known["ExecStart"]:
            split = words(command)
            print(
                "ExecStart={ path=%s ; argv[]=%s ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }"
                % (split[0], " ".join(split))
            )
        print("ControlGroup=")
        print("Environment=" + " ".join(map(quoted, known["Environment"])))
        for setting in known["EnvironmentFile"]:
            print("EnvironmentFiles=%s (ignore_errors=%s)" % (setting.lstrip("-"), "yes" if setting.startswith("-") else "no"))
        print("PassEnvironment=" + " ".join(map(quoted, known["PassEnvironment"])))
        print("UnsetEnvironment=" + " ".join(map(quoted, known["UnsetEnvironment"])))
        print("LoadState=%s\nActiveState=%s" % ("loaded" if loaded else "not-found", data["active"]))
        print("SubState=" + {"active": "running", "failed": "failed"}.get(data["active"], "dead"))
        print("FragmentPath=" + known["FragmentPath"])
        print("DropInPaths=" + " ".join(map(quoted, known["DropInPaths"])))
        print("NeedDaemonReload=" + ("yes" if load(self.name) != loaded else "no"))


def main():
    names = [a for a in REST if not a.startswith("-")]
    with open(os.path.join(STATE, "calls"), "a", encoding="utf-8") as calls:
        calls.write(" ".join([VERB] + names) + "\n")
    if VERB == "daemon-reload":
        for name in [n[: -len(".json")] for n in os.listdir(STATE) if n.endswith(".json")]:
            unit = Unit(name)
            unit.data["loaded"] = load(name)
            unit.save()
        return 0
    unit = Unit(names[0])
    unit.look()
    code = 0
    if VERB == "show":
        properties = next(a for a in REST if a.startswith("--property=")).split("=")[1].split(",")
        real, sys.stdout = sys.stdout, __import__("io").StringIO()
        unit.show(properties)
        text, sys.stdout = sys.stdout.getvalue(), real
        sys.stdout.writelines(line for line in text.splitlines(True) if line.split("=")[0] in properties)
    elif unit.data["loaded"] is None:
        sys.stderr.write("Failed to %s %s: Unit %s not found.\n" % (VERB, unit.name, unit.name))
        code = 5
    elif VERB == "reset-failed":
        unit.data.update(starts=[], restarts=0, result="success", active="inactive" if unit.data["active"] == "failed" else unit.data["active"])
    elif VERB in ("restart", "stop"):
        unit.stop()
        unit.data["restarts"] = 0
        if VERB == "restart" and not unit.start():
            why = {
                "resources": "of unavailable resources or another system error",
                "exit-code": "the control process exited with error code",
            }.get(unit.data["result"], "start of the service was attempted too often")
            sys.stderr.write("Job for %s failed because %s.\n" % (unit.name, why))
            code = 1
    unit.save()
    return code


if __name__ == "__main__":
    with open(os.path.join(STATE, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sys.exit(main())
