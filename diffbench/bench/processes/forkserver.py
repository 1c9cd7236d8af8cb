"""Fresh processes in milliseconds: one clean interpreter that has imported everything, forked once
for each worker.

Importing NumPy, SciPy and SymPy takes about a second, and a standard run needs hundreds of workers.
The server imports them once, never measures anything, and forks. What a worker does cannot reach
the server or another worker. The server ends when the run does (its socket closes), and its workers
with it, also after kill -9.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from importlib import import_module
from typing import Any
from uuid import uuid4

from diffbench.bench.processes import lineage
from diffbench.bench.processes.isolation import ServerLost
from diffbench.errors import Unsupported

PRELOADED = (
    "diffbench.bench.runner.worker",
    "diffbench.asking.operators",
    "diffbench.asking.prepared.preparing",
    "diffbench.differentiators",
    "diffbench.problems",
    "sympy",
)
LARGEST_REQUEST = 65536
ATTEMPTS = 5  # to start a worker
MARK = "DIFFBENCH_SERVER"  # in the environment of a server and of all below it

ENVIRONMENT = {
    **dict.fromkeys(
        (
            "OPENBLAS_NUM_THREADS",
            "MKL_NUM_THREADS",
            "OMP_NUM_THREADS",
            "BLIS_NUM_THREADS",
            "NUMEXPR_NUM_THREADS",
        ),
        "1",
    ),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "PYTHONHASHSEED": "0",
    "DIFFBENCH_WORKER": "1",
    # glibc maps arrays above 128 KiB afresh on each call until its threshold has adapted: a factor
    # 3 that depends on what ran before
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
}


class ForkServer:
    """The run's end: asks the server for workers, and to end them. Safe to share between threads.

    A server that was killed is replaced by another one when the next worker is asked for.
    """

    def __init__(self, environment: Mapping[str, str] = ENVIRONMENT) -> None:
        self._environment = os.environ | environment
        self._lock = threading.Lock()
        self._start()

    def fork(self, orders: int, answers: int, log: int) -> int:
        """Start a worker on these file descriptors; its process id, which is also its process
        group.
        """
        with self._lock:
            for _ in range(ATTEMPTS):
                try:
                    pid = int(self._ask({"fork": True}, [orders, answers, log]))
                    self._workers[pid] = self._process
                    return pid
                except ServerLost:
                    self._replace()
        raise Unsupported(f"the server of workers was killed {ATTEMPTS} times in a row")

    def end(self, pid: int) -> int:
        """Kill a worker, if it is alive, and all that it has started: its exit code, or minus the
        signal that killed it. Raises ServerLost where its server was killed.
        """
        with self._lock:
            if self._workers.pop(pid) is not self._process:
                raise ServerLost
            try:
                return int(self._ask({"end": pid}))
            except ServerLost:
                self._replace()
                raise

    def close(self) -> None:
        self._socket.close()
        if self._process.wait():
            lineage.end_marked(MARK, self._mark)

    def __enter__(self) -> "ForkServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        self._mark = uuid4().hex
        self._workers: dict[int, subprocess.Popen[bytes]] = {}
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-P", "-m", __name__, str(theirs.fileno())]
        self._process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            env=self._environment | {MARK: self._mark},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()

    def _replace(self) -> None:
        """Another server for one that was lost, whose grandchildren may be alive."""
        workers = self._workers
        self.close()
        self._start()
        self._workers = workers  # of the lost one, which are asked for no more

    def _ask(self, request: Mapping[str, Any], descriptors: list[int] | None = None) -> Any:
        try:
            socket.send_fds(self._socket, [json.dumps(request).encode()], descriptors or [])
            answer = self._socket.recv(LARGEST_REQUEST)
        except OSError as error:
            raise ServerLost(str(error)) from None
        if not answer:
            raise ServerLost
        return json.loads(answer)


def serve(channel: socket.socket) -> None:
    """Answer requests until the run closes its end of the socket."""
    for module in PRELOADED:
        import_module(module)
    # by now a random.py that lies here is nobody's random
    sys.path.append(os.getcwd())
    lineage.adopt_orphans()
    workers: set[int] = set()
    while True:
        request, descriptors, _, _ = socket.recv_fds(channel, LARGEST_REQUEST, 3)
        if not request:
            lineage.end_below(os.getpid())
            return
        wanted = json.loads(request)
        done = (
            _fork(channel, descriptors, workers)
            if "fork" in wanted
            else _end(wanted["end"], workers)
        )
        channel.send(json.dumps(done).encode())


def _fork(channel: socket.socket, descriptors: list[int], workers: set[int]) -> int:
    pid = os.fork()
    if pid == 0:
        channel.close()
        _work(descriptors)
    os.setpgid(pid, pid)  # here and not in the child: a kill of the group may be asked for at once
    workers.add(pid)
    for descriptor in descriptors:
        os.close(descriptor)
    return pid


def _end(pid: int, workers: set[int]) -> int:
    """End a worker and all that it has started: what has lost its parent is a child of this process
    by now, and no worker.
    """
    lineage.end(pid)
    _, status = os.waitpid(pid, 0)
    workers.remove(pid)
    lineage.end_below(os.getpid(), spared=workers)
    return os.waitstatus_to_exitcode(status)


def _work(descriptors: list[int]) -> None:
    """Be a worker, and never return into the server's loop."""
    from diffbench.bench.runner import worker

    code = 1
    try:
        worker.serve(*worker.detached(*descriptors))
        code = 0
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
