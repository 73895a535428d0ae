import type { Arm } from "./arm.js";
import { type Quat, type Vec3, add } from "./vec.js";

const origin: Vec3 = [0, 0, 0];

/** Position of a body, plus an offset along the world's axes. */
export const bodyAt = (name: string, offset: Vec3 = origin) => (arm: Arm): Vec3 => add(arm.body(name), offset);
export const geomAt = (name: string, offset: Vec3 = origin) => (arm: Arm): Vec3 => add(arm.geom(name), offset);
export const siteAt = (name: string, offset: Vec3 = origin) => (arm: Arm): Vec3 => add(arm.site(name), offset);
/** Orientation of a body, (w, x, y, z). */
export const bodyTurn = (name: string) => (arm: Arm): Quat => arm.bodyTurn(name);
/** Orientation of a body from its matrix, (x, y, z, w). */
export const bodyMatrixTurn = (name: string) => (arm: Arm): Quat => arm.bodyMatrixTurn(name);
/** Orientation of a site, (x, y, z, w). */
export const siteTurn = (name: string) => (arm: Arm): Quat => arm.siteTurn(name);
/** Orientation of a geom, (x, y, z, w). */
export const geomTurn = (name: string) => (arm: Arm): Quat => arm.geomTurn(name);
/** Four fixed numbers, for tasks that do not report an orientation. */
export const fixedTurn = (turn: Quat = [0, 0, 0, 0]) => (): Quat => turn;
