import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { treeEntries, type Device, type HostArray, type Tree } from "../engine/index.js";
import { median } from "../stats/index.js";
import { Rng, UserError, messageOf, projectRoot, workerUrl } from "../util/index.js";
import { agreementTolerance, compareStates, type Disagreement } from "./agreement.js";
import { pinning } from "./cores.js";
import { benchPython } from "./environment.js";
import { exportState, readArrays, writeArrays } from "./exchange.js";
import { Peer } from "./peer.js";
import { ownSide, stepCase, type StepCase, type StepShape } from "./step-case.js";

/** Medians of one case, in milliseconds per update; null where a peer gave up. */
export interface StepResult extends StepShape {
  readonly ours_ms: number;
  readonly torch_eager_ms: number | null;
  readonly torch_compiled_ms: number | null;
  readonly jax_ms: number | null;
  /** Ours over the faster of the two PyTorch. */
  readonly ratio: number | null;
  /** Processor time of each peer, over all cores: less sensitive to other load than the clock. */
  readonly cpu_ms: Readonly<Record<string, number>>;
  /** Largest disagreement with each peer after five updates. */
  readonly agreement: Readonly<Record<string, number>>;
  /** What we ran on, and how long tracing and compiling took. */
  readonly device: string;
  readonly compile_ms: number;
  readonly rss_mb: number;
  /** Whether the processes were pinned to their cores. */
  readonly pinned: boolean;
  /** Why a peer has no figure. */
  readonly notes: readonly string[];
}

export interface StepBenchOptions {
  /** Blocks per peer (default 12). */
  readonly rounds?: number;
  /** Updates in a block (default 10). */
  readonly steps?: number;
  readonly device?: Device;
  /** Whom to compare with (default all). */
  readonly peers?: readonly Exclude<PeerName, "ours">[];
  readonly say?: (line: string) => void;
}

type PeerName = "ours" | "torch-eager" | "torch-compiled" | "jax";

/** What a peer reports of a block of updates, per update. */
interface Block {
  readonly ms: number;
  readonly cpuMs: number;
  readonly rssMb?: number;
}

/** Compiling may take minutes on a busy machine; a peer that takes longer is left out. */
const startMs = 300_000;
const checkMs = 300_000;
const blockMs = 120_000;

/**
 * Times the whole update of one case against the same update in PyTorch and JAX: first all take five updates from the
 * same parameters on the same batches and must agree, then they run in turns, in short blocks, while the others sleep.
 *
 * @throws UserError if a peer computes something else, or the environment of the peers is not set up
 */
export async function benchStep(shape: StepShape, options: StepBenchOptions = {}): Promise<StepResult> {
  const { rounds = 12, steps = 10, device = "auto", peers: others = ["torch-eager", "torch-compiled", "jax"], say = () => undefined } = options;
  const benchCase = stepCase(shape);
  const python = await benchPython();
  const folder = await mkdtemp(join(tmpdir(), "llmdpd-bench-"));
  const peers = new Map<PeerName, Peer>();
  try {
    const { threads } = shape;
    const files = await writeCase(benchCase, { folder });
    const pin = pinning(threads);
    const notes: string[] = [];
    for (const name of ["ours", ...others] as const) peers.set(name, startPeer(name, { python, pin, threads }));

    const ours = peers.get("ours") as Peer;
    const started = await ours.request<{ version: string; compileMs: number }>({ do: "start", case: files.case, device }, { timeoutMs: startMs });
    const agreement: Record<string, number> = {};
    let reference: Map<string, HostArray> | undefined;
    for (const [name, peer] of peers) {
      say(`${name}: five updates`);
      try {
        if (name !== "ours") await peer.request({ do: "start", case: files.case }, { timeoutMs: startMs });
        const result = join(folder, `${name}.safetensors`);
        await peer.request({ do: "check", state: files.state, batches: files.batches, result }, { timeoutMs: checkMs });
        const state = await readArrays(result);
        if (reference === undefined) reference = state;
        else agreement[name] = demandAgreement(compareStates(reference, state), { name });
        await peer.request({ do: "time", steps: 5 }, { timeoutMs: checkMs });
      } catch (error) {
        // PyTorch's compiler needs a C++ compiler and patience; everything else must work.
        if (name !== "torch-compiled" || error instanceof UserError) throw error;
        notes.push(messageOf(error));
        peer.stop();
        peers.delete(name);
      }
    }

    const blocks = new Map<PeerName, Block[]>([...peers.keys()].map((name) => [name, []]));
    let rssMb = 0;
    for (let round = 0; round < rounds; round++) {
      say(`round ${round + 1} of ${rounds}`);
      for (const [name, peer] of round % 2 === 0 ? [...peers] : [...peers].toReversed()) {
        const block = await peer.request<Block>({ do: "time", steps }, { timeoutMs: blockMs });
        blocks.get(name)?.push(block);
        rssMb = Math.max(rssMb, block.rssMb ?? 0);
      }
    }
    const medianOf = (name: PeerName): number | null => {
      const list = blocks.get(name);
      return list === undefined ? null : median(list.map((block) => block.ms));
    };
    const oursMs = medianOf("ours") as number;
    const torch = [medianOf("torch-eager"), medianOf("torch-compiled")].filter((ms) => ms !== null);
    return {
      ...shape,
      ours_ms: oursMs,
      torch_eager_ms: medianOf("torch-eager"),
      torch_compiled_ms: medianOf("torch-compiled"),
      jax_ms: medianOf("jax"),
      ratio: torch.length === 0 ? null : oursMs / Math.min(...torch),
      cpu_ms: Object.fromEntries([...blocks].map(([name, list]) => [name, median(list.map((block) => block.cpuMs))])),
      agreement,
      device: started.version,
      compile_ms: started.compileMs,
      rss_mb: rssMb,
      pinned: pin.length > 0,
      notes,
    };
  } finally {
    for (const peer of peers.values()) peer.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function startPeer(name: PeerName, { python, pin, threads }: { python: string; pin: readonly string[]; threads: number }): Peer {
  if (name === "ours") return new Peer(name, [...pin, process.execPath, fileURLToPath(workerUrl(import.meta.url, "./step-peer.js"))], { env: { TF_CPP_MIN_LOG_LEVEL: "3" } });
  // The sources of the counterparts are not compiled: they are read where they lie.
  const script = join(projectRoot(), "src", "benchmarks", "python", "peer.py");
  return new Peer(name, [...pin, python, script, name], { env: { OMP_NUM_THREADS: String(threads), PYTHONDONTWRITEBYTECODE: "1", TF_CPP_MIN_LOG_LEVEL: "3" } });
}

/** Writes the case, the first state and five batches with their noise. */
async function writeCase(benchCase: StepCase, { folder }: { folder: string }): Promise<{ case: string; state: string; batches: string }> {
  const files = { case: join(folder, "case.json"), state: join(folder, "state.safetensors"), batches: join(folder, "batches.safetensors") };
  const { method, sampler } = ownSide(benchCase, { buffers: 5 });
  const batches = Object.fromEntries(Array.from({ length: 5 }, (_, step) => [String(step), sampler.sample(step)]));
  await writeFile(files.case, JSON.stringify(benchCase));
  await writeFile(files.state, writeArrays(exportState(method.initState(new Rng(0)))));
  await writeFile(files.batches, writeArrays(new Map(treeEntries(batches as unknown as Tree<HostArray>))));
  return files;
}

function demandAgreement(errors: readonly Disagreement[], { name }: { name: string }): number {
  const worst = errors[0];
  if (worst === undefined || worst.error <= agreementTolerance) return worst?.error ?? 0;
  const list = errors.slice(0, 5).map(({ path, error, absolute }) => `${path} ${error.toExponential(2)}${absolute ? " (absolute)" : ""}`);
  throw new UserError(`Cannot compare with ${name}: after five updates from the same start every tensor must agree within ${agreementTolerance}, got ${list.join(", ")}. One of the two computes something else.`);
}
