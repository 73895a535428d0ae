import { farXY, farZ, fromHand, script, toAim } from "../policy.js";
import { geomAt, geomTurn } from "../probes.js";
import { both, tolerance } from "../reward.js";
import { defineTask } from "../task-spec.js";
import { distance, f32, vec3 } from "../vec.js";

const scene = "sawyer_xyz/sawyer_plate_slide.xml";
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
  reward: ({ arm, tcp, object, episode: { target, objectStart } }) => {
    const left = distance(object, target);
    const inPlace = tolerance(left, { to: 0.05, margin: distance(objectStart, target) - 0.05 });
    const away = distance(tcp, object);
    const near = tolerance(away, { to: 0.05, margin: distance(arm.tcpStart, objectStart) - 0.05 });
    const behind = tcp[2] <= 0.03 && away < 0.07;
    return {
      reward: left < 0.05 ? 10 : behind ? 2 + 7 * inPlace : 1.5 * near,
      success: left <= 0.07,
      nearObject: away <= 0.03,
      graspSuccess: 0,
      graspReward: near,
      inPlace,
      objectToTarget: left,
    };
  },
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
