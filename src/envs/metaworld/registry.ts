import { oneOf } from "../../util/index.js";
import type { Task } from "./task-spec.js";
import { assembly, disassemble } from "./tasks/assembly.js";
import { basketball } from "./tasks/basketball.js";
import { binPicking } from "./tasks/bin-picking.js";
import { boxClose } from "./tasks/box-close.js";
import { buttonPress, buttonPressTopdown, buttonPressTopdownWall, buttonPressWall } from "./tasks/button.js";
import { coffeeButton, coffeePull, coffeePush } from "./tasks/coffee.js";
import { dialTurn } from "./tasks/dial-turn.js";
import { doorClose, doorOpen } from "./tasks/door.js";
import { doorLock, doorUnlock } from "./tasks/door-lock.js";
import { drawerClose, drawerOpen } from "./tasks/drawer.js";
import { faucetClose, faucetOpen } from "./tasks/faucet.js";
import { hammer } from "./tasks/hammer.js";
import { handInsert } from "./tasks/hand-insert.js";
import { handlePress, handlePressSide, handlePull, handlePullSide } from "./tasks/handle.js";
import { leverPull } from "./tasks/lever-pull.js";
import { pegInsertSide, pegUnplugSide } from "./tasks/peg-side.js";
import { pickOutOfHole } from "./tasks/pick-out-of-hole.js";
import { pickPlace, pickPlaceWall } from "./tasks/pick-place.js";
import { plateSlide, plateSlideBack, plateSlideBackSide, plateSlideSide } from "./tasks/plate-slide.js";
import { push, pushBack, pushWall } from "./tasks/push.js";
import { reach, reachWall } from "./tasks/reach.js";
import { shelfPlace } from "./tasks/shelf-place.js";
import { soccer } from "./tasks/soccer.js";
import { stickPull, stickPush } from "./tasks/stick.js";
import { sweep, sweepInto } from "./tasks/sweep.js";
import { windowClose, windowOpen } from "./tasks/window.js";

/** All fifty tasks of Meta-World, in the order of the alphabet. */
export const metaworldTasks: readonly Task[] = [
  assembly,
  basketball,
  binPicking,
  boxClose,
  buttonPress,
  buttonPressTopdown,
  buttonPressTopdownWall,
  buttonPressWall,
  coffeeButton,
  coffeePull,
  coffeePush,
  dialTurn,
  disassemble,
  doorClose,
  doorLock,
  doorOpen,
  doorUnlock,
  drawerClose,
  drawerOpen,
  faucetClose,
  faucetOpen,
  hammer,
  handInsert,
  handlePress,
  handlePressSide,
  handlePull,
  handlePullSide,
  leverPull,
  pegInsertSide,
  pegUnplugSide,
  pickOutOfHole,
  pickPlace,
  pickPlaceWall,
  plateSlide,
  plateSlideBack,
  plateSlideBackSide,
  plateSlideSide,
  push,
  pushBack,
  pushWall,
  reach,
  reachWall,
  shelfPlace,
  soccer,
  stickPull,
  stickPush,
  sweep,
  sweepInto,
  windowClose,
  windowOpen,
];

/** The five tasks that ML45 keeps for testing. */
export const ml45Test: readonly string[] = ["bin-picking", "box-close", "hand-insert", "door-lock", "door-unlock"];
/** The names of all fifty tasks. */
export const taskNames: readonly string[] = metaworldTasks.map(({ name }) => name);
/** The 45 tasks that ML45 trains on. */
export const ml45Train: readonly string[] = taskNames.filter((name) => !ml45Test.includes(name));

const byName = new Map(metaworldTasks.map((task) => [task.name, task]));

/**
 * A task by its name, without Meta-World's version suffix.
 *
 * @throws UserError with the nearest match and the legal names
 */
export function findTask(name: string): Task {
  return byName.get(name) ?? (byName.get(oneOf(name, taskNames, { what: "task" })) as Task);
}
