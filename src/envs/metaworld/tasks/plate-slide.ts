import { farXY, farZ, fromHand, script, toAim } from "../policy.js";
import { geomAt, geomTurn } from "../probes.js";
import { both, tolerance } from "../reward.js";
import { type Outcome, type Situation, defineTask } from "../task-spec.js";
import { distance, f32, vec3 } from "../vec.js";

const scene = "sawyer_xyz/sawyer_plate_slide.xml";
const sidewaysScene = "sawyer_xyz/sawyer_plate_slide_sideway.xml";
const handStart = f32(0, 0.6, 0.2);
const objects = [{ position: geomAt("puck"), turn: geomTurn("puck") }];

export const plateSlide = defineTask({
  name: "plate-slide",
  scene,
  random: "the shelf on the table",
  handStart,
  resetBox: { low: [0, 0.6, 0, -0.1, 0.85, 0], high: [0, 0.6, 0, 0.1, 0.9, 0] },
  goalBox: { low: [-0.1, 0.85, 0], high: [0.1, 0.9, 0] },
  objects,
  reset: (arm, v) => {
    const target = vec3(v, 3);
    arm.placeBody("puck_goal", target);
    arm.setJoints([0, 0]);
    arm.forward();
    arm.placeSite("goal", target);
    return { target, objectStart: vec3(v) };
  },
  reward: ({ arm, tcp, object, episode: { target, objectStart } }) => {
    const left = distance(object, target);
    const inPlace = tolerance(left, { to: 0.05, margin: distance(objectStart, target) });
    const away = distance(tcp, object);
    const near = tolerance(away, { to: 0.05, margin: distance(arm.tcpStart, objectStart) });
    return {
      reward: left < 0.05 ? 10 : 8 * both(near, inPlace),
      success: left <= 0.07,
      nearObject: away <= 0.03,
      graspSuccess: 0,
      graspReward: near,
      inPlace,
      objectToTarget: left,
    };
  },
  expert: script({
    aim: [0, -0.055, 0.03],
    gain: 10,
    grip: -1,
    stages: [
      { when: farXY(0.03), to: toAim(0, 0, 0.1) },
      { when: farZ(0.04), to: toAim() },
      { to: ({ goal, aim }) => [goal[0], 0.9, aim[2]] },
    ],
  }),
});

/** Reward for pressing a plate on the table from above and sliding it to the goal. */
function slidingDown({ arm, tcp, object, episode: { target, objectStart } }: Situation): Outcome {
  const left = distance(object, target);
  const inPlace = tolerance(left, { to: 0.05, margin: distance(objectStart, target) - 0.05 });
  const away = distance(tcp, object);
  const near = tolerance(away, { to: 0.05, margin: distance(arm.tcpStart, objectStart) - 0.05 });
  const down = tcp[2] <= 0.03 && away < 0.07;
  return {
    reward: left < 0.05 ? 10 : down ? 2 + 7 * inPlace : 1.5 * near,
    success: left <= 0.07,
    nearObject: away <= 0.03,
    graspSuccess: 0,
    graspReward: near,
    inPlace,
    objectToTarget: left,
  };
}

export const plateSlideBack = defineTask({
  name: "plate-slide-back",
  scene,
  random: "the goal along x",
  handStart,
  resetBox: { low: [0, 0.85, 0, -0.1, 0.6, 0.015], high: [0, 0.85, 0, 0.1, 0.6, 0.015] },
  goalBox: { low: [-0.1, 0.6, 0.015], high: [0.1, 0.6, 0.015] },
  objects,
  reset: (arm, v) => {
    const target = vec3(v, 3);
    arm.setJoints([0, 0.15]);
    arm.forward();
    arm.placeSite("goal", target);
    return { target, objectStart: vec3(v) };
  },
  reward: slidingDown,
  expert: script({
    aim: [0, -0.065, 0.025],
    gain: 10,
    grip: -1,
    stages: [
      { when: farXY(0.01), to: toAim(0, 0, 0.1) },
      { when: farZ(0.04), to: toAim() },
      { when: ({ hand }) => hand[1] > 0.7, to: fromHand(0, -0.1, 0) },
      { when: ({ hand }) => hand[1] > 0.6, to: ({ hand }) => [0.15, 0.55, hand[2]] },
      { to: ({ hand }) => [hand[0] - 0.1, 0.55, hand[2]] },
    ],
  }),
});

export const plateSlideSide = defineTask({
  name: "plate-slide-side",
  scene: sidewaysScene,
  random: "the goal on the table",
  handStart,
  resetBox: { low: [0, 0.6, 0, -0.3, 0.54, 0], high: [0, 0.6, 0, -0.25, 0.66, 0] },
  goalBox: { low: [-0.3, 0.54, 0], high: [-0.25, 0.66, 0] },
  objects,
  reset: (arm, v) => {
    const target = vec3(v, 3);
    arm.setJoints([0, 0]);
    arm.forward();
    arm.placeSite("goal", target);
    return { target, objectStart: vec3(v) };
  },
  reward: slidingDown,
  expert: script({
    aim: [0.07, 0, -0.005],
    gain: 25,
    grip: 1,
    stages: [
      { when: farXY(0.04), to: toAim(0, 0, 0.1) },
      { when: farZ(0.04), to: toAim() },
      { when: ({ hand }) => hand[0] > -0.2, to: ({ hand }) => [hand[0] - 0.1, 0.6, hand[2]] },
      { to: toAim(-0.1, 0, 0) },
    ],
  }),
});

export const plateSlideBackSide = defineTask({
  name: "plate-slide-back-side",
  scene: sidewaysScene,
  random: "the goal along x",
  handStart,
  resetBox: { low: [-0.25, 0.6, 0, -0.05, 0.6, 0.015], high: [-0.25, 0.6, 0, 0.15, 0.6, 0.015] },
  goalBox: { low: [-0.05, 0.6, 0.015], high: [0.15, 0.6, 0.015] },
  objects,
  reset: (arm, v) => {
    const target = vec3(v, 3);
    const objectStart = vec3(v);
    arm.placeBody("puck_goal", objectStart);
    arm.setJoints([-0.15, 0]);
    arm.forward();
    arm.placeSite("goal", target);
    return { target, objectStart };
  },
  reward: slidingDown,
  expert: script({
    aim: [0.023, 0, 0.025],
    gain: 10,
    grip: 1,
    stages: [
      { when: farXY(0.01), to: toAim(0, 0, 0.07) },
      { when: farZ(0.04), to: toAim() },
      { to: ({ hand }) => [hand[0] + 0.1, 0.6, hand[2]] },
    ],
  }),
});
