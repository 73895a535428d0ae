"""A peer of the benchmark: reads one JSON request a line, answers with one line, sleeps in between.

Usage: python peer.py torch-eager|torch-compiled|jax
"""

import json
import os
import sys
import time
import traceback

from exchange import nested, read_tensors, write_tensors


def main():
    # Only answers go to the pipe: whatever a library prints goes to the standard error.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    kind, _, mode = sys.argv[1].partition("-")
    peer = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "start":
                with open(request["case"]) as file:
                    case = json.load(file)
                peer = make(kind, mode, case)
                answer = {"version": peer.version}
            elif request["do"] == "check":
                peer.load(read_tensors(request["state"]))
                batches = nested({f"x/{name}": array for name, array in read_tensors(request["batches"]).items()}, "x")
                for index in range(len(batches)):
                    peer.given(batches[str(index)])
                write_tensors(request["result"], peer.save())
                answer = {}
            else:
                steps = request["steps"]
                start, cpu = time.perf_counter(), time.process_time()
                loss = peer.run(steps)
                answer = {"ms": (time.perf_counter() - start) * 1e3 / steps, "cpuMs": (time.process_time() - cpu) * 1e3 / steps, "loss": loss}
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")


def make(kind, mode, case):
    if kind == "torch":
        from torch_update import TorchPeer

        return TorchPeer(case, mode)
    from jax_update import JaxPeer

    return JaxPeer(case)


main()
