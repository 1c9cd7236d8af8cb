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

PRELOADED = (
    "diffbench.bench.runner.worker",
    "diffbench.asking.operators",
    "diffbench.asking.prepared.preparing",
    "diffbench.differentiators",
    "diffbench.problems",
    "sympy",
)
LARGEST_REQUEST = 65536

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
    """The run's end: asks the server for workers and for how they ended. Safe to share between
    threads.
    """

    def __init__(self, environment: Mapping[str, str] = ENVIRONMENT) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        command = [sys.executable, "-P", "-m", __name__, str(theirs.fileno())]
        self._process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()

    def fork(self, orders: int, answers: int, log: int) -> int:
        """Start a worker on these file descriptors; its process id, which is also its process
        group.
        """
        return int(self._ask({"fork": True}, [orders, answers, log]))

    def ended(self, pid: int) -> int:
        """Wait for a worker that has ended or was killed: its exit code, or minus the signal that
        killed it.
        """
        return int(self._ask({"wait": pid}))

    def close(self) -> None:
        self._socket.close()
        self._process.wait()

    def __enter__(self) -> "ForkServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, request: Mapping[str, Any], descriptors: list[int] | None = None) -> Any:
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(request).encode()], descriptors or [])
            return json.loads(self._socket.recv(LARGEST_REQUEST) or b"null")


def serve(channel: socket.socket) -> None:
    """Answer requests until the run closes its end of the socket."""
    for module in PRELOADED:
        import_module(module)
    # by now a random.py that lies here is nobody's random
    sys.path.append(os.getcwd())
    while True:
        request, descriptors, _, _ = socket.recv_fds(channel, LARGEST_REQUEST, 3)
        if not request:
            return
        wanted = json.loads(request)
        channel.send(
            json.dumps(
                _fork(channel, descriptors) if "fork" in wanted else _wait(wanted["wait"])
            ).encode()
        )


def _fork(channel: socket.socket, descriptors: list[int]) -> int:
    pid = os.fork()
    if pid == 0:
        channel.close()
        _work(descriptors)
    os.setpgid(pid, pid)  # here and not in the child: a kill of the group may be asked for at once
    for descriptor in descriptors:
        os.close(descriptor)
    return pid


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


def _wait(pid: int) -> int:
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
