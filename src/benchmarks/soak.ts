/** A long run of a small step, to see whether memory grows. */
import { compileStep, hostArray, pickDevice, treeMap, valueAndGrad, type Device, type HostArray, type PickedDevice, type Tensor } from "../engine/index.js";
import { Rng, type ProgressFn } from "../util/index.js";

/** Resident memory of the process after so many steps. */
export interface SoakRow {
  readonly steps: number;
  readonly rssMb: number;
  readonly loss: number;
}

export interface SoakReport {
  readonly device: PickedDevice;
  readonly rows: readonly SoakRow[];
  /** Growth from the middle of the run to its end, after allocators have settled. */
  readonly growthMb: number;
}

type Net<T> = { readonly w1: T; readonly b1: T; readonly w2: T; readonly b2: T };

/**
 * Trains a perceptron of two layers for many steps, a fresh batch each, reading the state now and then.
 *
 * @example const { growthMb } = await soak({ steps: 10_000 })
 */
export async function soak({ steps = 10_000, device = "auto", onProgress }: { steps?: number; device?: Device; onProgress?: ProgressFn } = {}): Promise<SoakReport> {
  const rng = new Rng(0);
  const random = (...shape: number[]): HostArray => hostArray(shape, rng.fillUniform(new Float32Array(shape.reduce((a, b) => a * b, 1)), { low: -0.2, high: 0.2 }));
  const state = { net: { w1: random(32, 64), b1: random(64), w2: random(64, 8), b2: random(8) } };
  const picked = await pickDevice(device);
  const update = ({ net }: { net: Net<Tensor> }, { x, y }: { x: Tensor; y: Tensor }): { state: { net: Net<Tensor> }; metrics: { loss: Tensor } } => {
    const [loss, gradient] = valueAndGrad((p: Net<Tensor>) => x.matmul(p.w1).add(p.b1).mish().matmul(p.w2).add(p.b2).sub(y).square().mean())(net);
    return { state: { net: treeMap<Tensor, Tensor, Net<Tensor>>((p, g) => p.sub(g.mul(0.01)), net, gradient) }, metrics: { loss } };
  };
  const step = await compileStep(update, { state, batch: { x: random(64, 32), y: random(64, 8) } }, { device: picked.device });
  const rows: SoakRow[] = [];
  const every = Math.max(1, Math.floor(steps / 10));
  for (let done = 0; done < steps; ) {
    const count = Math.min(every, steps - done);
    let loss = NaN;
    for (let i = 0; i < count; i++) loss = (await step.run({ x: random(64, 32), y: random(64, 8) }))[0]?.["loss"] ?? NaN;
    await step.readState();
    done += count;
    rows.push({ steps: done, rssMb: process.memoryUsage().rss / 1e6, loss });
    onProgress?.({ done, total: steps, label: "soak" });
  }
  step.dispose();
  const middle = rows[Math.floor((rows.length - 1) / 2)] as SoakRow;
  return { device: picked, rows, growthMb: (rows.at(-1) as SoakRow).rssMb - middle.rssMb };
}
