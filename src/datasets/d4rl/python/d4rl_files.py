"""D4RL files without D4RL, for the tests: writes some, and says which rows its two readers would give.

    python d4rl_files.py write FOLDER       files with made-up numbers, in every layout that is out there
    python d4rl_files.py views FILE OUT     rows of `qlearning_dataset` and `sequence_dataset` of a file, as HDF5
    python d4rl_files.py describe FILE      shapes, types and sums of a file, as JSON

The rules of the two readers are D4RL's as documented in its package (Apache-2.0), written down anew.
"""

import json
import sys
from pathlib import Path

import h5py
import numpy as np

WIDTHS = {"hopper": (11, 3), "halfcheetah": (17, 6), "walker2d": (17, 6)}
START = {"hopper": 1.25, "halfcheetah": 0.0, "walker2d": 1.25}
HORIZON = 1000


def made_up(robot, lengths, seed):
    """Episodes of these lengths; one of 1000 steps timed out, a shorter one fell, a negative one is cut off by the file's end."""
    rng = np.random.default_rng(seed)
    observation_dim, action_dim = WIDTHS[robot]
    rows = sum(abs(length) for length in lengths)
    data = {
        "observations": rng.normal(size=(rows, observation_dim)).astype(np.float32),
        "actions": rng.uniform(-1, 1, (rows, action_dim)).astype(np.float32),
        "next_observations": rng.normal(size=(rows, observation_dim)).astype(np.float32),
        "rewards": rng.normal(size=rows).astype(np.float32),
        "terminals": np.zeros(rows, bool),
        "timeouts": np.zeros(rows, bool),
        "infos/qpos": rng.normal(size=(rows, (observation_dim + 1) // 2)),
        "infos/qvel": rng.normal(size=(rows, (observation_dim + 1) // 2)),
        "infos/action_log_probs": rng.normal(size=rows).astype(np.float32),
    }
    data["observations"][0, 0] = START[robot]
    end = 0
    for length in lengths:
        end += abs(length)
        if length == HORIZON:
            data["timeouts"][end - 1] = True
        elif length > 0:
            data["terminals"][end - 1] = True
    return data


def write(folder):
    def save(name, data, leave=(), metadata=True, **options):
        with h5py.File(Path(folder) / name, "w") as file:
            for key, values in data.items():
                if key not in leave:
                    file.create_dataset(key, data=values, **{"compression": "gzip", **options})
            if metadata:
                file["metadata/algorithm"] = np.bytes_("SAC")
                file["metadata/iteration"] = np.int32(1200)
                file["metadata/policy/fc0/weight"] = np.arange(12, dtype=np.float32).reshape(3, 4)

    hopper = made_up("hopper", [1000, 321, 1000, 1, 700, -250], seed=0)
    save("hopper_medium-v2.hdf5", hopper)
    save("hopper_expert-v2.hdf5", made_up("hopper", [1000, 55, 1000], seed=1))
    save("walker2d_medium_replay-v2.hdf5", made_up("walker2d", [17, 430, 1000, -5], seed=2), leave=["infos/qpos", "infos/qvel"])
    save("halfcheetah_random-v2.hdf5", made_up("halfcheetah", [1000, 1000], seed=3), leave=["next_observations"], compression=None)
    old = made_up("hopper", [1000, 321, 1000, 1000, 1, 999, -30], seed=4)
    save("hopper_medium.hdf5", old, leave=["timeouts", "next_observations", "infos/qpos", "infos/qvel", "infos/action_log_probs"], metadata=False)
    # Other types and shapes of the same numbers.
    other = {**hopper, "observations": hopper["observations"].astype(np.float64), "rewards": hopper["rewards"][:, None].astype(">f8"), "terminals": hopper["terminals"].astype(np.int64), "timeouts": hopper["timeouts"].astype(np.uint8)[:, None]}
    save("hopper_other_types-v2.hdf5", other)
    # What cannot be read.
    broken = {
        "no_terminals": ({}, ["terminals"]),
        "renamed": ({"obs": hopper["observations"]}, ["observations"]),
        "nan": ({"next_observations": np.where(np.arange(11) == 4, np.where(np.arange(len(hopper["rewards"]))[:, None] == 2000, np.nan, 1), 1).astype(np.float32)}, []),
        "half": ({"actions": hopper["actions"].astype(np.float16)}, []),
        "integers": ({"rewards": hopper["rewards"].astype(np.int32)}, []),
        "short": ({"infos/qvel": hopper["infos/qvel"][:-1]}, []),
        "flat": ({"actions": hopper["actions"].reshape(-1)}, []),
        "counted": ({"terminals": np.arange(len(hopper["rewards"])) % 3}, []),
    }
    for name, (changed, leave) in broken.items():
        save(f"hopper_{name}-v2.hdf5", {**hopper, **changed}, leave=leave)
    save("walker2d_of_a_cheetah-v2.hdf5", made_up("halfcheetah", [1000], seed=5))
    save("hopper_of_a_walker-v2.hdf5", made_up("walker2d", [1000], seed=5))


def load(path):
    """Every array of a file by its path."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.__setitem__(name, item[()]) if isinstance(item, h5py.Dataset) else None)
    for name in ("rewards", "terminals"):
        found[name] = found[name].reshape(len(found["observations"]))
    return found


def is_last(data, row, episode_step):
    return bool(np.ravel(data["timeouts"])[row]) if "timeouts" in data else episode_step == HORIZON - 1


def qlearning_rows(data, terminate_on_end):
    """Rows that `qlearning_dataset` keeps; each is paired with the next row's observation."""
    rows, episode_step = [], 0
    for row in range(len(data["rewards"]) - 1):
        last, fell = is_last(data, row, episode_step), bool(data["terminals"][row])
        if last and not terminate_on_end:
            episode_step = 0
            continue
        episode_step = 1 if last or fell else episode_step + 1
        rows.append(row)
    return np.array(rows)


def sequence_ends(data):
    """The row after each episode that `sequence_dataset` gives."""
    ends, episode_step = [], 0
    for row in range(len(data["rewards"])):
        if is_last(data, row, episode_step) or bool(data["terminals"][row]):
            ends.append(row + 1)
            episode_step = 0
        episode_step += 1
    return ends


def views(path, out):
    data = load(path)
    with h5py.File(out, "w") as file:
        for name, terminate_on_end in (("qlearning", False), ("qlearning_to_the_end", True)):
            rows = qlearning_rows(data, terminate_on_end)
            file[f"{name}/observations"] = data["observations"][rows].astype(np.float32)
            file[f"{name}/actions"] = data["actions"][rows].astype(np.float32)
            file[f"{name}/next_observations"] = data["observations"][rows + 1].astype(np.float32)
            file[f"{name}/rewards"] = data["rewards"][rows].astype(np.float32)
            file[f"{name}/terminals"] = data["terminals"][rows].astype(np.uint8)
        start = 0
        for number, end in enumerate(sequence_ends(data)):
            for name, values in data.items():
                if not name.startswith("metadata") and len(values) == len(data["rewards"]):
                    file[f"sequence/{number}/{name}"] = values[start:end].astype(np.uint8) if values.dtype == bool else values[start:end]
            start = end


def describe(path):
    with h5py.File(path) as file:
        found = {}
        file.visititems(lambda name, item: found.__setitem__(name, {"shape": list(item.shape), "dtype": str(item.dtype), "sum": float(np.sum(item[()], dtype=np.float64)) if item.dtype.kind in "fiub" else item[()].decode()}) if isinstance(item, h5py.Dataset) else None)
    print(json.dumps(found))


if __name__ == "__main__":
    {"write": write, "views": views, "describe": describe}[sys.argv[1]](*sys.argv[2:])
