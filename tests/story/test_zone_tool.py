"""zone_tool: one command, a file of commands, or a person at a terminal."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest
from conftest import REPOSITORY
from dmsstack import wait_for
from world import records_of

EX_USAGE, EX_DATAERR, EX_NOHOST, EX_UNAVAILABLE, EX_SOFTWARE = 64, 65, 68, 69, 70
EX_OSERR, EX_CANTCREAT, EX_IOERR, EX_TEMPFAIL = 71, 73, 74, 75
SUPPRESSIONS = REPOSITORY / "tests/story/lsan.supp"
PROMPT = "zone_tool > "


class Terminal:
    """zone_tool at a terminal of its own, and what a person sees there."""

    def __init__(self, stack, *arguments, rows=50, **environment):
        self.seen, self.at = "", 0
        argv = [str(stack.program("zone_tool")), "-c", str(stack.config("operator")), *arguments]
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 200, 0, 0))
            os.environ.update({"TERM": "xterm", "LC_ALL": "C.UTF-8", "PAGER": "cat",
                               "ASAN_OPTIONS": "fast_unwind_on_malloc=0:malloc_context_size=8",
                               "LSAN_OPTIONS": f"suppressions={SUPPRESSIONS}:print_suppressions=0",
                               **environment})
            os.execv(argv[0], argv)

    def _read(self, patience):
        """Waits for something to come; False: the other side is gone."""
        if not select.select([self.fd], [], [], patience)[0]:
            raise AssertionError(f"nothing more came after:\n{self.seen[self.at:]}")
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # EIO: that is how the end of a terminal looks
            return False
        self.seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data.decode())
        return bool(data)

    def expect(self, text, patience=30):
        """Waits until it appears behind what was expected before -> what came until then."""
        while text not in self.seen[self.at:]:
            assert self._read(patience), f"it ended without {text!r}:\n{self.seen[self.at:]}"
        end = self.seen.index(text, self.at) + len(text)
        came, self.at = self.seen[self.at:end], end
        return came

    def prompt(self):
        """Waits for a prompt on a line of its own, with nothing behind it -> what came until then.
        A line that is drawn anew has one too, with what was typed behind it."""
        while not re.search(r"\n\r*" + PROMPT + "$", self.seen[self.at:]):
            assert self._read(30), f"it ended without a prompt:\n{self.seen[self.at:]}"
        came, self.at = self.seen[self.at:], len(self.seen)
        return came

    def type(self, text):
        os.write(self.fd, text.encode())

    def echoes(self):
        """Whether the kernel shows what is typed; at a prompt that is the tool's."""
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def command(self, line):
        """Types a line -> what came until the next prompt."""
        self.type(line + "\r")
        self.expect(line)
        return self.prompt().removesuffix(PROMPT)

    def status(self):
        """Waits for the end -> exit status."""
        while self._read(30):
            pass
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def script(tmp_path, name, body):
    """An editor, or another program that a user chooses."""
    path = tmp_path / name
    path.write_text(f"#!/bin/sh\nset -e\nfor file; do :; done  # the last argument\n{body}\n")
    path.chmod(0o755)
    return str(path)


def edit(world, zone, editor, *options, **environment):
    """edit_zone without a terminal -> CompletedProcess."""
    stack = world.stack
    return subprocess.run(
        [str(stack.program("zone_tool")), "-c", str(stack.config("operator")), *options,
         "edit_zone", zone], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        env={**os.environ, "VISUAL": editor, **environment})


def kept_text(output):
    """The text of the file that zone_tool says it kept; the file is removed."""
    path = re.search(r"Your text is kept in (\S+)", output)
    assert path, f"no word about the edited text in:\n{output}"
    with open(path[1], encoding="utf-8") as file:
        text = file.read()
    os.unlink(path[1])
    return text


def test_one_shot(world):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    shown = world.stack.zone_tool("show_zone", zone.name).stdout
    assert "192.0.2.1" in shown and zone.name in shown


def test_an_older_instance(world):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    first = zone.zi_id
    zone.add("www2 300 IN A 192.0.2.2")
    tool = world.stack.zone_tool
    assert "192.0.2.2" in tool("show_zone", zone.name, str(zone.zi_id)).stdout
    assert "192.0.2.2" not in tool("show_zone", zone.name, str(first)).stdout
    assert tool("show_zone", zone.name, "999999999", check=False).returncode == EX_NOHOST


def test_a_zone_file_is_loaded(world, tmp_path):
    name = world.fresh_name()
    file = tmp_path / "a zone.txt"
    file.write_text(f"$TTL 1h\n$ORIGIN {name}\nwww IN A 192.0.2.7\nalias IN CNAME www\n")
    world.stack.zone_tool("load_zone", str(file), name)
    world.stack.zone_tool("wait_zone_sync", name)
    world.check_everywhere("www." + name, "A", ["192.0.2.7"])
    world.check_everywhere("alias." + name, "CNAME", ["www." + name])
    file.write_text(f"$TTL 1h\n$ORIGIN {name}\nwww IN A 192.0.2.8\n")
    world.stack.zone_tool("load_zone_zi", str(file), name)
    world.stack.zone_tool("wait_zone_sync", name)
    world.check_everywhere("www." + name, "A", ["192.0.2.8"])


def test_a_wrong_zone_file_says_where(world, tmp_path):
    file = tmp_path / "wrong.zone"
    file.write_text("www IN A 192.0.2.7\nbad IN A 192.0.2.777\nx IN FOO bar\n")
    result = world.stack.zone_tool("load_zone", str(file), world.fresh_name(), check=False)
    assert result.returncode == EX_DATAERR
    lines = result.stdout.splitlines()
    assert lines[0] == "bad IN A >!<192.0.2.777", "the place in the line"
    assert lines[1].startswith("***   ") and max(map(len, lines[1:])) <= 70
    assert "line 2, column 10" in " ".join(result.stdout.split())
    assert "line 3, column 6: type FOO: " in result.stdout, "everything wrong is told at once"


def test_files_that_are_no_zone_files(world, tmp_path):
    tool, name = world.stack.zone_tool, world.fresh_name()
    binary = tmp_path / "binary"
    binary.write_bytes(b"\x7fELF\x02\x01")
    assert tool("load_zone", str(binary), name, check=False).returncode == EX_IOERR
    missing = tool("load_zone", str(tmp_path / "missing"), name, check=False)
    assert missing.returncode == EX_OSERR and "No such file" in missing.stdout


def test_commands_from_a_pipe(world):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    result = world.stack.zone_tool(stdin=f"ls_server\nshow_zone {zone.name}\n\nls_sg\nexit\nbogus\n")
    assert "slave1" in result.stdout and "192.0.2.1" in result.stdout and "public" in result.stdout
    assert PROMPT not in result.stdout, "no prompt without a terminal"
    assert "bogus" not in result.stdout, "nothing happens after exit"


def test_a_pipe_goes_on_and_tells_of_failures(world):
    result = world.stack.zone_tool(stdin="show_zone nowhere.test\nls_sg 'x\n?ls\n", check=False)
    assert result.returncode == EX_USAGE, "the last failure's"
    assert "no such" in result.stdout.lower() or "nowhere.test" in result.stdout
    assert "quote" in result.stdout and "list_zone" in result.stdout


@pytest.mark.parametrize("status, arguments, named", [
    (0, ["help"], "show_zone"),
    (0, ["?"], "show_zone"),
    (0, ["ls", "--", "*.test"], ".test."),
    (EX_NOHOST, ["show_zone", "nowhere.test"], "nowhere.test"),
    (EX_NOHOST, ["ls", "nowhere-*.test"], "nowhere-*.test"),
    (EX_NOHOST, ["enable_server", "nowhere"], "nowhere"),
    (EX_CANTCREAT, ["create_sg", "public"], "public"),
    (EX_USAGE, ["no_such_command"], "no_such_command"),
    (EX_USAGE, ["help", "no_such_command"], "no_such_command"),
    (EX_USAGE, ["show_zone"], "zone is missing"),
    (EX_USAGE, ["delete_zi", "a.test", "12x"], "'12x'"),
    (EX_USAGE, ["ls", "-q"], "-q"),
    (EX_USAGE, ["ls_events", "many"], "'many'"),
    (EX_USAGE, ["create_server", "-p", "70000", "s", "127.0.0.1"], "'70000'"),
    (EX_USAGE, ["wait_zone_sync", "-t", "1e3", "a.test"], "'1e3'"),
    (EX_USAGE, ["reconfig_all", "now"], "'now'"),
])
def test_the_exit_status_tells(world, status, arguments, named):
    world.make_zone(sync=False)
    result = world.stack.zone_tool(*arguments, check=False)
    assert result.returncode == status, result.stdout + result.stderr
    assert named in result.stdout and not result.stderr
    assert result.stdout.startswith("***   ") == (status != 0)


READING = [["ls"], ["ls_deleted"], ["ls_server", "-v"], ["ls_sg"], ["ls_events", "3"],
           ["ls_failed_events"], ["ls_pending_events"], ["show_config"], ["show_master_status"],
           ["show_server", "slave1"], ["help"]]


def test_json_can_be_parsed(world):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    tool = world.stack.zone_tool
    for command in [*READING, ["show_zone", zone.name], ["show_zonesm", zone.name],
                    ["wait_zone_sync", zone.name]]:
        before = tool("--json", *command).stdout
        json.loads(before)
        json.loads(tool(*command, "--json").stdout)
    shown = json.loads(tool("-j", "show_zone", zone.name).stdout)
    assert shown["name"] == zone.name and shown["zi"]["zi_id"] == zone.zi_id
    assert zone.name in [row["name"] for row in json.loads(tool("-j", "ls").stdout)]
    changed = json.loads(tool("-j", "delete_zone", zone.name).stdout)
    assert changed["change_id"] > zone.change_id
    failed = tool("-j", "show_zone", "nowhere.test", check=False)
    assert json.loads(failed.stdout)["code"] == -28 and failed.returncode == EX_NOHOST
    assert json.loads(tool("-j", "ls", "-q", check=False).stdout)["code"] == -162


def test_a_zone_is_made_listed_and_deleted(world):
    tool, name = world.stack.zone_tool, world.fresh_name()
    tool("create_zone", "-r", "Tool-Story", name, "no_nsec3", "def_edit_lock")
    tool("wait_zone_sync", name)
    assert tool("ls", name).stdout == name + "\n"
    verbose = tool("ls", "-v", "-r", "tool-story", name.upper()).stdout
    assert re.fullmatch(re.escape(name) + r" +\d{10} +PUBLISHED +Tool-Story\n", verbose)
    assert tool("ls", "-r", "Tool-Story", "-g", "public").stdout == name + "\n"
    assert "        name:            " + name in tool("show_zonesm", name).stdout
    tool("delete_zone", name)
    assert tool("ls", name, check=False).returncode == EX_NOHOST
    deleted = tool("ls_deleted", "-v", name).stdout
    assert re.match(re.escape(name) + r" +\d+ +20\d\d-\d\d-\d\d ", deleted)


def test_wait_zone_sync_tells_in_time_or_not(world):
    zone = world.make_zone("www 300 IN A 192.0.2.1", sync=False)
    tool = world.stack.zone_tool
    synced = tool("wait_zone_sync", zone.name, str(zone.change_id))
    assert synced.stdout.count("in sync") == len(world.slaves)
    # Nobody publishes: the new content cannot arrive.
    world.stack.process("zone-sm").send(signal.SIGSTOP)
    try:
        change = zone.add("www2 300 IN A 192.0.2.2")
        late = tool("wait_zone_sync", "-t", "0.3", zone.name, str(change), check=False)
        as_json = tool("-j", "wait_zone_sync", "-t", "0", zone.name, str(change), check=False)
    finally:
        world.stack.process("zone-sm").send(signal.SIGCONT)
    assert late.returncode == EX_TEMPFAIL
    assert "is not in sync after" in " ".join(late.stdout.split())
    assert "not published yet" in " ".join(late.stdout.split()), "and why"
    assert as_json.returncode == EX_TEMPFAIL
    assert json.loads(as_json.stdout)["is_in_sync"] is False
    assert tool("wait_zone_sync", zone.name, str(change)).returncode == 0


def test_a_message_is_decoded_offline(world, tmp_path):
    message = tmp_path / "event"
    message.write_bytes(b"\x08\x2a")  # field 1, the id: 42
    result = subprocess.run([str(world.stack.program("zone_tool")), "-c", "/nowhere.conf",
                             "decode_event", str(message)], capture_output=True, text=True)
    assert result.returncode in (0, EX_DATAERR), "no configuration is needed"
    message.write_bytes(b"\xff\xff\xff")
    assert world.stack.zone_tool("decode_event", str(message),
                                 check=False).returncode == EX_DATAERR


def test_the_examples_of_the_guide(world, tmp_path):
    guide = (REPOSITORY / "docs/zone_tool.md").read_text()
    examples = "\n".join(re.findall(r"^```sh\n(.*?)^```$", guide, re.S | re.M))
    assert "zone_tool load_zone " in examples
    result = subprocess.run(
        ["bash", "-exuo", "pipefail", "-c", examples], cwd=tmp_path, text=True, timeout=120,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, **world.stack.environment(),
             "PATH": f"{world.stack.build_dir}/bin:{os.environ['PATH']}"})
    assert result.returncode == 0, result.stdout
    world.stack.zone_tool("wait_zone_sync", "guide.test")
    world.check_everywhere("www.guide.test", "A", ["192.0.2.80"])


# At a terminal.

def test_a_session(world):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    terminal = Terminal(world.stack)
    terminal.prompt()
    assert "Wait" in terminal.command("help wait_zone_sync")
    assert zone.name in terminal.command(f"ls {zone.name}")
    assert "\n***   " in terminal.command("show_zone nowhere.test")
    assert "quote" in terminal.command("ls 'x")
    assert "unknown command" in terminal.command("!ls")
    terminal.command("")
    terminal.type("show_zonesm" + " nowhere-")
    terminal.expect("nowhere-")
    terminal.type("\x03")  # Ctrl-C leaves the line
    terminal.prompt()
    assert "public" in terminal.command("ls_sg"), "nothing is left of that line"
    terminal.type("\x04")
    assert terminal.status() == 0


def test_tab_completes(world):
    terminal = Terminal(world.stack)
    terminal.prompt()
    terminal.type("ls_pend\t")
    terminal.expect("ing_events")  # what is added; the cursor may have moved before it
    terminal.type("--ver\t\r")
    terminal.expect("bose")
    assert "***" not in terminal.prompt()
    terminal.type("help show_m\t\r")
    assert "Calls show_master_status" in terminal.prompt()
    terminal.type("create_zone z no_edit\t")
    terminal.expect("_lock")
    terminal.type("\x03")
    terminal.prompt()
    terminal.type("show_\t")
    assert "show_master_status" in terminal.expect("show_zonesm"), "the choice is shown"
    terminal.expect(PROMPT + "show_")
    terminal.type("\x03")
    terminal.prompt()
    terminal.type("quit\r")
    assert terminal.status() == 0


def test_ctrl_c_leaves_a_command(world):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    world.stack.process("rpc-gateway").send(signal.SIGSTOP)
    try:
        terminal = Terminal(world.stack)
        terminal.prompt()
        terminal.type(f"show_zone {zone.name}\r")
        terminal.expect(zone.name)
        begun = time.monotonic()
        wait_for(lambda: _is_waiting(terminal.pid), 20, "the call")
        terminal.type("\x03")
        terminal.prompt()
        assert time.monotonic() - begun < 9, "without waiting for the answer"
        one_shot = subprocess.Popen(
            [str(world.stack.program("zone_tool")), "-c", str(world.stack.config("operator")),
             "show_zone", zone.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        wait_for(lambda: _is_waiting(one_shot.pid), 20, "the call")
        one_shot.send_signal(signal.SIGINT)
        assert one_shot.communicate(timeout=9)[0] == b"", "silently"
        assert one_shot.returncode == EX_UNAVAILABLE
    finally:
        world.stack.process("rpc-gateway").send(signal.SIGCONT)
    assert "192.0.2.1" in terminal.command(f"show_zone {zone.name}"), "the shell works on"
    terminal.type("exit\r")
    assert terminal.status() == 0


def test_ctrl_c_at_any_time(world):
    for _ in range(10):
        terminal = Terminal(world.stack)
        terminal.expect("Welcome")
        terminal.type("\x03")  # typed ahead: the prompt is not there yet
        terminal.expect(" \r\n")
        assert terminal.expect(PROMPT).strip("\r") == PROMPT, "heard, without another key"
        assert not terminal.echoes(), "nothing is shown behind the prompt but by the tool"
        for _ in range(100):
            os.kill(terminal.pid, signal.SIGINT)
        # A signal that is still on its way may take the first lines with it.
        assert any("Calls list_zone" in terminal.command("help list_zone") for _ in range(5)), \
            "the shell works on"
        terminal.type("exit\r")
        assert terminal.status() == 0


def _is_waiting(pid):
    """Has a NATS connection: threads beside the first."""
    return len(os.listdir(f"/proc/{pid}/task")) > 2


def test_long_output_goes_through_the_pager(world, tmp_path):
    pager = script(tmp_path, "pager", "sed 's/^/paged: /'")
    paged = Terminal(world.stack, "help", rows=10, PAGER=f"'{pager}'")
    assert paged.status() == 0
    assert "paged:   ls_sg" in paged.seen
    plain = Terminal(world.stack, "help", "exit", PAGER=f"'{pager}'")
    assert plain.status() == 0
    assert "Leaves the shell" in plain.seen and "paged:" not in plain.seen, "short enough"
    through_pipe = subprocess.run([str(world.stack.program("zone_tool")), "help"], text=True,
                                  capture_output=True, env={**os.environ, "PAGER": f"'{pager}'"})
    assert "paged:" not in through_pipe.stdout


# edit_zone.

def test_an_edit_is_published(world, tmp_path):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    editor = script(tmp_path, "an editor", "sed -i 's/192.0.2.1$/192.0.2.9/' \"$file\"")
    result = edit(world, zone.name, f"'{editor}' --option")
    assert (result.returncode, result.stdout) == (0, "")
    world.stack.zone_tool("wait_zone_sync", zone.name)
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.9"])


def test_an_unchanged_text_is_not_saved(world):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    result = edit(world, zone.name, "true")
    assert result.returncode == 0 and "nothing changed" in result.stdout
    assert world.rpc("show_zone", name=zone.name)["zi_candidate_id"] == zone.zi_id
    assert json.loads(edit(world, zone.name, "true", "-j").stdout) == {"is_changed": False}


def test_an_editor_that_fails_changes_nothing(world, tmp_path):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    assert edit(world, zone.name, "/no/such/editor").returncode == EX_SOFTWARE
    editor = script(tmp_path, "editor", 'echo "new A 192.0.2.2" >>"$file"; exit 3')
    result = edit(world, zone.name, editor)
    assert result.returncode == EX_SOFTWARE and "status 3" in result.stdout
    assert "192.0.2.2" in kept_text(result.stdout)
    assert world.rpc("show_zone", name=zone.name)["zi_candidate_id"] == zone.zi_id


def test_an_edit_that_others_overtook_is_kept(world, tmp_path):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    tool = f'"{world.stack.program("zone_tool")}" -c "{world.stack.config("operator")}"'
    other = tmp_path / "other.zone"
    other.write_text("www 300 IN A 192.0.2.1\nother 300 IN A 192.0.2.3\n")
    editor = script(tmp_path, "editor", f'{tool} load_zone_zi "{other}" {zone.name}\n'
                                        'echo "mine 300 IN A 192.0.2.4" >>"$file"')
    result = edit(world, zone.name, f"'{editor}'")
    assert result.returncode == EX_TEMPFAIL, result.stdout
    assert "192.0.2.4" in kept_text(result.stdout)
    world.stack.zone_tool("wait_zone_sync", zone.name)
    world.check_everywhere("other." + zone.name, "A", ["192.0.2.3"])
    assert records_of(world.slaves[0], "mine." + zone.name, "A") == []


# Wrong twice, then right; notes how it was called.
STUBBORN = """echo "$@" >>"$NOTES"
case $(wc -l <"$NOTES") in
1) echo "new 300 IN A 192.0.2.777" >>"$file" ;;
2) sed -i 's/777/888/' "$file" ;;
*) sed -i 's/888/8/' "$file" ;;
esac"""


def test_a_refused_edit_is_corrected(world, tmp_path):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    notes = tmp_path / "notes"
    editor = script(tmp_path, "editor", STUBBORN)
    terminal = Terminal(world.stack, VISUAL=f"'{editor}'", NOTES=str(notes))
    terminal.prompt()
    terminal.type(f"edit_zone {zone.name}\r")
    assert ">!<192.0.2.777" in terminal.expect("--[Y]/n> ")
    terminal.type("\r")
    assert ">!<192.0.2.888" in terminal.expect("--[Y]/n> ")
    terminal.type("what?\r")
    terminal.expect("--[Y]/n> ")
    terminal.type("y\r")
    assert "kept" not in terminal.prompt()
    terminal.type("exit\r")
    assert terminal.status() == 0
    calls = notes.read_text().splitlines()
    assert len(calls) == 3 and re.match(r"\+\d+ /", calls[1]), "the editor is led to the line"
    world.stack.zone_tool("wait_zone_sync", zone.name)
    world.check_everywhere("new." + zone.name, "A", ["192.0.2.8"])


@pytest.mark.parametrize("answer", ["n\r", "\x04", "\x03"], ids=["no", "end", "interrupt"])
def test_an_edit_given_up_is_kept(world, tmp_path, answer):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    editor = script(tmp_path, "editor", STUBBORN)
    terminal = Terminal(world.stack, "edit_zone", zone.name, VISUAL=f"'{editor}'",
                        NOTES=str(tmp_path / "notes"))
    terminal.expect("--[Y]/n> ")
    terminal.type(answer)
    status = terminal.status()
    assert status == (EX_UNAVAILABLE if answer == "\x03" else EX_DATAERR), terminal.seen
    assert "192.0.2.777" in kept_text(terminal.seen)


def test_a_method_called_by_hand_on_the_bus(world):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    with world.stack.nats_client() as bus:
        reply = bus.request("dms.rpc.admin.show_zone", json.dumps({"name": zone.name}).encode())
    assert json.loads(reply.data)["name"] == zone.name
