"""The LLMDPD update in PyTorch, with the optimisations that an expert would make.

The same algebra as the update it is compared with: what stays constant along a denoising chain is computed once, prompts
are encoded once per group, the critics get no gradient in the policy's loss. Separate critics, the fused Adam and
attention through `scaled_dot_product_attention` were the fastest of what was tried; so was compiling the two losses
rather than the whole step.
"""

import copy
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from schedule import time_embedding, variance_preserving


def mlp(*widths):
    layers = [module for pair in zip(widths, widths[1:]) for module in (nn.Mish(), nn.Linear(*pair))]
    return nn.Sequential(*layers[1:])


class Block(nn.Module):
    """Pre-norm transformer block."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.attention = nn.ModuleDict({"qkv": nn.Linear(width, 3 * width), "out": nn.Linear(width, width)})
        self.feed_forward_norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, 4 * width)
        self.contract = nn.Linear(4 * width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        qkv = self.attention["qkv"](self.attention_norm(x))
        query, key, value = qkv.view(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(batch, tokens, width)
        x = x + self.attention["out"](mixed)
        return x + self.contract(F.gelu(self.expand(self.feed_forward_norm(x))))


class TrajectoryEncoder(nn.Module):
    def __init__(self, c, token_width):
        super().__init__()
        width = c["transformer"]["width"]
        self.token = nn.Linear(token_width, width)
        self.position = nn.Parameter(torch.zeros(c["promptSteps"], width))
        self.layers = nn.Sequential(*[Block(width, c["transformer"]["heads"]) for _ in range(c["transformer"]["layers"])])
        self.out = nn.Linear(width, c["trajectoryWidth"])

    def forward(self, prompt):
        return self.out(self.layers(self.token(prompt) + self.position).mean(1))


def per_group(rows, groups):
    """Adds to the rows of each group its own row: (B, H) + (M, H)."""
    return (rows.view(len(groups), -1, rows.shape[1]) + groups[:, None]).view_as(rows)


class Input(nn.Module):
    """A first layer over several inputs, a weight for each."""

    def __init__(self, hidden, **widths):
        super().__init__()
        for name, width in widths.items():
            if width > 0:
                setattr(self, name, nn.Linear(width, hidden, bias=False))
        self.b = nn.Parameter(torch.zeros(hidden))


class Policy(nn.Module):
    def __init__(self, c, dims):
        super().__init__()
        self.schedule = variance_preserving(c["denoisingSteps"], c["betaMin"], c["betaMax"])
        context = 0
        if c["useText"]:
            self.text = mlp(dims["text"], c["textHidden"], c["textWidth"])
            context += c["textWidth"]
        if c["useTrajectory"]:
            self.trajectory = TrajectoryEncoder(c, dims["observation"] + dims["action"] + 1)
            context += c["trajectoryWidth"]
        width = c["timeWidth"]
        self.time = mlp(width, 2 * width, width)
        hidden = c["hidden"]
        self.net = nn.ModuleDict({
            "input": Input(hidden, action=dims["action"], time=width, observation=dims["observation"], context=context),
            "hidden": nn.ModuleList([nn.Linear(hidden, hidden) for _ in range(c["hiddenLayers"] - 1)]),
            "out": nn.Linear(hidden, dims["action"]),
        })
        self.register_buffer("embedding", torch.tensor(time_embedding(c["denoisingSteps"], width)), persistent=False)
        self.register_buffer("signal", torch.tensor(self.schedule.alpha_bar).sqrt(), persistent=False)
        self.register_buffer("noise", (1 - torch.tensor(self.schedule.alpha_bar)).sqrt(), persistent=False)

    def encode(self, batch):
        parts = []
        if hasattr(self, "text"):
            parts.append(self.text(batch["text"]))
        if hasattr(self, "trajectory"):
            parts.append(self.trajectory(batch["prompt"]))
        return torch.cat(parts, 1) if parts else None

    def constants(self, observation, z):
        first = self.net["input"]
        seen = F.linear(observation, first.observation.weight, first.b)
        return first.time(self.time(self.embedding)), seen if z is None else per_group(seen, first.context(z))

    def predict(self, x, first):
        h = F.mish(self.net["input"].action(x) + first)
        for layer in self.net["hidden"]:
            h = F.mish(layer(h))
        return self.net["out"](h)

    def sample(self, constants, noise):
        """The whole reverse chain; noise (T, B, A)."""
        time, condition = constants
        s = self.schedule
        x = noise[0]
        for k in reversed(range(s.steps)):
            predicted = self.predict(x, condition + time[k])
            x0 = (x * math.sqrt(1 / s.alpha_bar[k]) - predicted * math.sqrt(1 / s.alpha_bar[k] - 1)).clamp(-1, 1)
            if k == 0:
                return x0
            x = x0 * s.x0[k] + x * s.xt[k] + noise[s.steps - k] * math.sqrt(s.variance[k])


class Critic(nn.Module):
    def __init__(self, c, dims, context):
        super().__init__()
        hidden = c["hidden"]
        self.input = Input(hidden, observation=dims["observation"], action=dims["action"], context=context)
        self.hidden = nn.ModuleList([nn.Linear(hidden, hidden) for _ in range(c["hiddenLayers"] - 1)])
        self.out = nn.Linear(hidden, 1)

    def forward(self, observation, action, z):
        rows = F.linear(observation, self.input.observation.weight, self.input.b) + self.input.action(action)
        h = F.mish(rows if z is None else per_group(rows, self.input.context(z)))
        for layer in self.hidden:
            h = F.mish(layer(h))
        return self.out(h)


class TorchUpdate:
    """State, update and data of the benchmark."""

    def __init__(self, case, compiled):
        torch.set_num_threads(case["threads"])
        c, dims = case["config"], case["dims"]
        self.config = c
        self.actor = Policy(c, dims)
        self.ema = copy.deepcopy(self.actor).requires_grad_(False)
        context = self.actor.net["input"].context.in_features if hasattr(self.actor.net["input"], "context") else 0
        self.critics = nn.ModuleDict({name: Critic(c, dims, context) for name in ("first", "second")})
        self.targets = copy.deepcopy(self.critics).requires_grad_(False)
        self.actor_optimizer = torch.optim.Adam(self.actor.parameters(), c["actorLearningRate"], fused=True)
        self.critic_optimizer = torch.optim.Adam(self.critics.parameters(), c["criticLearningRate"], fused=True)
        self.critic_loss_of, self.policy_loss_of = self.critic_loss, self.policy_loss
        if compiled:
            self.critic_loss_of = torch.compile(self.critic_loss, dynamic=False)
            self.policy_loss_of = torch.compile(self.policy_loss, dynamic=False)

    def critic_loss(self, batch):
        with torch.no_grad():
            z = self.ema.encode(batch)
            observation = batch["nextObservation"]
            action = self.ema.sample(self.ema.constants(observation, z), batch["targetNoise"])
            worst = torch.minimum(*(target(observation, action, z) for target in self.targets.values()))
            y = batch["reward"] + self.config["gamma"] * batch["notDone"] * worst
        q = [critic(batch["observation"], batch["action"], z) for critic in self.critics.values()]
        return F.mse_loss(q[0], y) + F.mse_loss(q[1], y), z

    def policy_loss(self, batch, z, swap):
        actor = self.actor
        constants = actor.constants(batch["observation"], actor.encode(batch))
        k = batch["timestep"]
        noisy = batch["action"] * actor.signal[k, None] + batch["noise"] * actor.noise[k, None]
        diffusion = F.mse_loss(actor.predict(noisy, constants[1] + constants[0][k]), batch["noise"])
        action = actor.sample(constants, batch["actorNoise"])
        scaling, maximised = ("first", "second") if swap else ("second", "first")
        q = self.critics[maximised](batch["observation"], action, z).mean()
        with torch.no_grad():
            scale = self.critics[scaling](batch["observation"], action, z).abs().mean()
        return diffusion - self.config["eta"] * q / scale

    def update(self, batch):
        c = self.config
        critics, actor = list(self.critics.parameters()), list(self.actor.parameters())
        loss, z = self.critic_loss_of(batch)
        self.critic_optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(critics, c["criticGradientClip"])
        self.critic_optimizer.step()

        self.critics.requires_grad_(False)
        loss = self.policy_loss_of(batch, z, int(batch["qSwap"]))
        self.actor_optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(actor, c["actorGradientClip"])
        self.actor_optimizer.step()
        self.critics.requires_grad_(True)

        with torch.no_grad():
            torch._foreach_lerp_(list(self.targets.parameters()), critics, c["tau"])
            if batch["emaRate"] > 0:
                torch._foreach_lerp_(list(self.ema.parameters()), actor, float(batch["emaRate"]))
        return loss

    # Exchange of parameters: every named array is a view of one parameter.

    def load(self, arrays):
        with torch.no_grad():
            for name, view in self.named_views().items():
                view.copy_(torch.from_numpy(arrays[name]))

    def save(self):
        arrays = {name: view.numpy() for name, view in self.named_views().items()}
        steps = next(iter(self.actor_optimizer.state.values()))["step"]
        return {**arrays, "step": np.array(steps.item(), np.int32)}

    def named_views(self):
        views = {}
        for name, module, copied, optimizer in (
            ("actor", self.actor, ("ema", self.ema), self.actor_optimizer),
            ("critic", self.critics, ("targetCritic", self.targets), self.critic_optimizer),
        ):
            for path, parameter, view in leaves(module):
                state = optimizer.state[parameter]
                if not state:
                    state.update(step=torch.tensor(0.0), exp_avg=torch.zeros_like(parameter), exp_avg_sq=torch.zeros_like(parameter))
                views[f"{name}/{path}"] = view(parameter.detach())
                views[f"optim/{name}/mean/{path}"] = view(state["exp_avg"])
                views[f"optim/{name}/square/{path}"] = view(state["exp_avg_sq"])
            for path, parameter, view in leaves(copied[1]):
                views[f"{copied[0]}/{path}"] = view(parameter.detach())
        return views


def as_is(tensor):
    return tensor


def leaves(module, path=""):
    """Path, parameter and view of each array, named as in the exchanged files: a linear layer is {w (in, out), b}, one
    without bias is its weight alone."""
    join = lambda name: f"{path}/{name}" if path else name  # noqa: E731
    if isinstance(module, nn.Linear):
        yield (path if module.bias is None else join("w")), module.weight, torch.t
        if module.bias is not None:
            yield join("b"), module.bias, as_is
        return
    if isinstance(module, nn.LayerNorm):
        yield join("scale"), module.weight, as_is
        yield join("shift"), module.bias, as_is
        return
    for name, parameter in module.named_parameters(recurse=False):
        yield join(name), parameter, as_is
    numbered = isinstance(module, (nn.Sequential, nn.ModuleList))
    children = [(name, child) for name, child in module.named_children() if any(True for _ in child.parameters())]
    for index, (name, child) in enumerate(children):
        first, *rest = name.split("_")
        yield from leaves(child, join(str(index) if numbered else first + "".join(part.capitalize() for part in rest)))


class TorchData:
    """A made-up data set in memory and its batches: rows gathered, noise drawn, text disturbed."""

    def __init__(self, case):
        c, dims, sizes = case["config"], case["dims"], case["data"]
        self.config, self.sizes = c, sizes
        rows = sizes["tasks"] * sizes["transitions"]
        torch.manual_seed(0)
        self.rows = {
            "observation": torch.randn(rows, dims["observation"]),
            "action": torch.rand(rows, dims["action"]) * 2 - 1,
            "reward": torch.rand(rows, 1),
            "nextObservation": torch.randn(rows, dims["observation"]),
            "notDone": torch.ones(rows, 1),
        }
        self.texts = torch.randn(sizes["tasks"], sizes["texts"], dims["text"])
        self.prompts = torch.randn(sizes["tasks"], sizes["prompts"], c["promptSteps"], dims["observation"] + dims["action"] + 1)
        self.drawn = 0

    def batch(self):
        c, sizes = self.config, self.sizes
        groups, size = c["tasksPerBatch"], c["samplesPerTask"]
        count, action = groups * size, self.rows["action"].shape[1]
        tasks = torch.randperm(sizes["tasks"])[:groups]
        rows = (tasks[:, None] * sizes["transitions"] + torch.randint(sizes["transitions"], (groups, size))).flatten()
        batch = {name: values[rows] for name, values in self.rows.items()}
        if c["useText"]:
            text = self.texts[tasks, torch.randint(sizes["texts"], (groups,))]
            kept = torch.rand(groups, 1) >= c["textDropout"]
            batch["text"] = (text + c["textNoise"] * torch.randn_like(text)) * kept
        if c["useTrajectory"]:
            batch["prompt"] = self.prompts[tasks, torch.randint(sizes["prompts"], (groups,))]
        batch["noise"] = torch.randn(count, action)
        batch["timestep"] = torch.randint(c["denoisingSteps"], (count,))
        batch["actorNoise"] = torch.randn(c["denoisingSteps"], count, action)
        batch["targetNoise"] = torch.randn(c["denoisingSteps"], count, action)
        batch["qSwap"] = int(torch.randint(2, ()))
        batch["emaRate"] = c["emaRate"] if self.drawn % c["emaEvery"] == 0 else 0.0
        self.drawn += 1
        return batch


class TorchPeer:
    def __init__(self, case, mode):
        self.model = TorchUpdate(case, compiled=mode == "compiled")
        self.data = TorchData(case)
        self.version = torch.__version__

    def load(self, arrays):
        self.model.load(arrays)

    def save(self):
        return self.model.save()

    def given(self, arrays):
        """An update on an exchanged batch."""
        self.model.update({name: torch.from_numpy(np.asarray(array)) for name, array in arrays.items()})

    def run(self, steps):
        for _ in range(steps):
            loss = self.model.update(self.data.batch())
        return loss.item()
