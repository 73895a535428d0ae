"""Minari datasets of a hopper, for the tests.

    python minari_files.py FORMAT ROOT    writes mujoco/hopper/medium-v0 below ROOT; FORMAT is hdf5, or arrow or parquet (which need pyarrow)

The recording in test/golden/minari was made with FORMAT arrow, minari 0.5.4 and pyarrow 26.0.1.
"""

import os
import sys

import numpy as np


def main(data_format, root):
    os.environ["MINARI_DATASETS_PATH"] = root
    import minari
    from gymnasium.spaces import Box
    from minari.data_collector.episode_buffer import EpisodeBuffer

    rng = np.random.default_rng(0)
    episodes = []
    for number, (steps, fell) in enumerate([(6, True), (9, False), (1, True)]):
        observations = rng.normal(size=(steps + 1, 11))
        observations[0, 0] = 1.25
        ends = np.arange(steps) == steps - 1
        episodes.append(
            EpisodeBuffer(
                id=number,
                seed=7 + number,
                observations=observations,
                actions=rng.uniform(-1, 1, (steps, 3)).astype(np.float32),
                rewards=rng.normal(size=steps),
                terminations=ends & fell,
                truncations=ends & (not fell),
                infos={"x_position": rng.normal(size=steps + 1), "qpos": rng.normal(size=(steps + 1, 6))},
            )
        )
    minari.create_dataset_from_buffers(
        "mujoco/hopper/medium-v0",
        episodes,
        observation_space=Box(-np.inf, np.inf, (11,), np.float64),
        action_space=Box(-1, 1, (3,), np.float32),
        algorithm_name="random numbers",
        data_format=data_format,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
