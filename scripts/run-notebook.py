"""Runs a notebook from its first cell to its last in the project's kernel and stores its outputs.

    .venv/bin/python scripts/run-notebook.py notebooks/00-start-here.ipynb [--output other.ipynb] [--timeout 1200]

Without --output the notebook itself gets its new outputs. Exit code 1 if a cell fails, if the kernel dies, or if a
promise that no cell awaited was rejected (its message would be lost otherwise).
"""

import argparse
import os
import pathlib
import sys
import tempfile

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebook", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path)
    parser.add_argument("--timeout", type=int, default=1200, help="seconds for one cell")
    options = parser.parse_args()

    notebook = nbformat.read(options.notebook, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        lost = pathlib.Path(folder, "lost.log")
        os.environ["LLMDPD_KERNEL_LOG"] = str(lost)
        os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
        failure = ""
        client = NotebookClient(notebook, timeout=options.timeout, kernel_name="tslab", record_timing=False)
        try:
            client.execute()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            failure = f"{type(error).__name__}: {error}".strip()
        messages = lost.read_text() if lost.exists() else ""

    for cell in notebook.cells:
        # Everything about this machine that the kernel adds and that would differ in every run.
        cell.metadata.pop("execution", None)
    target = options.output or options.notebook
    part = target.with_suffix(".part")
    nbformat.write(notebook, part)
    part.replace(target)

    if failure:
        print(f"{options.notebook}: {failure}", file=sys.stderr)
    if messages:
        print(f"{options.notebook}: rejected promises that no cell awaited:\n{messages}", file=sys.stderr)
    return 1 if failure or messages else 0


if __name__ == "__main__":
    sys.exit(main())
