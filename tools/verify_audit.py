#!/usr/bin/env python3
"""Verifies an NDJSON export of a Chatelaine audit log. Python 3.9 or later, standard library alone.

    verify_audit.py EXPORT.ndjson --keys audit-keys.json [--state STATE.json]

Written from docs/audit-log.md, apart from the product's own verifier: two that agree are worth more than one.
Exit: 0 proven, 1 something is wrong, 2 a mistake in the call or not an export, 3 nothing wrong seen, not all proven.
"""
import argparse
import base64
import hashlib
import json
import os
import re
import sys
import tempfile

WRONG = {"edited", "inserted", "removed", "swapped", "rewritten", "cut", "emptied", "rolled-back", "split-view",
         "key-unknown", "bad-signature", "time-backwards", "malformed"}
UNPROVEN = {"unsealed", "unproven", "truncated"}
MAX_LINE, MAX_RECORD, MAX_SAFE = 1_048_576, 262_144, 2**53 - 1
MEMBERS = {"accountId", "actor", "appId", "attempts", "changes", "gracePeriod", "graceStarts", "id", "occurredAt", "requestId",
           "resourceId", "resourceName", "resourceType", "secretExpiresAt", "secretHint", "secretId", "sequence", "source",
           "sourceIp", "type", "userAgent", "v"}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
KEY = re.compile(r"[A-Za-z0-9+/]{43}=")


# --- Ed25519 (RFC 8032, 5.1): verification alone, so nothing here has to be secret or fast

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    m, n, o, k = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P, 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = n - m, k - o, k + o, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def point_of(encoded):
    y, sign = int.from_bytes(encoded, "little") & (1 << 255) - 1, encoded[31] >> 7
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signature_holds(public, message, signature):
    key, r = point_of(public), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or key is None or r is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    x1, y1, z1, _ = multiply(s, BASE)
    x2, y2, z2, _ = add(r, multiply(h, key))
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0


# --- canonical JSON (RFC 8785) of whole numbers

def once(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def whole(text):
    raise ValueError("no whole number: " + text)


def canonical(value):
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        if abs(value) > MAX_SAFE:
            raise ValueError("too large a number")
        return str(value)
    if isinstance(value, str):
        value.encode()  # raises for a lone surrogate
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"


def parse_canonical(text):
    """The value, or None for what is not canonical."""
    try:
        value = json.loads(text, object_pairs_hook=once, parse_float=whole, parse_constant=whole)
        return value if canonical(value) == text else None
    except (ValueError, RecursionError):
        return None


# --- the tree (RFC 9162, 2.1)

def sha(data):
    return hashlib.sha256(data).digest()


def node(left, right):
    return sha(b"\x01" + left + right)


class Tree:
    """Its right edge alone: a list of (leaves, hash), largest first."""

    def __init__(self, size=0, start=()):
        self.size, self.edge = size, []
        powers = [1 << bit for bit in range(size.bit_length() - 1, -1, -1) if size >> bit & 1]
        self.edge = list(zip(powers, start))

    def add(self, leaf):
        width = 1
        while self.edge and self.edge[-1][0] == width:
            leaf, width = node(self.edge.pop()[1], leaf), width * 2
        self.edge.append((width, leaf))
        self.size += 1

    def root(self):
        if not self.edge:
            return sha(b"")
        root = self.edge[-1][1]
        for _, left in reversed(self.edge[:-1]):
            root = node(left, root)
        return root

    def copy(self):
        other = Tree()
        other.size, other.edge = self.size, list(self.edge)
        return other


def consistent(first, first_root, second, second_root, proof):
    if first > second:
        return False
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == sha(b"")
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


# --- notes and keys

def signatures(note):
    """The signed text and the (name, key id, signature) of a note, or None."""
    text, mark, rest = note.rpartition("\n\n")
    if not mark or not rest.endswith("\n"):
        return None
    found = []
    for line in rest[:-1].split("\n"):
        match = re.fullmatch(r"— (\S+) ([A-Za-z0-9+/]+={0,2})", line)
        try:
            data = base64.b64decode(match[2], validate=True) if match else b""
        except ValueError:
            data = b""
        if len(data) <= 4:
            return None
        found.append((match[1], data[:4], data[4:]))
    return text + "\n", found


def signed_by(note, name, key):
    """None: no signature of that key; else whether it holds."""
    parts = signatures(note)
    public = base64.b64decode(key)
    wanted = sha(name.encode() + b"\n\x01" + public)[:4]
    ours = [one for one in (parts[1] if parts else []) if one[0] == name and one[1] == wanted]
    return any(signature_holds(public, parts[0].encode(), one[2]) for one in ours) if ours else None


class Checkpoint:
    def __init__(self, note):
        parts = signatures(note)
        match = re.match(r"(\S+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n", parts[0]) if parts else None
        times = re.findall(r"^time (\S+)$", parts[0][match.end():], re.M) if match else []
        if len(times) != 1 or not INSTANT.fullmatch(times[0]):
            raise ValueError("no checkpoint")
        self.note, self.origin, self.size, self.time = note, match[1], int(match[2]), times[0]
        self.root = base64.b64decode(match[3])


def read_handover(note):
    parts = signatures(note)
    match = re.fullmatch(r"(\S+/audit/keys)\nprevious (\S{44})\nnext (\S{44})\ntime (\S+)\n", parts[0]) if parts else None
    if not match or not KEY.fullmatch(match[2]) or not KEY.fullmatch(match[3]) or not signed_by(note, match[1], match[3]):
        return None
    return {"previous": match[2], "next": match[3], "time": match[4], "both": bool(signed_by(note, match[1], match[2]))}


def trust(remembered, key_file):
    """The trusted keys, each with the time of its hand-over or None."""
    listed = key_file.get("keys", [])
    current = [key["publicKey"] for key in listed if key.get("status") == "current"]
    trusted = set(remembered or current[:1])
    handovers = [one for one in map(read_handover, key_file.get("handovers", [])) if one]
    while True:
        known = set(trusted)
        for one in handovers:
            successors = {other["next"] for other in handovers if other["both"] and other["previous"] == one["previous"]}
            if one["next"] in trusted:
                trusted.add(one["previous"])
            if one["previous"] in trusted and one["both"] and len(successors) == 1:
                trusted.add(one["next"])
        if known == trusted:
            break
    ends = {one["previous"]: one["time"] for one in handovers if one["next"] in trusted}
    return {key: ends.get(key) for key in trusted}, [key["publicKey"] for key in listed if key["publicKey"] not in trusted]


def judge(keys, checkpoint):
    verdict = "key-unknown"
    for key, until in keys.items():
        holds = signed_by(checkpoint.note, checkpoint.origin, key)
        if holds is False:
            verdict = "bad-signature"
        if holds:
            return "key-unknown" if until is not None and checkpoint.time > until else None
    return verdict


# --- records

def is_text(value, null=False):
    return isinstance(value, str) or null and value is None


def form_of(record):
    """True: as version 1 has it; None: a later version; False: no record."""
    if not isinstance(record, dict) or not isinstance(record.get("v"), int) or isinstance(record.get("v"), bool):
        return False
    stays = (UUID.fullmatch(str(record.get("accountId"))) and isinstance(record.get("sequence"), int)
             and record["sequence"] >= 1 and INSTANT.fullmatch(str(record.get("occurredAt"))) and is_text(record.get("type")))
    if not stays or record["v"] < 1:
        return False
    if record["v"] > 1:
        return False if "kind" in record else None
    actor, changes = record.get("actor"), record.get("changes")
    ids = ["appId", "secretId"]
    texts = ["gracePeriod", "graceStarts", "requestId", "resourceName", "secretExpiresAt", "secretHint", "sourceIp", "userAgent"]
    return (set(record) == MEMBERS
            and isinstance(actor, dict) and set(actor) == {"id", "name", "type"} and is_text(actor["name"])
            and actor["type"] in ("USER", "APP", "SYSTEM") and (actor["id"] is None or bool(UUID.fullmatch(str(actor["id"]))))
            and isinstance(changes, list)
            and all(isinstance(one, dict) and set(one) == {"after", "before", "field"} and is_text(one["field"]) for one in changes)
            and all(record[name] is None or bool(UUID.fullmatch(str(record[name]))) for name in ids)
            and all(is_text(record[name], True) for name in texts)
            and bool(UUID.fullmatch(str(record["id"]))) and is_text(record["resourceId"]) and is_text(record["resourceType"])
            and (record["attempts"] is None or type(record["attempts"]) is int and record["attempts"] > 0)
            and record["source"] in ("API", "CONSOLE", "CLI", "SYSTEM") and bool(re.fullmatch("[A-Z][A-Z0-9_]*", record["type"])))


# --- one account's section

class Section:
    def __init__(self, head, remembered, keys, tell):
        self.head, self.account, self.after = head, head["account"], head["after"]
        self.memory, self.keys = remembered, keys
        self.tell = lambda name, text: tell(name, self.account, text)
        self.start(())
        self.origin, self.newest, self.time, self.last = head["origin"], None, "", self.after
        self.gaps, self.edited, self.records = [], [], None
        self.fitting, self.broken, self.tied = self.after, False, self.after == 0
        self.events = 0
        self.due, self.memory_proof, self.closed = None, None, False
        self.trimmed_to = None

    def start(self, nodes):
        self.tree = Tree(self.after, nodes)
        self.start_root, self.memory_root = self.tree.root(), None
        self.note_memory(True)

    def note_memory(self, whole):
        if self.memory and self.memory.size == self.tree.size and whole:
            self.memory_root = self.tree.root()

    def event(self, line):
        self.events += 1
        stored, record = bytes.fromhex(line[9:73].decode()), line[99:-1]
        try:
            parsed = parse_canonical(record.decode()) if len(record) <= MAX_RECORD else None
        except UnicodeDecodeError:
            parsed = None
        form = form_of(parsed)
        if form is False:
            self.last += 1
            self.tell("malformed", f"event {self.last}: no record may look so")
            return self.append(self.last, sha(b"\0" + record), stored)
        number = parsed["sequence"]
        if parsed["accountId"] != self.account:
            return self.tell("inserted", f"event {number} of the account {parsed['accountId']}")
        if form is None:
            self.tell("version-unknown", f"event {number}")
        if not self.in_place(number):
            return None
        if parsed["occurredAt"] < self.time:
            self.tell("time-backwards", f"event {number}")
        self.time = max(self.time, parsed["occurredAt"])
        if parsed["type"] == "AUDIT_TRIMMED":
            for change in parsed.get("changes", []):
                if change["field"] == "firstSequence":
                    self.trimmed_to = change["after"]
        return self.append(number, sha(b"\0" + record), stored)

    def in_place(self, number):
        if number > self.last:
            if number > self.last + 1:
                self.gaps.append((self.last + 1, number - 1))
                self.broken = True
            self.last = number
            return True
        for at, (first, final) in enumerate(self.gaps):
            if first <= number <= final:
                self.gaps[at:at + 1] = [gap for gap in ((first, number - 1), (number + 1, final)) if gap[0] <= gap[1]]
                self.tell("swapped", f"event {number} stands behind event {self.last}")
                self.broken = True
                return False
        self.tell("inserted", f"event {number} is there more than once, or belongs before the first one here")
        return False

    def append(self, number, computed, stored):
        if computed != stored:
            self.edited.append(number)
            if self.records is None:
                self.records = self.tree.copy()
            if len(self.edited) > 1000:
                self.tell_edited("the record and its stored hash differ")
        if self.records is not None:
            self.records.add(computed)
        self.tree.add(stored)
        self.note_memory(not self.broken)

    def tell_edited(self, why):
        for number in self.edited:
            self.tell("edited", f"event {number}: {why}")
        self.edited, self.records = [], None

    def compare(self, is_signed, what):
        if self.broken:
            self.tell_edited("the record and its stored hash differ")
            return False
        why = "the record was changed; its stored hash is the one that was signed"
        if not is_signed(self.tree.root()):
            if self.records is None or not is_signed(self.records.root()):
                if self.edited:
                    self.tell_edited("neither the record nor its stored hash is what was signed")
                else:
                    self.tell("rewritten", f"events {self.fitting + 1} to {self.tree.size}: not what {what} says")
                self.broken = True
                return False
            self.tree = self.records
            self.note_memory(True)
            why = "its stored hash was changed; the record is the one that was signed"
        self.fitting, self.tied = self.tree.size, True
        self.tell_edited(why)
        return True

    def checkpoint(self, note):
        try:
            signed = Checkpoint(note)
        except ValueError:
            return self.tell("malformed", "a checkpoint is none")
        if not signed.origin.endswith("/audit/" + self.account):
            return self.tell("malformed", f"a checkpoint of {signed.origin} is another account's")
        verdict = judge(self.keys, signed)
        if verdict:
            return self.tell(verdict, f"the checkpoint of {signed.size} events")
        newest = self.newest
        if newest and signed.origin != self.origin:
            self.tell("origin-changed", f"from {self.origin} to {signed.origin}")
        self.origin = signed.origin
        if newest and signed.size <= newest.size:
            if signed.size == newest.size and signed.root != newest.root:
                return self.tell("split-view", f"two signed roots of {signed.size} events:\n{newest.note}\n{signed.note}")
            return self.tell("malformed", f"the checkpoint of {signed.size} events stands behind that of {newest.size}")
        if newest and signed.time < newest.time or signed.size >= self.last and not self.due and signed.time < self.time:
            self.tell("time-backwards", f"the checkpoint of {signed.size} events")
        self.newest = signed
        if self.due:
            (first, second, proof), self.due = self.due, None
            if second == signed.size:
                self.closed = self.compare(lambda root: consistent(first, root, second, signed.root, proof), "the newest checkpoint")
        elif signed.size == self.last:
            self.compare(lambda root: root == signed.root, f"the checkpoint of {signed.size} events")
        elif signed.size < self.last:
            self.tell("malformed", f"the checkpoint of {signed.size} events stands behind event {self.last}")
        return None

    def consistency(self, first, second, proof):
        if self.events == 0 and second == self.after and first < self.after:
            if self.memory and self.memory.size == first:
                self.memory_proof = proof
        elif first != self.last:
            self.tell("malformed", f"a consistency line from {first} stands behind event {self.last}")
        else:
            self.due = first, second, proof

    def end(self, through):
        for first, final in self.gaps:
            self.tell("removed", f"events {first} to {final}")
        self.tell_edited("the record and its stored hash differ; no signed root settles which of the two was changed")
        until, trimmed, newest, last = self.head["until"], self.head["trimmed"], self.newest, self.last
        size = newest.size if newest else 0
        wanted = max(size if until is None else min(until, size), through or 0)
        if last < wanted:
            everything = self.events == 0 and self.after == 0
            self.tell("emptied" if everything else "cut", f"events {last + 1} to {wanted}")
        if newest is None:
            if self.events or self.after:
                self.tell("unproven", "there is no checkpoint that counts")
        elif last > size:
            self.tell("unsealed", f"events {size + 1} to {last}")
        elif size > last >= wanted and not self.closed and not self.broken:
            self.tell("unproven", f"events {self.fitting + 1} to {last}")
        if self.after and newest and not self.tied and not self.broken:
            self.tell("unproven", "nothing ties the beginning to a signed root")
        if self.after > trimmed:
            self.tell("partial", f"it begins behind event {self.after}")
        elif trimmed and self.trimmed_to == trimmed + 1:
            self.tell("trimmed", f"retention has taken events 1 to {trimmed}")
        elif trimmed and (until is None or until > last):
            self.tell("removed", f"events 1 to {trimmed}: no AUDIT_TRIMMED says that retention took them")
        if until is not None:
            self.tell("partial", f"events after {until} were not asked for")
        self.compare_memory()

    def compare_memory(self):
        memory, newest = self.memory, self.newest
        if not memory:
            return
        split = f"two signed roots that cannot belong to one history:\n{memory.note}\n{newest.note if newest else ''}"
        if newest is None:
            name = "emptied" if self.events == 0 else "rolled-back"
            if not self.broken:
                self.tell(name, f"{memory.size} events were signed before")
            return
        if newest.size < memory.size:
            return self.tell("rolled-back", f"the newest checkpoint covers {newest.size} events, and {memory.size} were signed")
        known = self.memory_root
        if newest.size == memory.size:
            if newest.root != memory.root:
                return self.tell("split-view", split)
            known = known or newest.root
        if known is None and self.memory_proof is not None:
            if consistent(memory.size, memory.root, self.after, self.start_root, self.memory_proof):
                known = memory.root
            elif self.tied and not self.broken:
                return self.tell("split-view", split)
        if known == memory.root or self.broken:
            return None
        if known is None:
            return self.tell("unproven", f"nothing ties this to the {memory.size} events that are remembered")
        if self.tied:
            return self.tell("split-view", split)
        return self.tell("rewritten", f"events up to {memory.size}")


# --- the file

def size_of(value):
    return value if type(value) is int and 0 <= value <= MAX_SAFE else None


def hashes_of(value):
    if isinstance(value, list) and all(isinstance(one, str) and re.fullmatch("[0-9a-f]{64}", one) for one in value):
        return [bytes.fromhex(one) for one in value]
    return None


def head_of(line):
    head = {name: line.get(name) for name in ("account", "origin", "after", "trimmed", "until")}
    sizes = size_of(head["after"]) is not None and size_of(head["trimmed"]) is not None and head["trimmed"] <= head["after"]
    right = (line.get("format") == "chatelaine-audit/1" and UUID.fullmatch(str(head["account"])) and sizes
             and str(head["origin"]).endswith("/audit/" + str(head["account"]))
             and (head["until"] is None or size_of(head["until"]) is not None))
    return head if right else None


def verify(lines, remembered, keys, tell):
    """Returns the newest checkpoint of each account, or None for what is no export."""
    newest, section, seen = {}, None, set()

    def close(counted, through):
        nonlocal section
        if section is None:
            return
        if counted is None:
            section.tell("truncated", "there is no end line")
        elif counted != section.events:
            section.tell("malformed", f"the end line counts {counted} events, and {section.events} are here")
        section.end(through)
        if section.newest:
            newest[section.account] = section.newest
        section = None

    for line in lines:
        line = line[:-1] if line.endswith(b"\n") else line
        if len(line) > MAX_LINE:
            tell("malformed", None, "a line is longer than 1 MiB")
            break
        if line[:9] == b'{"hash":"' and line[73:99] == b'","kind":"event","record":' and re.fullmatch(b"[0-9a-f]{64}", line[9:73]):
            if section:
                section.event(line)
                continue
            if not seen:
                return None
        try:
            parsed = parse_canonical(line.decode())
        except UnicodeDecodeError:
            parsed = None
        parsed = parsed if isinstance(parsed, dict) else {}
        kind, head = parsed.get("kind"), None
        if kind == "header":
            close(None, None)
            head = head_of(parsed)
            if head:
                if head["account"] in seen:
                    tell("malformed", head["account"], "there are two sections of it")
                seen.add(head["account"])
                section = Section(head, remembered.get(head["account"]), keys, tell)
                continue
        if not seen:
            return None
        nodes, proof = hashes_of(parsed.get("nodes")), hashes_of(parsed.get("hashes"))
        first, second = size_of(parsed.get("from")), size_of(parsed.get("to"))
        if section and kind == "start" and parsed.get("size") == section.after and not section.events and nodes \
                and len(nodes) == bin(section.after).count("1"):
            section.start(nodes)
        elif section and kind == "checkpoint" and isinstance(parsed.get("note"), str):
            section.checkpoint(parsed["note"])
        elif section and kind == "consistency" and None not in (first, second, proof):
            section.consistency(first, second, proof)
        elif section and kind == "end" and size_of(parsed.get("events")) is not None and size_of(parsed.get("through")) is not None:
            close(parsed["events"], parsed["through"])
        else:
            tell("malformed", section.account if section else None, "a line is none of this format")
    close(None, None)
    return newest if seen else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("export")
    parser.add_argument("--keys", help="audit-keys.json, as the server publishes it; got over https or by hand")
    parser.add_argument("--state", help="what this reader remembers; made and kept up to date here")
    options = parser.parse_args()
    try:
        key_file = json.load(open(options.keys, encoding="utf-8")) if options.keys else {}
        state = {"keys": [], "accounts": {}}
        if options.state and os.path.exists(options.state):
            state = json.load(open(options.state, encoding="utf-8"))
            if state.get("format") != "chatelaine-audit-state/1":
                parser.error(f"{options.state} is no state file of this version")
        remembered = {account: Checkpoint(one["note"]) for account, one in state["accounts"].items()}
        keys, untied = trust(state["keys"], key_file)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        parser.error(str(error))
    if not keys:
        parser.error("no key is trusted: give --keys, or a state file that remembers one")
    found = []

    def tell(name, account, text):
        found.append(name)
        if found.count(name) <= 20:
            print(f"{name:15} {account or '-'}  {text}")

    for key in untied:
        tell("key-unknown", None, f"no chain of hand-overs ties the published key {key} to a trusted one")
    try:
        with open(options.export, "rb") as file:
            newest = verify(file, remembered, keys, tell)
    except OSError as error:
        parser.error(str(error))
    if newest is None:
        parser.error(f"{options.export} is no export of an audit log")
    code = 1 if WRONG & set(found) else 3 if UNPROVEN & set(found) else 0
    if options.state and not (WRONG | UNPROVEN - {"unsealed"}) & set(found):
        for account, signed in newest.items():
            if account not in remembered or signed.size >= remembered[account].size:
                state["accounts"][account] = {"note": signed.note}
        text = json.dumps({"format": "chatelaine-audit-state/1", "keys": sorted(keys), "accounts": state["accounts"]}, ensure_ascii=False)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=os.path.dirname(os.path.abspath(options.state)), delete=False) as file:
            file.write(text + "\n")
        os.replace(file.name, options.state)
    print({0: "Proven.", 1: "Something is wrong.", 3: "Nothing wrong was seen, but not all is proven."}[code])
    return code


if __name__ == "__main__":
    sys.exit(main())
