import type { Arm } from "../arm.js";
import { cagingReward } from "../caging.js";
import { type Stage, type View, either, farXY, farZ, gripWhile, script, toAim, toGoal } from "../policy.js";
import { bodyAt, bodyMatrixTurn, fixedTurn, siteAt } from "../probes.js";
import { both, tolerance } from "../reward.js";
import { type Episode, defineTask } from "../task-spec.js";
import { type Vec3, add, distance, distanceXY, norm, scale, sub, vec3 } from "../vec.js";

/** The object is the thermos; the observation's first object is the stick. */
interface StickEpisode extends Episode {
  readonly stickStart: Vec3;
}

const scene = "sawyer_xyz/sawyer_stick_obj.xml";
const handStart: Vec3 = [0, 0.6, 0.2];
const stick = { position: bodyAt("stick"), turn: bodyMatrixTurn("stick") };
const accepts = (v: readonly number[]): boolean => distanceXY(vec3(v), vec3(v, 3)) >= 0.1;
const stickHeight = 0.02;

/** Puts the stick down and slides the thermos on its two joints. */
function place(arm: Arm, { target, stickStart, thermos }: { target: Vec3; stickStart: Vec3; thermos: readonly [number, number] }): StickEpisode {
  arm.placeObject(stickStart);
  arm.simulation.qpos.set(thermos, 16);
  arm.simulation.qvel.fill(0, 16);
  arm.forward();
  arm.placeSite("goal", target);
  return { target, stickStart, objectStart: arm.body("object") };
}

/** Grasps the stick, brings it to the thermos's y, height and x in this order, and carries on `to` the goal. */
function stages(thermosOffset: Vec3, to: (view: View) => Vec3): Stage[] {
  const thermos = ({ observation }: View): Vec3 => add(vec3(observation, 11), thermosOffset);
  const off = (axis: 0 | 1 | 2, limit: number) => (view: View): boolean => Math.abs(view.aim[axis] - thermos(view)[axis]) > limit;
  return [
    { when: (view) => !off(0, 0.04)(view), to },
    { when: farXY(0.02), to: toAim(0, 0, 0.1) },
    { when: farZ(0.02), to: toAim() },
    { when: off(1, 0.02), to: (view) => [view.aim[0], thermos(view)[1], view.aim[2]] },
    { when: off(2, 0.02), to: (view) => [view.aim[0], thermos(view)[1], thermos(view)[2]] },
    { to: thermos },
  ];
}

const grip = gripWhile(either(farXY(0.02), farZ(0.1)), -1, 0.7);

/** Errors in height count twice. */
const emphasis: Vec3 = [1, 1, 2];

export const stickPull = defineTask<StickEpisode>({
  name: "stick-pull",
  scene,
  random: "the stick and the goal on the table",
  handStart,
  handLow: [-0.5, 0.35, 0.05],
  resetBox: { low: [-0.1, 0.55, 0, 0.35, 0.45, 0.0199], high: [0, 0.65, 0.001, 0.45, 0.55, 0.0201] },
  goalBox: { low: [0.35, 0.45, 0.0199], high: [0.45, 0.55, 0.0201] },
  accepts,
  objects: [stick, { position: siteAt("insertion"), turn: fixedTurn() }],
  reset: (arm, v) =>
    place(arm, {
      target: [v[3] as number, v[4] as number, stickHeight],
      stickStart: [v[0] as number, v[1] as number, stickHeight],
      thermos: [0, 0.09],
    }),
  reward: ({ arm, tcp, opening, object, observation, action, episode: { target, objectStart, stickStart } }) => {
    const end = arm.site("stick_end");
    const handle = vec3(observation, 11);
    const container = add(handle, [0.05, 0, 0]);
    const left = distance(handle, target);
    const toContainer = norm(scale(sub(object, container), emphasis));
    const inPlace = tolerance(toContainer, { to: 0.05, margin: norm(scale(sub(stickStart, add(objectStart, [0.05, 0, 0])), emphasis)) });
    const away = distance(object, tcp);
    const holding = away < 0.02 && opening > 0 && object[2] - 0.01 > stickStart[2];
    const graspReward = holding
      ? 1
      : cagingReward(arm, object, { objectRadius: 0.014, padReach: 0.05, xzReach: 0.01, density: "high", objectStart, action });
    const inserted = end[0] >= handle[0] && Math.abs(end[1] - handle[1]) <= 0.04 && Math.abs(end[2] - handle[2]) <= 0.06;
    const pulled =
      2 * tolerance(distance(object, target), { to: 0.05, margin: distance(stickStart, target) }) +
      tolerance(distance(container, target), { to: 0.05, margin: distance(objectStart, target) });
    const work = holding ? 1 + (inserted ? 5 + pulled : 5 * inPlace) : 0;
    return {
      reward: holding && inserted && left <= 0.12 ? 10 : both(graspReward, inPlace) + work,
      success: left <= 0.12 && inserted,
      nearObject: away <= 0.03,
      graspSuccess: opening > 0 && object[2] - 0.02 > objectStart[2] && arm.touches("objGeom"),
      graspReward,
      inPlace,
      objectToTarget: left,
    };
  },
  expert: script({ aim: [-0.015, 0, 0.03], gain: 25, grip, stages: stages([-0.015, 0, 0.03], toGoal(-0.05, 0, 0)) }),
});

export const stickPush = defineTask<StickEpisode>({
  name: "stick-push",
  scene,
  random: "the stick on the table, and the goal along y",
  handStart,
  resetBox: { low: [-0.08, 0.58, 0, 0.399, 0.55, 0.1319], high: [-0.03, 0.62, 0.001, 0.401, 0.6, 0.1321] },
  goalBox: { low: [0.399, 0.55, 0.1319], high: [0.401, 0.6, 0.1321] },
  accepts,
  objects: [stick, { position: siteAt("insertion", [0, 0.09, 0]), turn: fixedTurn() }],
  reset: (arm, v) =>
    place(arm, {
      target: [v[3] as number, v[4] as number, arm.site("insertion")[2]],
      stickStart: [v[0] as number, v[1] as number, stickHeight],
      thermos: [0, 0],
    }),
  reward: ({ arm, tcp, opening, object, observation, action, episode: { target, objectStart, stickStart } }) => {
    const middle = add(object, [0.015, 0, 0]);
    const left = distance(vec3(observation, 11), target);
    const inPlace = tolerance(distance(middle, target), { to: 0.12, margin: distance(stickStart, target) - 0.12 });
    const pushed = tolerance(left, { to: 0.12, margin: distance(objectStart, target) - 0.12 });
    const away = distance(middle, tcp);
    const lifted = opening > 0 && object[2] - 0.01 > stickStart[2];
    const holding = lifted && away < 0.02;
    const graspReward = holding
      ? 1
      : cagingReward(arm, middle, { objectRadius: 0.04, padReach: 0.05, xzReach: 0.01, density: "high", objectStart: stickStart, action });
    const graspSuccess = lifted && arm.touches("objGeom");
    return {
      reward: !holding ? graspReward : left <= 0.12 ? 10 : 2 + 5 * inPlace + 3 * pushed,
      success: graspSuccess && left <= 0.12,
      nearObject: away <= 0.03,
      graspSuccess,
      graspReward,
      inPlace,
      objectToTarget: left,
    };
  },
  expert: script({ aim: [0.015, 0, 0.03], gain: 10, grip, stages: stages([0, 0, 0], toGoal(0, 0, 0.132)) }),
});
