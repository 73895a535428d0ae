"""Records updates of Diffusion-QL in PyTorch, from which the tests learn whether ours are the paper's.

Wang, Hunt and Zhou, "Diffusion Policies as an Expressive Policy Class for Offline Reinforcement Learning",
arXiv 2208.06193, algorithm 1, written down with ordinary layers on joined inputs, autograd and torch.optim. Where the
paper's text and its authors' program differ, this follows the program:

- the reverse process predicts the clean action, clips it to [-1, 1] and takes mean and variance of DDPM's posterior
  (arXiv 2006.11239, eq. 7); the text has the unclipped mean and the variance beta_i;
- the Q loss is of one critic at the policy's action, divided by the mean |Q| of the other at the same action (a coin
  says which is which); the text divides by the mean |Q| at the data's actions;
- one gradient-norm limit for both networks, and a moving average of the policy every 5 updates from update 1000
  (counted from 0).

Everything is computed in float64 from inputs that float32 holds exactly; results are rounded to float32 on writing.
The authors' program itself (github.com/Zhendong-Wang/Diffusion-Policies-for-Offline-RL at d871f5c, its hidden width set
to 24, its draws replaced by the recorded ones), run once on these inputs, gave every result within 5e-8.

    .venv-bench/bin/python test/golden/diffusion-ql/make.py    (torch and numpy, from `npx --no llmdpd bench setup`)

The file's tensors: CASE/state/k/GROUP/PARAMETER after k updates (weights as PyTorch has them, (outputs, inputs)),
CASE/batch/k/NAME and CASE/metrics/k/NAME of update k, CASE/clip. Noise of chains is (T, B, A): first the pure noise, then
what each denoising step but the last adds.
"""

import copy
import math
import platform
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "src" / "benchmarks" / "python"))
from exchange import write_tensors  # noqa: E402  (reads and writes the file format, nothing else)

OBSERVATION, ACTION = 11, 3  # hopper's
HIDDEN, TIME_WIDTH, BATCH, STEPS = 24, 16, 32, 5
UPDATES = 2
GAMMA, RHO, EMA_DECAY, EMA_EVERY, EMA_FROM, LEARNING_RATE, ETA = 0.99, 0.995, 0.995, 5, 1000, 3e-4, 1.0
BETA_MIN, BETA_MAX = 0.1, 10.0


# --- the model ---------------------------------------------------------------------------------------------------------


def perceptron(inputs, outputs):
    return nn.Sequential(
        nn.Linear(inputs, HIDDEN), nn.Mish(), nn.Linear(HIDDEN, HIDDEN), nn.Mish(),
        nn.Linear(HIDDEN, HIDDEN), nn.Mish(), nn.Linear(HIDDEN, outputs),
    )  # fmt: skip


class Policy(nn.Module):
    """epsilon_theta(a^i, s, i), and the chain of denoising steps that makes an action of noise."""

    def __init__(self):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(TIME_WIDTH, 2 * TIME_WIDTH), nn.Mish(), nn.Linear(2 * TIME_WIDTH, TIME_WIDTH))
        self.net = perceptron(ACTION + TIME_WIDTH + OBSERVATION, ACTION)
        i = torch.arange(1, STEPS + 1)
        self.beta = 1 - torch.exp(-BETA_MIN / STEPS - 0.5 * (BETA_MAX - BETA_MIN) * (2 * i - 1) / STEPS**2)
        self.alpha = 1 - self.beta
        self.alpha_bar = torch.cumprod(self.alpha, 0)
        self.alpha_bar_before = torch.cat([torch.ones(1), self.alpha_bar[:-1]])

    def epsilon(self, noisy, observation, i):
        half = TIME_WIDTH // 2
        angles = i[:, None] * torch.exp(-torch.arange(half) * math.log(10000) / (half - 1))
        time = self.time(torch.cat([angles.sin(), angles.cos()], dim=1))
        return self.net(torch.cat([noisy, time, observation], dim=1))

    def act(self, observation, noise):
        x = noise[0]
        for drawn, i in enumerate(reversed(range(STEPS)), start=1):
            rows = torch.full((len(x),), i)
            predicted = self.epsilon(x, observation, rows)
            clean = (x - (1 - self.alpha_bar[i]).sqrt() * predicted) / self.alpha_bar[i].sqrt()
            clean = clean.clamp(-1, 1)
            a_bar, before, alpha, beta = self.alpha_bar[i], self.alpha_bar_before[i], self.alpha[i], self.beta[i]
            x = (before.sqrt() * beta * clean + alpha.sqrt() * (1 - before) * x) / (1 - a_bar)
            if i > 0:
                x = x + ((1 - before) / (1 - a_bar) * beta).sqrt() * noise[drawn]
        return x.clamp(-1, 1)

    def diffusion_loss(self, observation, action, noise, i):
        a_bar = self.alpha_bar[i][:, None]
        return F.mse_loss(self.epsilon(a_bar.sqrt() * action + (1 - a_bar).sqrt() * noise, observation, i), noise)


class Critics(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = perceptron(OBSERVATION + ACTION, 1)
        self.second = perceptron(OBSERVATION + ACTION, 1)

    def forward(self, observation, action):
        rows = torch.cat([observation, action], dim=1)
        return self.first(rows), self.second(rows)


# --- one update --------------------------------------------------------------------------------------------------------


class Learner:
    def __init__(self, actor, ema, critic, target, step, clip):
        self.actor, self.ema, self.critic, self.target, self.step, self.clip = actor, ema, critic, target, step, clip
        self.actor_optimiser = torch.optim.Adam(actor.parameters(), lr=LEARNING_RATE)
        self.critic_optimiser = torch.optim.Adam(critic.parameters(), lr=LEARNING_RATE)

    def update(self, batch):
        s, a, next_s = batch["observation"], batch["action"], batch["nextObservation"]

        with torch.no_grad():
            next_a = self.ema.act(next_s, batch["targetNoise"])
            next_q = torch.minimum(*self.target(next_s, next_a))
            y = batch["reward"] + GAMMA * (1 - batch["done"]) * next_q
        q1, q2 = self.critic(s, a)
        critic_loss = F.mse_loss(q1, y) + F.mse_loss(q2, y)
        self.critic_optimiser.zero_grad()
        critic_loss.backward()
        critic_norm = nn.utils.clip_grad_norm_(self.critic.parameters(), self.clip)
        self.critic_optimiser.step()

        diffusion_loss = self.actor.diffusion_loss(s, a, batch["noise"], batch["timestep"])
        values = self.critic(s, self.actor.act(s, batch["actorNoise"]))
        judge, other = values if batch["maximised"] == 1 else reversed(values)
        q_loss = -judge.mean() / other.abs().mean().detach()
        self.actor_optimiser.zero_grad()
        (diffusion_loss + ETA * q_loss).backward()
        actor_norm = nn.utils.clip_grad_norm_(self.actor.parameters(), self.clip)
        self.actor_optimiser.step()

        with torch.no_grad():
            if self.step >= EMA_FROM and self.step % EMA_EVERY == 0:
                follow(self.ema, self.actor, EMA_DECAY)
            follow(self.target, self.critic, RHO)
        self.step += 1
        metrics = {
            "criticLoss": critic_loss, "diffusionLoss": diffusion_loss, "qLoss": q_loss, "meanQ": (q1.mean() + q2.mean()) / 2,
            "actorGradientNorm": actor_norm, "criticGradientNorm": critic_norm,
        }  # fmt: skip
        return {name: float(value.detach()) for name, value in metrics.items()}

    def state(self):
        """Named arrays of everything that an update changes."""
        arrays = {"step": np.array(self.step, np.int32)}
        for group in ("actor", "ema", "critic", "target"):
            arrays |= {f"{group}/{name}": numbers(value) for name, value in getattr(self, group).named_parameters()}
        for group, optimiser in (("actor", self.actor_optimiser), ("critic", self.critic_optimiser)):
            for name, parameter in getattr(self, group).named_parameters():
                moments = optimiser.state[parameter]
                arrays[f"{group}Mean/{name}"] = numbers(moments["exp_avg"])
                arrays[f"{group}Square/{name}"] = numbers(moments["exp_avg_sq"])
        return arrays


def follow(average, model, decay):
    for old, new in zip(average.parameters(), model.parameters(), strict=True):
        old.copy_(decay * old + (1 - decay) * new)


def numbers(tensor):
    return tensor.detach().numpy().astype(np.float32)


# --- what it starts from -----------------------------------------------------------------------------------------------


class Draws:
    """Random numbers that float32 holds exactly, in float64."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def normal(self, *shape):
        return exact(self.rng.standard_normal(shape))

    def uniform(self, *shape):
        return exact(self.rng.random(shape))


def exact(values):
    return torch.from_numpy(np.asarray(values, np.float32).astype(np.float64))


def shrink(tensor):
    return exact(tensor.numpy())


@torch.no_grad()
def draw_weights(module, draws):
    for parameter in module.parameters():
        scale = 1.3 / math.sqrt(parameter.shape[1]) if parameter.dim() == 2 else 0.1
        parameter.copy_(shrink(scale * draws.normal(*parameter.shape)))


@torch.no_grad()
def nearby(module, draws):
    """A copy somewhat off, as averages and targets are."""
    other = copy.deepcopy(module)
    for parameter in other.parameters():
        parameter.copy_(shrink(parameter + 0.02 * draws.normal(*parameter.shape)))
    return other


@torch.no_grad()
def draw_learner(draws, case):
    actor, critic = Policy(), Critics()
    draw_weights(actor, draws)
    draw_weights(critic, draws)
    for one in (critic.first, critic.second):
        one[-1].weight.copy_(shrink(case["spread"] * one[-1].weight))
        one[-1].bias.fill_(case["value"])
    learner = Learner(actor, nearby(actor, draws), critic, nearby(critic, draws), case["step"], case["clip"])
    for optimiser in (learner.actor_optimiser, learner.critic_optimiser):
        for parameter in optimiser.param_groups[0]["params"]:
            warm = 1.0 if case["step"] > 0 else 0.0
            optimiser.state[parameter] = {
                "step": torch.tensor(float(case["step"]), dtype=torch.float32),
                "exp_avg": shrink(warm * 0.03 * draws.normal(*parameter.shape)),
                "exp_avg_sq": shrink(warm * (0.05 * torch.exp(0.5 * draws.normal(*parameter.shape))) ** 2),
            }
    return learner


def draw_batch(draws, maximised):
    speeds = torch.tensor([1.0] * 5 + [2.5] * 6)
    observation = shrink(speeds * draws.normal(BATCH, OBSERVATION))
    done = torch.zeros(BATCH, 1)
    done[::7] = 1
    return {
        "observation": observation,
        "action": (1.2 * (2 * draws.uniform(BATCH, ACTION) - 1)).clamp(-1, 1).float().double(),
        "reward": shrink((3 + 0.8 * draws.normal(BATCH, 1)).clamp(0.5, 6)),
        "nextObservation": shrink(observation + 0.3 * speeds * draws.normal(BATCH, OBSERVATION)),
        "done": done,
        "noise": draws.normal(BATCH, ACTION),
        "timestep": torch.from_numpy(draws.rng.integers(0, STEPS, BATCH)),
        "actorNoise": draws.normal(STEPS, BATCH, ACTION),
        "targetNoise": draws.normal(STEPS, BATCH, ACTION),
        "maximised": torch.tensor(maximised),
    }


# `late`: values of a trained hopper, gradients above the limit, the average due in update 1000 and not in 1001.
# `first`: values of both signs about zero, moments of zero, gradients below the limit, the average not due.
CASES = {
    "late": {"seed": 1, "step": 1000, "clip": 5.0, "clips": True, "value": 250.0, "spread": 5.0, "maximised": (1, 2)},
    "first": {"seed": 2, "step": 0, "clip": 100.0, "clips": False, "value": 0.0, "spread": 1.0, "maximised": (2, 1)},
}


def main():
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    arrays = {}
    for name, case in CASES.items():
        draws = Draws(case["seed"])
        learner = draw_learner(draws, case)
        arrays[f"{name}/clip"] = np.array(case["clip"], np.float32)
        states = [learner.state()]
        for k, maximised in enumerate(case["maximised"]):
            batch = draw_batch(draws, maximised)
            metrics = learner.update(batch)
            assert all((metrics[f"{network}GradientNorm"] > case["clip"]) == case["clips"] for network in ("actor", "critic"))
            print(name, k, {key: round(value, 6) for key, value in metrics.items()})
            states.append(learner.state())
            for key, value in batch.items():
                whole = key in ("timestep", "maximised")
                arrays[f"{name}/batch/{k}/{key}"] = value.numpy().astype(np.int32) if whole else numbers(value)
            arrays |= {f"{name}/metrics/{k}/{key}": np.array(value, np.float32) for key, value in metrics.items()}
        for k, state in enumerate(states):
            arrays |= {f"{name}/state/{k}/{key}": value for key, value in state.items()}
    metadata = {
        "made by": "test/golden/diffusion-ql/make.py",
        "source": "Diffusion-QL, arXiv 2208.06193",
        "precision": "computed in float64, rounded to float32",
        "torch": torch.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
    path = HERE / "updates.safetensors"
    write_tensors(path, arrays, metadata)
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
