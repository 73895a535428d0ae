"""Gymnasium's robots as a peer of the locomotion benchmark: reads one JSON request a line, answers with one line.

    python locomotion_peer.py make     environments as `gymnasium.make` gives them, with its default wrappers
    python locomotion_peer.py class    the environment classes alone

Requests: {"do": "start", "robot": "Hopper", "actions"} and {"do": "time"}.
"""

import json
import os
import sys
import time
import traceback
import warnings

# Only answers go to the pipe: whatever a library prints goes to the standard error.
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
warnings.filterwarnings("ignore")

import gymnasium
import numpy as np


class Side:
    def __init__(self, kind, robot, actions):
        made = gymnasium.make(f"{robot}-v5")
        self.env = made if kind == "make" else made.unwrapped
        self.bare = made.unwrapped
        self.actions = np.array(actions, dtype=np.float64)

    def start(self):
        self.env.reset()
        self.bare.set_state(self.bare.init_qpos, self.bare.init_qvel)

    def time(self):
        self.env.reset(seed=0)
        self.start()
        resets = steps = 0
        start, cpu = time.perf_counter(), time.process_time()
        for action in self.actions:
            _, _, terminated, truncated, _ = self.env.step(action)
            steps += 1
            # The class alone knows no time limit.
            if terminated or truncated or steps == 1000:
                self.start()
                resets += 1
                steps = 0
        return {
            "ms": (time.perf_counter() - start) * 1e3,
            "cpuMs": (time.process_time() - cpu) * 1e3,
            "qpos": self.bare.data.qpos.tolist(),
            "resets": resets,
        }


def main():
    side = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "start":
                side = Side(sys.argv[1], request["robot"], request["actions"])
                answer = {}
            else:
                answer = side.time()
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")


main()
