"""The LLMDPD update in JAX: one jitted function of state and batch, with the state donated."""

import math
import os
from functools import partial

import numpy as np

from exchange import flat, nested
from schedule import time_embedding, variance_preserving


class JaxPeer:
    def __init__(self, case):
        if case["threads"] == 1:
            os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        import jax

        self.jax = jax
        self.version = jax.__version__
        self.data = NumpyData(case)
        self.update = jax.jit(make_update(jax, case), donate_argnums=0)
        self.state = None

    def load(self, arrays):
        jnp = self.jax.numpy
        self.state = {key: nested(arrays, key) for key in ("actor", "ema", "critic", "targetCritic", "optim")}
        self.state = self.jax.tree.map(jnp.array, self.state)
        self.state["step"] = jnp.array(arrays["step"])

    def save(self):
        step = self.state["step"]
        arrays = {name: value for key, tree in self.state.items() if key != "step" for name, value in flat(tree, key).items()}
        return {name: np.asarray(value) for name, value in {**arrays, "step": step}.items()}

    def given(self, arrays):
        self.state, loss = self.update(self.state, arrays)
        return loss

    def run(self, steps):
        # The next batch is made while the last update runs: JAX does not wait.
        for _ in range(steps):
            loss = self.given(self.data.batch())
        return float(self.jax.block_until_ready((loss, self.state))[0])


def make_update(jax, case):
    jnp, lax = jax.numpy, jax.lax
    c = case["config"]
    schedule = variance_preserving(c["denoisingSteps"], c["betaMin"], c["betaMax"])
    embedding = jnp.array(time_embedding(c["denoisingSteps"], c["timeWidth"]), jnp.float32)
    signal = jnp.sqrt(jnp.array(schedule.alpha_bar, jnp.float32))
    noise_level = jnp.sqrt(1 - jnp.array(schedule.alpha_bar, jnp.float32))
    tree_map = jax.tree.map

    def mish(x):
        # tanh(ln(1 + e)) = (e² + 2e) / (e² + 2e + 2): one exponential instead of three transcendental functions.
        e = jnp.exp(jnp.minimum(x, 20.0))
        n = e * (e + 2)
        return x * (n / (n + 2))

    def dense(p, x):
        return x @ p["w"] + p["b"]

    def mlp(p, x):
        for index in range(len(p)):
            x = dense(p[str(index)], x if index == 0 else mish(x))
        return x

    def layer_norm(p, x):
        centred = x - x.mean(-1, keepdims=True)
        return centred * lax.rsqrt(jnp.mean(centred**2, -1, keepdims=True) + 1e-5) * p["scale"] + p["shift"]

    def attention(p, x):
        batch, tokens, width = x.shape
        heads = c["transformer"]["heads"]
        query, key, value = jnp.moveaxis(dense(p["qkv"], x).reshape(batch, tokens, 3, heads, width // heads), 2, 0)
        weights = jax.nn.softmax(jnp.einsum("bqhd,bkhd->bhqk", query, key) / math.sqrt(width // heads), -1)
        return dense(p["out"], jnp.einsum("bhqk,bkhd->bqhd", weights, value).reshape(batch, tokens, width))

    def trajectory(p, prompt):
        x = dense(p["token"], prompt) + p["position"]
        for index in range(len(p["layers"])):
            q = p["layers"][str(index)]
            x = x + attention(q["attention"], layer_norm(q["attentionNorm"], x))
            x = x + dense(q["contract"], jax.nn.gelu(dense(q["expand"], layer_norm(q["feedForwardNorm"], x)), approximate=False))
        return dense(p["out"], x.mean(1))

    def encode(p, batch):
        parts = [mlp(p["text"], batch["text"])] if "text" in p else []
        if "trajectory" in p:
            parts.append(trajectory(p["trajectory"], batch["prompt"]))
        return jnp.concatenate(parts, 1) if parts else None

    def per_group(rows, groups):
        return (rows.reshape(len(groups), -1, rows.shape[1]) + groups[:, None]).reshape(rows.shape)

    def constants(p, observation, z):
        first = p["net"]["input"]
        seen = observation @ first["observation"] + first["b"]
        return mlp(p["time"], embedding) @ first["time"], seen if z is None else per_group(seen, z @ first["context"])

    def predict(p, x, first):
        h = mish(x @ p["net"]["input"]["action"] + first)
        for index in range(c["hiddenLayers"] - 1):
            h = mish(dense(p["net"]["hidden"][str(index)], h))
        return dense(p["net"]["out"], h)

    def sample(p, parts, noise):
        time, condition = parts
        x = noise[0]
        for k in reversed(range(schedule.steps)):
            predicted = predict(p, x, condition + time[k])
            x0 = jnp.clip(x * math.sqrt(1 / schedule.alpha_bar[k]) - predicted * math.sqrt(1 / schedule.alpha_bar[k] - 1), -1, 1)
            if k == 0:
                return x0
            x = x0 * schedule.x0[k] + x * schedule.xt[k] + noise[schedule.steps - k] * math.sqrt(schedule.variance[k])

    def value(p, observation, action, z):
        rows = observation @ p["input"]["observation"] + action @ p["input"]["action"] + p["input"]["b"]
        h = mish(rows if z is None else per_group(rows, z @ p["input"]["context"]))
        for index in range(c["hiddenLayers"] - 1):
            h = mish(dense(p["hidden"][str(index)], h))
        return dense(p["out"], h)

    def adam(p, grads, state, step, rate):
        mean = tree_map(lambda m, g: 0.9 * m + 0.1 * g, state["mean"], grads)
        square = tree_map(lambda v, g: 0.999 * v + 0.001 * g * g, state["square"], grads)
        bias1 = -jnp.expm1(step * math.log(0.9))
        root2 = jnp.sqrt(-jnp.expm1(step * math.log(0.999)))
        p = tree_map(lambda q, m, v: q - rate / bias1 * m / (jnp.sqrt(v) / root2 + 1e-8), p, mean, square)
        return p, {"mean": mean, "square": square}

    def clip(grads, limit):
        norm = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(grads)))
        scale = jnp.minimum(1.0, limit / (norm + 1e-6))
        return tree_map(lambda g: g * scale, grads)

    def move(average, target, rate):
        return tree_map(lambda a, t: a + rate * (t - a), average, target)

    def update(state, batch):
        step = state["step"] + 1
        clock = step.astype(jnp.float32)
        ema = state["ema"]
        z = encode(ema, batch)
        observation = batch["nextObservation"]
        action = sample(ema, constants(ema, observation, z), batch["targetNoise"])
        worst = jnp.minimum(*(value(q, observation, action, z) for q in state["targetCritic"].values()))
        y = batch["reward"] + c["gamma"] * batch["notDone"] * worst

        def critic_loss(p):
            return sum(jnp.mean((value(q, batch["observation"], batch["action"], z) - y) ** 2) for q in p.values())

        scale = batch["learningRateScale"]
        grads = clip(jax.grad(critic_loss)(state["critic"]), c["criticGradientClip"])
        critic, critic_moments = adam(state["critic"], grads, state["optim"]["critic"], clock, scale * c["criticLearningRate"])
        swap = batch["qSwap"] > 0.5
        picked = tree_map(lambda a, b: jnp.where(swap, b, a), critic["first"], critic["second"])
        other = tree_map(lambda a, b: jnp.where(swap, a, b), critic["first"], critic["second"])

        def policy_loss(p):
            parts = constants(p, batch["observation"], encode(p, batch))
            k = batch["timestep"]
            noisy = batch["action"] * signal[k][:, None] + batch["noise"] * noise_level[k][:, None]
            diffusion = jnp.mean((predict(p, noisy, parts[1] + parts[0][k]) - batch["noise"]) ** 2)
            action = sample(p, parts, batch["actorNoise"])
            maximised = value(picked, batch["observation"], action, z).mean()
            size = jnp.abs(value(other, batch["observation"], lax.stop_gradient(action), z)).mean()
            return diffusion - c["eta"] * maximised / lax.stop_gradient(size)

        loss, grads = jax.value_and_grad(policy_loss)(state["actor"])
        grads = clip(grads, c["actorGradientClip"])
        actor, actor_moments = adam(state["actor"], grads, state["optim"]["actor"], clock, scale * c["actorLearningRate"])
        return {
            "actor": actor,
            "ema": move(ema, actor, batch["emaRate"]),
            "critic": critic,
            "targetCritic": move(state["targetCritic"], critic, c["tau"]),
            "optim": {"actor": actor_moments, "critic": critic_moments},
            "step": step,
        }, loss

    return update


class NumpyData:
    """A made-up data set in memory and its batches: rows gathered, noise drawn, text disturbed."""

    def __init__(self, case):
        c, dims, sizes = case["config"], case["dims"], case["data"]
        self.config, self.sizes = c, sizes
        self.rng = rng = np.random.Generator(np.random.SFC64(0))
        normal = partial(rng.standard_normal, dtype=np.float32)
        rows = sizes["tasks"] * sizes["transitions"]
        self.rows = {
            "observation": normal((rows, dims["observation"])),
            "action": rng.random((rows, dims["action"]), np.float32) * 2 - 1,
            "reward": rng.random((rows, 1), np.float32),
            "nextObservation": normal((rows, dims["observation"])),
            "notDone": np.ones((rows, 1), np.float32),
        }
        self.texts = normal((sizes["tasks"], sizes["texts"], dims["text"]))
        self.prompts = normal((sizes["tasks"], sizes["prompts"], c["promptSteps"], dims["observation"] + dims["action"] + 1))
        self.normal = normal
        self.drawn = 0

    def batch(self):
        c, sizes, rng = self.config, self.sizes, self.rng
        groups, size = c["tasksPerBatch"], c["samplesPerTask"]
        count, action = groups * size, self.rows["action"].shape[1]
        tasks = rng.permutation(sizes["tasks"])[:groups]
        rows = (tasks[:, None] * sizes["transitions"] + rng.integers(sizes["transitions"], size=(groups, size))).ravel()
        batch = {name: values[rows] for name, values in self.rows.items()}
        if c["useText"]:
            text = self.texts[tasks, rng.integers(sizes["texts"], size=groups)]
            kept = rng.random((groups, 1), np.float32) >= c["textDropout"]
            batch["text"] = (text + np.float32(c["textNoise"]) * self.normal(text.shape)) * kept
        if c["useTrajectory"]:
            batch["prompt"] = self.prompts[tasks, rng.integers(sizes["prompts"], size=groups)]
        batch["noise"] = self.normal((count, action))
        batch["timestep"] = rng.integers(c["denoisingSteps"], size=count, dtype=np.int32)
        batch["actorNoise"] = self.normal((c["denoisingSteps"], count, action))
        batch["targetNoise"] = self.normal((c["denoisingSteps"], count, action))
        batch["qSwap"] = np.float32(rng.integers(2))
        batch["emaRate"] = np.float32(c["emaRate"] if self.drawn % c["emaEvery"] == 0 else 0)
        batch["learningRateScale"] = np.float32(1)
        self.drawn += 1
        return batch
