import { cagingReward } from "../caging.js";
import { about, either, farXY, farZ, fromHand, gripWhile, script, toAim } from "../policy.js";
import { bodyAt, geomTurn } from "../probes.js";
import { both, tolerance } from "../reward.js";
import { defineTask } from "../task-spec.js";
import { type Vec3, add, clamp, distance, distanceXY, f32, sub, vec3 } from "../vec.js";

/** The goal, seen from the foot of the shelf. */
const board: Vec3 = [0, 0, 0.3];
/** Depth and height of the room under the board. */
const depth = 3 * 0.05;
const height = 0.24;

/** The placing reward, less the nearer the block is to the back of the room under the board; none behind the goal. */
function onShelf(inPlace: number, { block, goal }: { block: Vec3; goal: Vec3 }): number {
  const under = block[2] > 0 && block[2] < height && block[0] > goal[0] - 0.15 && block[0] < goal[0] + 0.15;
  if (!under || block[1] <= goal[1] - depth || block[1] === goal[1]) return inPlace;
  if (block[1] > goal[1]) return 0;
  return clamp(inPlace - both((block[1] - (goal[1] - depth)) / depth, (height - block[2]) / height), 0, 1);
}

export const shelfPlace = defineTask({
  name: "shelf-place",
  scene: "sawyer_xyz/sawyer_shelf_placing.xml",
  random: "the block and the shelf on the table, and a little the shelf's height",
  handStart: f32(0, 0.6, 0.2),
  resetBox: { low: [-0.1, 0.5, 0.019, -0.1, 0.8, 0.299], high: [0.1, 0.6, 0.021, 0.1, 0.9, 0.301] },
  goalBox: { low: [-0.1, 0.8, 0.299], high: [0.1, 0.9, 0.301] },
  accepts: (v) => distanceXY(vec3(v), vec3(v, 3)) >= 0.1,
  objects: [{ position: bodyAt("obj"), turn: geomTurn("objGeom") }],
  reset: (arm, v) => {
    const objectStart: Vec3 = [v[0] as number, v[1] as number, arm.body("obj")[2]];
    const shelf = sub(vec3(v, 3), board);
    arm.placeBody("shelf", shelf);
    arm.forward();
    arm.placeObject(objectStart);
    return { target: add(board, shelf), objectStart };
  },
  reward: ({ arm, tcp, opening, object, action, episode: { target, objectStart } }) => {
    const left = distance(object, target);
    const away = distance(object, tcp);
    const near = tolerance(left, { to: 0.05, margin: distance(objectStart, target) });
    const inPlace = onShelf(near, { block: object, goal: target });
    const graspReward = cagingReward(arm, object, { objectRadius: 0.02, padReach: 0.05, xzReach: 0.01, objectStart, action });
    const lifted = away < 0.025 && opening > 0 && object[2] - 0.01 > objectStart[2];
    return {
      reward: left < 0.05 ? 10 : both(graspReward, near) + (lifted ? 1 + 5 * inPlace : 0),
      success: left <= 0.07,
      nearObject: away <= 0.03,
      graspSuccess: opening > 0 && object[2] - 0.02 > objectStart[2] && arm.touches("objGeom"),
      graspReward,
      inPlace,
      objectToTarget: left,
    };
  },
  expert: script({
    aim: [-0.005, 0, 0.015],
    gain: 25,
    grip: gripWhile(about([0, 0, 0], either(farXY(0.04), farZ(0.15))), -1, 0.7),
    stages: [
      { when: farXY(0.04), to: toAim(0, 0, 0.3) },
      { when: farZ(0.04), to: toAim() },
      { when: ({ hand, goal }) => Math.abs(hand[0] - goal[0]) > 0.02, to: ({ hand, goal }) => [goal[0], hand[1], 0.3] },
      { when: ({ hand }) => hand[2] < 0.3, to: fromHand(0, 0, 0.3) },
      { to: fromHand(0, 0.05, 0) },
    ],
  }),
});
