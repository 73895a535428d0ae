import { cagingReward } from "../caging.js";
import { type View, script } from "../policy.js";
import { bodyAt, bodyTurn } from "../probes.js";
import { aboveFloor, both, funnel, tolerance } from "../reward.js";
import { type Episode, defineTask } from "../task-spec.js";
import { type Vec3, clamp, distance, distanceXY } from "../vec.js";

interface BinEpisode extends Episode {
  /** The cube's distance from the other bin after the first step: the margin of the placing reward. */
  distanceStart: number | undefined;
}

const bin: Vec3 = [0.12, 0.7, 0.02];
/** A point above the cube, kept away from the walls of its bin. */
const grasp = ({ object }: View): Vec3 => [object[0], clamp(object[1], 0.675, 0.725), object[2] + 0.03];
const away = (limit: number) => (view: View): boolean => distanceXY(view.hand, grasp(view)) > limit;
const apart = (limit: number) => (view: View): boolean => Math.abs(view.hand[2] - grasp(view)[2]) > limit;

export const binPicking = defineTask<BinEpisode>({
  name: "bin-picking",
  scene: "sawyer_xyz/sawyer_bin_picking.xml",
  random: "the cube in its bin",
  handStart: [0, 0.6, 0.2],
  handLow: [-0.5, 0.4, 0.07],
  resetBox: { low: [-0.21, 0.65, 0.02, 0.1199, 0.699, -0.001], high: [-0.03, 0.75, 0.02, 0.1201, 0.701, 0.001] },
  goalBox: { low: [0.1199, 0.699, -0.001], high: [0.1201, 0.701, 0.001] },
  objects: [{ position: bodyAt("obj"), turn: bodyTurn("obj") }],
  reset: (arm, [x = 0, y = 0]) => {
    const objectStart: Vec3 = [x, y, arm.body("obj")[2]];
    arm.placeObject(objectStart);
    return { target: arm.body("bin_goal"), objectStart, distanceStart: undefined };
  },
  reward: ({ arm, hand, opening, object, action, episode }) => {
    const { target, objectStart } = episode;
    const left = distance(object, target);
    episode.distanceStart ??= left;
    const inPlace = tolerance(left, { to: 0.05, margin: episode.distanceStart });
    const floors = [objectStart, target].map((point) => funnel(distanceXY(hand, point), { threshold: 0.03, slope: 0.02, height: 0.2 }));
    const above = aboveFloor(hand[2], Math.min(...floors), 0.05);
    const graspReward = cagingReward(arm, object, { objectRadius: 0.015, padReach: 0.05, xzReach: 0.01, effort: 0.7, density: "high", objectStart, action });
    const nearObject = distance(object, hand) < 0.04;
    const graspSuccess = nearObject && object[2] - 0.02 > objectStart[2] && opening >= 0.43;
    const carrying = graspSuccess ? 1 + 5 * both(above, inPlace) : 0;
    return {
      reward: left < 0.05 ? 10 : both(graspReward, inPlace) + carrying,
      success: left <= 0.05,
      nearObject,
      graspSuccess,
      graspReward,
      inPlace,
      objectToTarget: left,
    };
  },
  expert: script({
    gain: 25,
    grip: (view) => (away(0.02)(view) || apart(0.02)(view) ? -1 : 0.6),
    stages: [
      { when: away(0.02), to: (view) => [grasp(view)[0], grasp(view)[1], grasp(view)[2] + 0.15] },
      { when: apart(0.01), to: grasp },
      { when: ({ hand }) => distanceXY(hand, bin) > 0.02 && hand[2] < 0.15, to: ({ hand }) => [hand[0], hand[1], hand[2] + 0.1] },
      { when: ({ hand }) => distanceXY(hand, bin) > 0.02, to: () => [bin[0], bin[1], 0.18] },
      { to: () => bin },
    ],
  }),
});
