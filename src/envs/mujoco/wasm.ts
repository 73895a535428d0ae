import { UserError } from "../../util/index.js";
import type { Simulation } from "./simulation.js";

/** Loads a scene into MuJoCo's WebAssembly build. */
export async function loadWasm(path: string, { xml }: { xml: string; assets: string }): Promise<Simulation> {
  throw new UserError(`Cannot load scene "${xml}" from ${path}: the WebAssembly backend is not built in yet.`);
}
