"""Meta-World's own package as a peer of the simulator's benchmark: reads one JSON request a line, answers with one line.

Requests: {"do": "start", "task", "randVec", "steps"} and {"do": "time"}.
"""

import json
import os
import pickle
import sys
import time
import traceback
import warnings

# Only answers go to the pipe: whatever a library prints goes to the standard error.
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
warnings.filterwarnings("ignore")

import numpy as np
from metaworld.env_dict import ALL_V3_ENVIRONMENTS
from metaworld.policies import ENV_POLICY_MAP
from metaworld.types import Task


class Side:
    def __init__(self, task, rand_vec, steps):
        name = f"{task}-v3"
        kind = ALL_V3_ENVIRONMENTS[name]
        self.steps = steps
        self.env = kind()
        self.policy = ENV_POLICY_MAP[name]()
        data = {"rand_vec": np.array(rand_vec), "env_cls": kind, "partially_observable": False}
        self.env.set_task(Task(env_name=name, data=pickle.dumps(data)))

    def time(self):
        env, policy = self.env, self.policy
        observation, _ = env.reset()
        start, cpu = time.perf_counter(), time.process_time()
        for _ in range(self.steps):
            observation = env.step(policy.get_action(observation))[0]
        return {
            "ms": (time.perf_counter() - start) * 1e3,
            "cpuMs": (time.process_time() - cpu) * 1e3,
            "qpos": env.data.qpos.tolist(),
        }


def main():
    side = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "start":
                if side is not None:
                    side.env.close()
                side = Side(request["task"], request["randVec"], request["steps"])
                answer = {}
            else:
                answer = side.time()
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")


main()
