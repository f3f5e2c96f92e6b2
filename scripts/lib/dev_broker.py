"""dev_broker.py -- `weir dev` as a process, with the same address and options in every life."""

import select
import signal
import subprocess
import time

LIMIT_S = 90  # to start, and to end


class DevBroker:
    """address: where to listen; with port 0 the first life chooses one, which the others keep.
    complaints: the file of its error output, ours by default."""

    def __init__(self, program, *options, address="127.0.0.1:0", complaints=None):
        self.command = [program, "dev", *options]
        self.address = address
        self.complaints = complaints
        self.process = None
        self.start_ms = None  # how long the last start took

    def begin(self, *through):
        """Start it, by way of another command if one is given."""
        self.process = subprocess.Popen(
            [*through, *self.command, "--listen", self.address], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.complaints, bufsize=0)

    def wait(self):
        """Until it listens, which it says in its first line."""
        said = select.select([self.process.stdout], [], [], LIMIT_S)[0]
        address = self.process.stdout.readline().decode().strip() if said else ""
        if not address:
            raise RuntimeError(f"{' '.join(self.process.args)}: did not start")
        self.address = address

    def start(self):
        begun = time.monotonic()
        self.begin()
        self.wait()
        self.start_ms = 1000 * (time.monotonic() - begun)

    def end(self, how=signal.SIGTERM):
        """Its exit code, also if it has ended by itself."""
        self.process.send_signal(how)
        code = self.process.wait(timeout=LIMIT_S)
        self.process.stdout.close()
        return code
