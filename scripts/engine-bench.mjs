// Times the core of a Diffusion-QL update on the engine: twin critics, denoising chain with gradient, Adam, EMA.
// usage: [taskset -c 0] node scripts/engine-bench.mjs [--batch 256] [--hidden 256] [--steps 30] [--device xla] [--twin batched|pair] [--reference]
import { parseArgs } from "node:util";
import { compileStep, concat, constant, hostArray, stack, traceGraph, treeMap, valueAndGrad } from "../dist/engine/index.js";
import { Rng } from "../dist/util/index.js";

const { values: options } = parseArgs({ options: { batch: { type: "string", default: "256" }, hidden: { type: "string", default: "256" }, steps: { type: "string", default: "30" }, device: { type: "string", default: "xla" }, twin: { type: "string", default: "pair" }, reference: { type: "boolean", default: false } } });
const [B, H, steps] = [options.batch, options.hidden, options.steps].map(Number);
const [S, A, C, T] = [39, 4, 128, 5];
const rng = new Rng(1);
const normal = (...shape) => hostArray(shape, rng.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))));
const weights = (...shape) => hostArray(shape, rng.fillUniform(new Float32Array(shape.reduce((a, b) => a * b, 1)), { low: -1 / Math.sqrt(shape.at(-2)), high: 1 / Math.sqrt(shape.at(-2)) }));
const zero = (...shape) => hostArray(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)));
const layer = (i, o) => ({ w: weights(i, o), b: zero(o) });

const betas = Array.from({ length: T }, (_, i) => 1 - Math.exp(-0.1 / T - (0.5 * 9.9 * (2 * i + 1)) / T ** 2));
const bars = betas.map((_, i) => betas.slice(0, i + 1).reduce((p, b) => p * (1 - b), 1));
const before = [1, ...bars.slice(0, -1)];
const embedding = Array.from({ length: T }, (_, t) => [Math.sin, Math.cos].flatMap((f) => Array.from({ length: 8 }, (_, k) => f(t * Math.exp((-Math.log(1e4) * k) / 7)))));

const dense = (p, x) => x.matmul(p.w).add(p.b);
const denoise = (p, x, te, fixed) => dense(p.o, dense(p.l3, dense(p.l2, x.matmul(p.x).add(te.matmul(p.t)).add(fixed).mish()).mish()).mish());
const timeOf = (p, te) => dense(p.t2, dense(p.t1, te).mish());
const chain = (p, s, c, first, noise) => {
  const fixed = concat([s, c]).matmul(p.s).add(p.b);
  let x = first;
  for (let i = T - 1; i >= 0; i--) {
    const e = denoise(p, x, timeOf(p, constant(hostArray([1, 16], embedding[i]))), fixed);
    const x0 = x.mul(Math.sqrt(1 / bars[i])).sub(e.mul(Math.sqrt(1 / bars[i] - 1))).clip(-1, 1);
    x = x0.mul((betas[i] * Math.sqrt(before[i])) / (1 - bars[i])).add(x.mul(((1 - before[i]) * Math.sqrt(1 - betas[i])) / (1 - bars[i])));
    if (i > 0) x = x.add(noise.at(0, i - 1).mul(Math.sqrt((betas[i] * (1 - before[i])) / (1 - bars[i]))));
  }
  return x.clip(-1, 1);
};
const twin = options.twin === "batched"
  ? (p, x) => {
      const pre = (q, h) => h.matmul(q.w).add(q.b.expandDims(1));
      const q = pre(p.o, pre(p.l3, pre(p.l2, pre(p.l1, x.expandDims(0)).mish()).mish()).mish());
      return [q.at(0, 0), q.at(0, 1)];
    }
  : (p, x) => [0, 1].map((k) => dense(p[k].o, dense(p[k].l3, dense(p[k].l2, dense(p[k].l1, x).mish()).mish()).mish()));
const adam = ({ params, m, v }, g) => {
  const m1 = treeMap((m, g) => m.mul(0.9).add(g.mul(0.1)), m, g);
  const v1 = treeMap((v, g) => v.mul(0.999).add(g.square().mul(0.001)), v, g);
  return { params: treeMap((p, m, v) => p.sub(m.mul(3e-4).div(v.sqrt().add(1e-8))), params, m1, v1), m: m1, v: v1 };
};
const follow = (old, now) => treeMap((o, n) => o.mul(0.995).add(n.mul(0.005)), old, now);
const update = (state, b) => {
  const next = chain(state.ema, b.s2, b.c, b.x2, b.z2);
  const [t1, t2] = twin(state.target, concat([b.s2, b.c, next]));
  const y = b.r.add(b.live.mul(0.99).mul(t1.minimum(t2))).stopGradient();
  const [criticLoss, cg] = valueAndGrad((p) => twin(p, concat([b.s, b.c, b.a])).map((q) => q.sub(y).square().mean()).reduce((x, y) => x.add(y)))(state.critic.params);
  const critic = adam(state.critic, cg);
  const [actorLoss, ag] = valueAndGrad((p) => {
    const fixed = concat([b.s, b.c]).matmul(p.s).add(p.b);
    const noisy = b.a.mul(0.7).add(b.eps.mul(0.7));
    const bc = denoise(p, noisy, timeOf(p, b.te), fixed).sub(b.eps).square().mean();
    const [q1, q2] = twin(critic.params, concat([b.s, b.c, chain(p, b.s, b.c, b.x1, b.z1)]));
    return bc.sub(q1.mean().div(q2.abs().mean().stopGradient()));
  })(state.actor.params);
  const actor = adam(state.actor, ag);
  return { state: { actor, critic, ema: follow(state.ema, actor.params), target: follow(state.target, critic.params) }, metrics: { criticLoss, actorLoss } };
};

const actor = { t1: layer(16, 32), t2: layer(32, 16), x: weights(A, H), t: weights(16, H), s: weights(S + C, H), b: zero(H), l2: layer(H, H), l3: layer(H, H), o: layer(H, A) };
const sizes = [[S + A + C, H], [H, H], [H, H], [H, 1]];
const single = () => Object.fromEntries(["l1", "l2", "l3", "o"].map((name, i) => [name, layer(...sizes[i])]));
const critic = options.twin === "batched" ? Object.fromEntries(["l1", "l2", "l3", "o"].map((name, i) => [name, { w: weights(2, ...sizes[i]), b: zero(2, sizes[i][1]) }])) : [single(), single()];
const withMoments = (params) => ({ params, m: treeMap((p) => zero(...p.shape), params), v: treeMap((p) => zero(...p.shape), params) });
const state = { actor: withMoments(actor), critic: withMoments(critic), ema: actor, target: critic };
const batch = { s: normal(B, S), s2: normal(B, S), a: normal(B, A), r: normal(B, 1), live: hostArray([B, 1], new Float32Array(B).fill(1)), c: normal(B, C), te: normal(B, 16), eps: normal(B, A), x1: normal(B, A), x2: normal(B, A), z1: normal(T - 1, B, A), z2: normal(T - 1, B, A) };

/** Processor time in milliseconds: on a busy machine the clock on the wall says little. */
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
let start = cpu();
const graph = await traceGraph(update, [state, batch]);
const traced = cpu() - start;
start = cpu();
const step = await compileStep(update, { state, batch }, { device: options.device });
const compiled = cpu() - start;
const [first] = await step.run(batch);
await step.run(Array(5).fill(batch));
const times = [];
const spent = [];
for (let i = 0; i < steps; i++) {
  start = performance.now();
  const before = cpu();
  await step.run(batch);
  times.push(performance.now() - start);
  spent.push(cpu() - before);
}
spent.sort((a, b) => a - b);
times.sort((a, b) => a - b);
console.log(JSON.stringify({ batch: B, hidden: H, nodes: graph.nodes.length, dots: graph.nodes.filter((node) => node.op === "dot").length, traceCpuMs: Math.round(traced), compileCpuMs: Math.round(compiled), stepCpuMs: +spent[steps >> 1].toFixed(2), minCpuMs: +spent[0].toFixed(2), medianMs: +times[steps >> 1].toFixed(2), minMs: +times[0].toFixed(2), rssMb: Math.round(process.memoryUsage().rss / 1e6), losses: first }));
if (options.reference) {
  const reference = await compileStep(update, { state, batch }, { device: "jax-js" });
  console.log("jax-js", JSON.stringify((await reference.run(batch))[0]));
}
process.exit(0);
