import { script, toAim } from "../policy.js";
import { pressing } from "../pressing.js";
import { fixedTurn, siteAt } from "../probes.js";
import { defineTask } from "../task-spec.js";
import { add, distanceXZ, vec3 } from "../vec.js";

/** How far the machine's button goes in. */
const travel = 0.03;

export const coffeeButton = defineTask({
  name: "coffee-button",
  scene: "sawyer_xyz/sawyer_coffee.xml",
  random: "the coffee machine on the table",
  handStart: [0, 0.4, 0.2],
  resetBox: { low: [-0.1, 0.8, -0.001], high: [0.1, 0.9, 0.001] },
  goalBox: { low: [-0.1 - 0.001, 0.8 - 0.22 + travel, -0.001 + 0.299], high: [0.1 + 0.001, 0.9 - 0.22 + travel, 0.001 + 0.301] },
  objects: [{ position: siteAt("buttonStart"), turn: fixedTurn([1, 0, 0, 0]) }],
  reset: (arm, v) => {
    const objectStart = vec3(v);
    arm.placeBody("coffee_machine", objectStart);
    // The reference means to place the mug and writes its position into the arm's first three joints.
    arm.simulation.qpos.set(add(objectStart, [0, -0.22, 0]), 0);
    arm.simulation.qvel.fill(0, 9, 15);
    arm.forward();
    return { target: add(add(objectStart, [0, -0.22, 0.3]), [0, travel, 0]), objectStart };
  },
  reward: (situation) => {
    const { object, opening, episode } = situation;
    const left = Math.abs(episode.target[1] - object[1]);
    return pressing(situation, { left, travel, grip: Math.max(opening, 0), near: 0.05, approachWeight: 2, pressReach: 0.05, pressWeight: 8, successWithin: 0.02 });
  },
  expert: script({
    aim: [0, 0, -0.07],
    gain: 10,
    grip: -1,
    stages: [
      { when: ({ hand, aim }) => distanceXZ(hand, aim) > 0.02, to: ({ hand, aim }) => [aim[0], hand[1], aim[2]] },
      { to: toAim(0, 0.2, 0) },
    ],
  }),
});
