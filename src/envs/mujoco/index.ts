export { chooseBackend, loadSimulation, type Contact, type LoadSimulationOptions, type Simulation, type SimulationBackend, type SimulationNameKind } from "./simulation.js";
export type { SimulationArrays } from "./arrays.js";
