import { farXY, farZ, script, toAim } from "../policy.js";
import { geomTurn, siteAt } from "../probes.js";
import { both, tolerance } from "../reward.js";
import { type Episode, defineTask } from "../task-spec.js";
import { type Vec3, add, distance, f32, norm, scale, sub, vec3 } from "../vec.js";

interface LeverEpisode extends Episode {
  /** The tip of the lever before it is pulled. */
  readonly leverStart: Vec3;
}

const leverLength = 0.2;
/** From the hand to the part of the arm that lifts the lever. */
const shoulder: Vec3 = [0, 0.055, 0.07];
/** Errors along x and in height count four times. */
const emphasis: Vec3 = [4, 1, 4];

export const leverPull = defineTask<LeverEpisode>({
  name: "lever-pull",
  scene: "sawyer_xyz/sawyer_lever_pull.xml",
  random: "the lever on the table",
  handStart: f32(0, 0.4, 0.2),
  handLow: [-0.5, 0.4, -0.15],
  resetBox: { low: [-0.1, 0.7, 0], high: [0.1, 0.8, 0] },
  objects: [{ position: siteAt("leverStart"), turn: geomTurn("objGeom") }],
  reset: (arm, v) => {
    const objectStart = vec3(v);
    const target = add(objectStart, [0.12, 0, 0.25 + leverLength]);
    arm.placeBody("lever", objectStart);
    arm.placeSite("goal", target);
    return { target, objectStart, leverStart: add(objectStart, [0.12, -leverLength, 0.25]) };
  },
  reward: ({ arm, hand, object, episode: { target, leverStart } }) => {
    const under = (point: Vec3, lever: Vec3): number => norm(scale(sub(add(point, shoulder), lever), emphasis));
    const away = under(hand, object);
    const ready = tolerance(away, { to: 0.02, margin: under(arm.tcpStart, leverStart) });
    const angleLeft = Math.abs(-(arm.simulation.qpos[9] as number) - Math.PI / 2);
    const inPlace = tolerance(distance(object, target), { to: 0.04, margin: distance(leverStart, target) });
    return {
      reward: 10 * both(ready, inPlace),
      success: angleLeft <= Math.PI / 24,
      nearObject: away < 0.03,
      graspSuccess: ready > 0.9,
      graspReward: ready,
      inPlace: tolerance(angleLeft, { to: Math.PI / 48, margin: Math.PI / 2 - Math.PI / 12 }),
      objectToTarget: away,
    };
  },
  expert: script({
    aim: [0, -0.055, 0],
    gain: 25,
    grip: 1,
    stages: [
      { when: farXY(0.02), to: toAim(0, 0, -0.1) },
      { when: farZ(0.02), to: toAim() },
      { to: toAim(0, 0.08, 0.02) },
    ],
  }),
});
