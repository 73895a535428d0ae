import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { assetPath, projectRoot, workerUrl } from "../../util/index.js";
import { layout } from "./layout.js";
import { chooseBackend, loadSimulation, type Simulation } from "./simulation.js";
import { withoutTextures } from "./wasm.js";

const scene = `<mujoco>
  <option timestep="0.002"/>
  <worldbody>
    <geom name="floor" type="plane" size="1 1 .1"/>
    <body name="ball" pos="0 0 .5"><freejoint name="free"/><geom name="skin" type="sphere" size=".1"/><site name="top" pos="0 0 .1"/></body>
    <body name="arm" pos="1 0 1"><joint name="hinge" axis="0 1 0"/><geom type="capsule" fromto="0 0 0 .3 0 0" size=".02" contype="0" conaffinity="0"/></body>
    <body name="hand" mocap="true" pos="0 1 1"/>
  </worldbody>
  <actuator><motor name="push" joint="hinge" ctrllimited="true" ctrlrange="-1 1"/></actuator>
</mujoco>`;

let folder = "";
const home = process.cwd();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "llmdpd-mujoco-"));
  writeFileSync(join(folder, "ball.xml"), scene);
  writeFileSync(join(folder, "broken.xml"), scene.replace('size=".1"/><site', '/><site'));
  mkdirSync(join(folder, "working-directory"));
  process.chdir(join(folder, "working-directory"));
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

describe.each(["native", "wasm"] as const)("%s", (backend) => {
  const open: Simulation[] = [];
  const load = async (xml = "ball.xml", assets = folder): Promise<Simulation> => {
    const simulation = await loadSimulation({ xml, assets, backend });
    open.push(simulation);
    return simulation;
  };
  afterEach(() => open.splice(0).forEach((simulation) => simulation.dispose()));

  test("a ball falls as gravity says, and comes to rest on the floor with its weight", async () => {
    const simulation = await load();
    expect([simulation.backend, simulation.nq, simulation.nv, simulation.nu, simulation.nmocap, simulation.timestep]).toEqual([backend, 8, 7, 1, 1, 0.002]);
    expect(Array.from(simulation.qpos.slice(0, 7))).toEqual([0, 0, 0.5, 1, 0, 0, 0]);
    simulation.step(50);
    expect(simulation.time).toBeCloseTo(0.1, 12);
    // Semi-implicit Euler: v = −g n h, z = z₀ − g h² n (n + 1) / 2.
    expect(simulation.qvel[2]).toBeCloseTo(-9.81 * 0.1, 9);
    expect(simulation.qpos[2]).toBeCloseTo(0.5 - (9.81 * 0.002 ** 2 * 50 * 51) / 2, 9);
    simulation.step(2000);
    const floor = simulation.id("geom", "floor");
    const skin = simulation.id("geom", "skin");
    expect(simulation.contacts().map(({ geom1, geom2 }) => [geom1, geom2])).toEqual([[floor, skin]]);
    expect(simulation.contactForce(skin, floor)).toBe(simulation.contacts()[0]?.force);
    expect(simulation.contactForce(skin, skin)).toBe(0);
    expect(simulation.contactForce(floor, skin)).toBeGreaterThan(0);
  });

  test("kinematics gives positions at once and contacts when they are asked for, and changes nothing that follows", async () => {
    const whole = await load();
    const quick = await load();
    for (const simulation of [whole, quick]) simulation.step(1000);
    for (let i = 0; i < 5; i++) {
      whole.step(7);
      whole.forward();
      quick.step(7);
      quick.kinematics();
      expect(quick.xpos).toEqual(whole.xpos);
      expect(quick.siteXmat).toEqual(whole.siteXmat);
      expect((i % 2 === 0 ? quick : whole).contacts()).toEqual(whole.contacts());
    }
    expect(whole.contacts()).toHaveLength(1);
    expect([...quick.qpos, ...quick.qvel]).toEqual([...whole.qpos, ...whole.qvel]);
  });

  test("names, addresses and world poses", async () => {
    const simulation = await load();
    expect(simulation.names("body")).toEqual(["world", "ball", "arm", "hand"]);
    expect(simulation.names("mocap")).toEqual(["hand"]);
    expect([simulation.jointQposAdr("hinge"), simulation.jointDofAdr("hinge"), simulation.id("actuator", "push")]).toEqual([7, 6, 0]);
    simulation.bodyPos.set([0, 0, 2], 3 * simulation.id("body", "arm"));
    simulation.sitePos[2] = 0.3;
    simulation.mocapPos.set([0.1, 0.2, 0.3]);
    simulation.forward();
    expect(simulation.xpos[3 * 2 + 2]).toBeCloseTo(2, 12);
    expect(simulation.siteXpos[2]).toBeCloseTo(0.8, 12);
    expect(Array.from(simulation.xpos.slice(9, 12))).toEqual([0.1, 0.2, 0.3]);
    simulation.rnePostConstraint();
    expect(() => simulation.id("body", "bal")).toThrow(/Did you mean "ball"\? Known: world, ball, arm, hand/);
    expect(() => simulation.jointQposAdr("elbow")).toThrow(/joint.*"elbow".*Known: free, hinge/);
  });

  test("NaN in the state or in the controls is an exception, and resetData heals", async () => {
    const simulation = await load();
    for (let round = 0; round < 2; round++) {
      simulation.qpos[1] = Number.NaN;
      expect(() => simulation.step(2)).toThrow(/Cannot step simulation "ball.xml".*qpos/);
      simulation.resetData();
      simulation.ctrl[0] = Number.NaN;
      expect(() => simulation.step()).toThrow(/ctrl/);
      simulation.resetData();
      simulation.qvel[0] = Number.POSITIVE_INFINITY;
      expect(() => simulation.step(3)).toThrow(/qvel/);
      simulation.resetData();
      simulation.qpos[0] = Number.NaN;
      expect(() => simulation.forward()).toThrow(/qpos/);
      simulation.resetData();
      simulation.step(3);
      expect(simulation.time).toBeCloseTo(0.006, 12);
    }
  });

  test("wrong arguments and scenes that do not load", async () => {
    const simulation = await load();
    expect(() => simulation.step(1.5)).toThrow(/whole number of steps/);
    expect(() => simulation.step(-1)).toThrow(/whole number of steps/);
    expect(() => simulation.qpos.set(Array.from({ length: 9 }, () => 0))).toThrow(RangeError);
    await expect(load("nothing.xml")).rejects.toThrow(/Cannot load scene "nothing.xml".*nothing.xml/s);
    await expect(load("broken.xml")).rejects.toThrow(/Cannot load scene "broken.xml".*size 0 must be positive/s);
    simulation.step();
  });

  test("after dispose every access throws and kept arrays reach nothing in use", async () => {
    const simulation = await load();
    const kept = simulation.qpos;
    simulation.dispose();
    simulation.dispose();
    for (const access of [() => simulation.qpos, () => simulation.time, () => simulation.nq, () => simulation.step(), () => simulation.forward(), () => simulation.contacts(), () => simulation.id("body", "ball"), () => simulation.names("geom"), () => simulation.resetData()]) {
      expect(access).toThrow(/Cannot use simulation "ball.xml": it was disposed/);
    }
    const other = await load();
    for (let i = 0; i < 8; i++) kept[i] = 7;
    expect(other.qpos[2]).toBe(0.5);
    expect(backend === "wasm" || kept.length === 0).toBe(true);
  });

  test("views stay live while other scenes load", async () => {
    const simulation = await load();
    const { qpos } = simulation;
    for (let i = 0; i < 3; i++) await load();
    simulation.step(10);
    expect(qpos[2]).toBe(simulation.qpos[2]);
    expect(qpos[2]).toBeLessThan(0.5);
  });

  test("a Meta-World scene: Sawyer's gripper welded to the mocap body follows it", async () => {
    const simulation = await load("sawyer_xyz/sawyer_drawer.xml", join(assetPath("metaworld"), "assets"));
    simulation.eqData.set([0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 5]);
    simulation.mocapQuat.set([1, 0, 1, 0]);
    simulation.mocapPos.set([0, 0.6, 0.2]);
    simulation.ctrl.set([-1, 1]);
    simulation.step(250);
    const hand = 3 * simulation.id("body", "hand");
    const reached = Array.from(simulation.xpos.slice(hand, hand + 3));
    expect(Math.hypot(...reached.map((value, i) => value - (simulation.mocapPos[i] as number)))).toBeLessThan(0.01);
  });

  test("two worker threads step their own scenes and agree", async () => {
    const url = workerUrl(import.meta.url, "./simulation.js").href;
    const code = `import(${JSON.stringify(url)}).then(async ({ loadSimulation }) => {
      const simulation = await loadSimulation(${JSON.stringify({ xml: "ball.xml", backend })} && { ...${JSON.stringify({ xml: "ball.xml", backend })}, assets: require("node:worker_threads").workerData });
      simulation.step(500);
      const z = simulation.qpos[2];
      simulation.dispose();
      require("node:worker_threads").parentPort.postMessage(z);
    })`;
    const heights = await Promise.all(
      [0, 1].map(() => {
        const worker = new Worker(code, { eval: true, workerData: folder });
        return new Promise<number>((resolve, reject) => worker.once("message", resolve).once("error", reject));
      }),
    );
    const simulation = await load();
    simulation.step(500);
    expect(heights).toEqual([simulation.qpos[2], simulation.qpos[2]]);
  });
});

test("the environment can force a backend; an unknown one is refused with the legal set", async () => {
  expect((await chooseBackend()).chosen).toBe("native");
  process.env["LLMDPD_MUJOCO_BACKEND"] = "wasm";
  try {
    expect(await chooseBackend()).toEqual({ chosen: "wasm", reason: "asked for" });
    expect((await chooseBackend("native")).chosen).toBe("native");
    process.env["LLMDPD_MUJOCO_BACKEND"] = "nativ";
    await expect(chooseBackend()).rejects.toThrow(/Did you mean "native"\? Known: auto, native, wasm/);
  } finally {
    delete process.env["LLMDPD_MUJOCO_BACKEND"];
  }
});

test("without the native library, auto falls back and native says why", async () => {
  // The library is opened once per thread, so a fresh thread is what a machine without it looks like.
  const url = workerUrl(import.meta.url, "./simulation.js").href;
  const code = `process.env.LLMDPD_MUJOCO = "/nowhere/libmujoco.so"; import(${JSON.stringify(url)}).then(async ({ chooseBackend }) =>
    require("node:worker_threads").parentPort.postMessage([await chooseBackend(), await chooseBackend("native").catch((error) => error.message)]))`;
  const worker = new Worker(code, { eval: true });
  const [auto, named] = await new Promise<[{ chosen: string; reason: string }, string]>((resolve, reject) => worker.once("message", resolve).once("error", reject));
  expect(auto.chosen).toBe("wasm");
  expect(auto.reason).toMatch(/does not load.*nowhere/);
  expect(named).toMatch(/Cannot use the native MuJoCo.*nowhere.*npm run setup/);
});

test("textures are cut out of a scene, everything else stays", () => {
  expect(withoutTextures('<asset><!-- old --><texture name="a" file="a.png"/><texture builtin="flat"></texture><material name="m" texture="a" rgba="1 0 0 1"/></asset>')).toBe('<asset><material name="m" rgba="1 0 0 1"/></asset>');
});

test("both backends simulate the same physics", async () => {
  const [native, wasm] = await Promise.all((["native", "wasm"] as const).map((backend) => loadSimulation({ xml: "ball.xml", assets: folder, backend })));
  native?.ctrl.fill(0.5);
  wasm?.ctrl.fill(0.5);
  native?.step(400);
  wasm?.step(400);
  const difference = Math.max(...Array.from(native?.qpos ?? [], (value, i) => Math.abs(value - (wasm?.qpos[i] ?? Number.NaN))));
  expect(difference).toBeLessThan(1e-12);
  native?.dispose();
  wasm?.dispose();
});

test("the layout table is that of the headers beside the library", () => {
  const header = readFileSync(join(assetPath("mujoco"), "include", "mujoco", "mujoco.h"), "utf8");
  expect(Number(/#define mjVERSION_HEADER (\d+)/.exec(header)?.[1])).toBe(layout.version);
});

test("a fatal error inside MuJoCo prints its message and ends the process, without a log file", () => {
  const url = workerUrl(import.meta.url, "./native.js").href;
  const code = `const { openLibrary } = await import(${JSON.stringify(url)}); const { default: koffi } = await import("koffi");
    koffi.load(openLibrary().file).func("void mju_error(const char*, ...)")("stack overflow"); console.log("went on");`;
  const script = join(projectRoot(), "dist", "fatal-error-test.mjs");
  writeFileSync(script, code);
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8", input: "" });
  rmSync(script);
  expect({ status, text: stdout + stderr }).toEqual({ status: 1, text: expect.stringContaining("ERROR: stack overflow") as string });
  expect(stdout).not.toContain("went on");
});

test("nothing was written into the working directory, warnings included", () => {
  expect(readdirSync(process.cwd())).toEqual([]);
});
