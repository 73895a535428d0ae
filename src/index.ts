/** The public face of the workbook: what notebooks import from "llmdpd". */
export { Rng } from "./util/index.js";
