export { bareStep, chooseBackend, loadSimulation, type Contact, type LoadSimulationOptions, type Simulation, type SimulationBackend, type SimulationNameKind } from "./simulation.js";
export type { SimulationArrays } from "./arrays.js";
export { loadVisualModel, type MeshData, type PartShape, type TextureData, type VisualCamera, type VisualModel, type VisualPart } from "./visual-model.js";
