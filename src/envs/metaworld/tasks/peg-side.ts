import type { Arm } from "../arm.js";
import { cagingReward } from "../caging.js";
import { type View, either, farXY, farZ, fromHand, gripWhile, script, toAim } from "../policy.js";
import { bodyTurn, siteAt, siteTurn } from "../probes.js";
import { both, inBox, tolerance } from "../reward.js";
import { type Episode, defineTask } from "../task-spec.js";
import { type Vec3, add, distance, distanceXY, norm, scale, sub, vec3 } from "../vec.js";

interface PegEpisode extends Episode {
  /** The head of the peg before the peg was placed: the reference reads it one line early. */
  readonly headStart: Vec3;
}

const handStart: Vec3 = [0, 0.6, 0.2];
/** Errors across the hole count twice. */
const emphasis: Vec3 = [1, 2, 2];

/** Less than 1 where the head of the peg is beside the hole instead of in front of it. */
function besideHole(arm: Arm, head: Vec3): number {
  const corners = (n: 1 | 2) => ({
    one: arm.site(`top_left_corner_collision_box_${n}`),
    zero: arm.site(`bottom_right_corner_collision_box_${n}`),
  });
  return both(inBox(head, corners(2)), inBox(head, corners(1)));
}

const hole = ({ goal }: View): Vec3 => [-0.35, goal[1], 0.16];
const notBeforeHole = (view: View): boolean => norm(sub([0, view.object[1], view.object[2]], [0, view.goal[1], 0.16])) > 0.03;

export const pegInsertSide = defineTask<PegEpisode>({
  name: "peg-insert-side",
  scene: "sawyer_xyz/sawyer_peg_insertion_side.xml",
  random: "the peg and the box with the hole on the table",
  handStart,
  resetBox: { low: [0, 0.5, 0.02, -0.35, 0.4, -0.001], high: [0.2, 0.7, 0.02, -0.25, 0.7, 0.001] },
  goalBox: { low: [-0.35 + 0.03, 0.4, -0.001 + 0.13], high: [-0.25 + 0.03, 0.7, 0.001 + 0.13] },
  accepts: (v) => distanceXY(vec3(v), vec3(v, 3)) >= 0.1,
  objects: [{ position: siteAt("pegGrasp"), turn: siteTurn("pegGrasp") }],
  reset: (arm, v) => {
    const objectStart = vec3(v);
    const target = add(vec3(v, 3), [0.03, 0, 0.13]);
    const headStart = arm.site("pegHead");
    arm.placeObject(objectStart);
    arm.placeBody("box", vec3(v, 3));
    arm.placeSite("goal", target);
    return { target, objectStart, headStart };
  },
  reward: ({ arm, tcp, opening, object, action, episode: { target, objectStart, headStart } }) => {
    const head = arm.site("pegHead");
    const left = norm(scale(sub(head, target), emphasis));
    const near = tolerance(left, { to: 0.07, margin: norm(scale(sub(headStart, target), emphasis)) });
    const inPlace = both(near, besideHole(arm, head));
    const away = distance(object, tcp);
    const lifted = opening > 0 && object[2] - 0.01 > objectStart[2];
    const holding = lifted && away < 0.08;
    const graspReward = holding
      ? 1
      : cagingReward(arm, object, { objectRadius: 0.0075, padReach: 0.03, xzReach: 0.005, density: "high", objectStart, action });
    return {
      reward: left <= 0.07 ? 10 : both(graspReward, inPlace) + (holding ? 1 + 5 * inPlace : 0),
      success: left <= 0.07,
      nearObject: away <= 0.03,
      graspSuccess: lifted && away < 0.02,
      graspReward,
      inPlace,
      objectToTarget: left,
    };
  },
  expert: script({
    gain: 25,
    grip: gripWhile(either(farXY(0.04), farZ(0.15)), -1, 0.6),
    stages: [
      { when: farXY(0.04), to: toAim(0, 0, 0.3) },
      { when: farZ(0.025), to: toAim() },
      { when: notBeforeHole, to: (view) => add(hole(view), [0.4, 0, 0]) },
      { to: hole },
    ],
  }),
});

export const pegUnplugSide = defineTask({
  name: "peg-unplug-side",
  scene: "sawyer_xyz/sawyer_peg_unplug_side.xml",
  random: "the box with the plug on the table, and a little its height",
  handStart,
  resetBox: { low: [-0.25, 0.6, -0.001], high: [-0.15, 0.8, 0.001] },
  goalBox: { low: [-0.25 + 0.194, 0.6, -0.001 + 0.131], high: [-0.15 + 0.194, 0.8, 0.001 + 0.131] },
  objects: [{ position: siteAt("pegEnd"), turn: bodyTurn("plug1") }],
  reset: (arm, v) => {
    const plug = add(vec3(v), [0.044, 0, 0.131]);
    const target = add(plug, [0.15, 0, 0]);
    arm.placeBody("box", vec3(v));
    arm.setJoints([...plug, 1, 0, 0, 0]);
    arm.simulation.qvel.fill(0, 9, 12);
    arm.forward();
    arm.placeSite("goal", target);
    return { target, objectStart: arm.site("pegEnd") };
  },
  reward: ({ arm, tcp, opening, object, action, episode: { target, objectStart } }) => {
    const away = distance(object, tcp);
    const left = distance(object, target);
    const graspReward = cagingReward(arm, object, { objectRadius: 0.025, padReach: 0.05, xzReach: 0.005, effort: 0.8, density: "high", objectStart, action });
    const inPlace = tolerance(left, { to: 0.05, margin: distance(objectStart, target) });
    const graspSuccess = opening > 0.5 && object[0] - objectStart[0] > 0.015;
    const pulling = graspSuccess && away < 0.035 ? 1 + 5 * inPlace : 0;
    return {
      reward: left <= 0.05 ? 10 : 2 * graspReward + pulling,
      success: left <= 0.07,
      nearObject: away <= 0.03,
      graspSuccess,
      graspReward,
      inPlace,
      objectToTarget: left,
    };
  },
  expert: script({
    aim: [-0.02, 0, 0.035],
    gain: 25,
    grip: gripWhile(either(farXY(0.04), farZ(0.15)), -1, 0.1),
    stages: [
      { when: farXY(0.04), to: toAim(0, 0, 0.2) },
      { when: ({ hand }) => Math.abs(hand[2] - 0.15) > 0.02, to: ({ aim }) => [aim[0], aim[1], 0.15] },
      { to: fromHand(0.01, 0, 0) },
    ],
  }),
});
