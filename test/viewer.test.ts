/** The viewer: every task's scene can be drawn, and an episode's page shows it in a browser without a network. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadVisualModel, metaworldTasks, robotNames } from "../src/envs/index.js";
import { recordRobot } from "../src/notebook/index.js";
import { assetPath, sha256 } from "../src/util/index.js";
import { recordLocomotion, recordMetaworld, replayPage, type Replay } from "../src/viewer/index.js";
import type { ViewerHook } from "../src/viewer/page/main.js";
import { chromiumArguments, findChromium } from "./chromium.js";

declare const llmdpdViewer: ViewerHook;

const minutes = 60_000;
const assets = (): string => join(assetPath("metaworld"), "assets");

/** One line for everything in a value, typed arrays by their bytes. */
function digest(value: unknown): string {
  const bytes = (one: ArrayBufferView): string => sha256(new Uint8Array(one.buffer, one.byteOffset, one.byteLength));
  return sha256(JSON.stringify(value, (_, one: unknown) => (ArrayBuffer.isView(one) ? bytes(one) : one)));
}

describe("the scenes of all tasks", () => {
  const scenes = [...new Set(metaworldTasks.map(({ scene }) => scene))];

  it.each(scenes)("%s has a shape for everything that is seen", async (xml) => {
    const { bodies, parts, meshes, textures, cameras } = await loadVisualModel({ assets: assets(), xml });
    expect(bodies).toContain("hand");
    expect(cameras.map(({ name }) => name)).toContain("corner");
    expect(parts.length).toBeGreaterThan(20);
    const empty = parts.filter(({ shape, mesh, size }) => (shape === "mesh" ? !((meshes[mesh as number]?.faces.length ?? 0) > 0) : !(size[0] > 0)));
    expect(empty).toEqual([]);
    const black = parts.filter(({ texture }) => texture !== undefined && textures[texture]?.pixels.some((value) => value > 0) !== true);
    expect(black).toEqual([]);
    expect(Math.max(...parts.map(({ body }) => body))).toBeLessThan(bodies.length);
    for (const { vertices, faces } of meshes) {
      expect(vertices.every(Number.isFinite)).toBe(true);
      expect(faces.every((vertex) => vertex < vertices.length / 3)).toBe(true);
    }
  });

  it("look the same from both builds of MuJoCo", async () => {
    const xml = "sawyer_xyz/sawyer_door_pull.xml";
    const [wasm, native] = [await loadVisualModel({ assets: assets(), xml, backend: "wasm" }), await loadVisualModel({ assets: assets(), xml, backend: "native" })];
    expect(digest(wasm)).toBe(digest(native));
  });
});

describe("recordMetaworld", () => {
  it("records the expert's success and ends soon after it", async () => {
    const replay = await recordMetaworld("door-open", { stepsPastSuccess: 5 });
    const success = replay.curves.find(({ name }) => name === "success")?.values ?? [];
    const first = Array.from(success).indexOf(1);
    expect(first).toBeGreaterThan(20);
    expect(success.length).toBe(first + 6);
    expect(replay.positions.length).toBe(3 * replay.scene.bodies.length * success.length);
    expect(replay.markers?.[0]).toMatchObject({ name: "goal", note: "seen by the policy" });
  });

  it("is told apart by its seed and its goal", async () => {
    const last = async (options: object): Promise<number[]> => [...(await recordMetaworld("reach", { policy: "random", maxSteps: 3, ...options })).positions];
    expect(await last({ seed: 1 })).toEqual(await last({ seed: 1 }));
    expect(await last({ seed: 1 })).not.toEqual(await last({ seed: 2 }));
    expect(await last({ seed: 1, goal: 1 })).not.toEqual(await last({ seed: 1 }));
  });

  it("names what is wrong", async () => {
    await expect(recordMetaworld("dor-open")).rejects.toThrow('Did you mean "door-open"?');
    await expect(recordMetaworld("door-open", { policy: "exprt" as "expert" })).rejects.toThrow('Cannot find policy "exprt". Did you mean "expert"?');
    await expect(recordMetaworld("door-open", { goal: -1 })).rejects.toThrow("a goal's number from 0 on required, got -1");
    await expect(recordMetaworld("door-open", { maxSteps: 501 })).rejects.toThrow("1 to 500 steps required, got 501");
  });
});

describe("recordLocomotion", () => {
  const still = (robot: string): { name: string; act: () => number[] } => ({ name: "no torque", act: () => new Array<number>(robot === "hopper" ? 3 : 6).fill(0) });
  const values = (replay: Replay, name: string): number[] => Array.from(replay.curves.find((curve) => curve.name === name)?.values ?? []);

  it.each(robotNames)("shows %s on a ground as long as its way", async (robot) => {
    const replay = await recordLocomotion(robot, { policy: still(robot), maxSteps: 30, score: (total) => total });
    const { bodies, parts, textures } = replay.scene;
    expect(bodies).toContain("torso");
    const ground = parts.filter(({ shape }) => shape === "plane");
    expect(ground.map(({ size, repeat }) => size[0] / repeat[0])).toEqual([1]);
    expect(textures).toHaveLength(1);
    const frames = values(replay, "reward").length;
    expect(frames).toBeGreaterThan(10);
    expect(replay.positions.length).toBe(3 * bodies.length * frames);
    // Drawn places lie up to a step of the simulator behind.
    const x = (frame: number): number => replay.positions[3 * (frame * bodies.length + bodies.indexOf("torso"))] as number;
    const sum = (name: string): number => values(replay, name).slice(1).reduce((total, value) => total + value, 0);
    expect(sum("forward velocity") * replay.secondsPerFrame).toBeCloseTo(x(frames - 1) - x(0), 1);
    expect(replay.labels).toContainEqual({ name: "score", value: `${sum("reward").toFixed(1)} by D4RL's measure` });
  });

  it("ends with a fall, and is told apart by its seed", async () => {
    const [one, other] = [await recordLocomotion("hopper", { policy: still("hopper") }), await recordLocomotion("hopper", { policy: still("hopper"), seed: 1 })];
    expect(one.labels.find(({ name }) => name === "length")?.value).toMatch(/^\d\d\d? steps, then it fell$/);
    expect(one.positions.slice(0, 30)).not.toEqual(other.positions.slice(0, 30));
  });

  it("names what is wrong", async () => {
    await expect(recordLocomotion("hoper", { policy: still("hopper") })).rejects.toThrow('Did you mean "hopper"?');
    await expect(recordLocomotion("walker2d", { policy: still("hopper") })).rejects.toThrow("an action of 6 numbers required, got 3");
    await expect(recordLocomotion("hopper", { policy: still("hopper"), maxSteps: 1001 })).rejects.toThrow("1 to 1000 steps required, got 1001");
    await expect(recordRobot("hopper", { policy: "exprt" })).rejects.toThrow('Cannot find policy or run of hopper: "exprt". Did you mean "expert"?');
  });
});

const executable = findChromium();

describe("an episode's page in a browser", () => {
  it("has a Chromium to run in, where CI runs it", () => {
    if (executable === undefined) console.warn("No Chromium was found (name one in LLMDPD_CHROMIUM): the page is not tried in a browser.");
    expect(executable !== undefined || process.env["CI"] !== "true").toBe(true);
  });

  if (executable === undefined) return;

  const folder = mkdtempSync(join(tmpdir(), "viewer-"));
  const problems: string[] = [];
  const requests: string[] = [];
  let replay: Replay;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    replay = await recordMetaworld("door-open", { sentence: "Open the <door>.", stepsPastSuccess: 3 });
    const file = join(folder, "door-open.html");
    writeFileSync(file, await replayPage(replay, { textureSize: 64, autoplay: false }));
    // No graphics processor is needed: SwiftShader draws.
    browser = await chromium.launch({ executablePath: executable, args: [...chromiumArguments, "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"] });
    const context = await browser.newContext({ viewport: { width: 900, height: 480 }, offline: true });
    page = await context.newPage();
    page.setDefaultTimeout(2 * minutes);
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && !/GPU stall|GL Driver Message/.test(message.text()) && problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("request", (request) => /^(file|blob|data):/.test(request.url()) || requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await page.waitForFunction("window.llmdpdViewer !== undefined");
  }, 5 * minutes);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const frame = (): Promise<number> => page.evaluate(() => llmdpdViewer.player.frame);
  const bodyAt = (name: string, at: number): Promise<[number, number, number]> =>
    page.evaluate(async ([body, to]) => {
      llmdpdViewer.player.seek(to);
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      return llmdpdViewer.bodyPosition(body);
    }, [name, at] as const);

  it("says what it shows", async () => {
    expect(await page.textContent("h1")).toBe("door-open");
    expect(await page.textContent("#sentence")).toBe("Open the <door>.");
    expect(await page.textContent("#labels")).toContain("policyscripted expert");
    expect(await page.textContent(".marker")).toContain("seen by the policy");
    expect(await page.isVisible("#problem")).toBe(false);
  });

  it("moves the arm as it was recorded", async () => {
    const frames = await page.evaluate(() => llmdpdViewer.frames);
    const bodies = replay.scene.bodies;
    expect(frames).toBe(replay.positions.length / (3 * bodies.length));
    for (const [name, least] of [["hand", 0.1], ["rightclaw", 0.1]] as const) {
      const places = [await bodyAt(name, 0), await bodyAt(name, frames - 1)];
      for (const [i, at] of [0, frames - 1].entries()) {
        const from = 3 * (at * bodies.length + bodies.indexOf(name));
        places[i]?.forEach((value, axis) => expect(value).toBeCloseTo(replay.positions[from + axis] as number, 3));
      }
      const [before = [], after = []] = places;
      expect(Math.hypot(...before.map((value, axis) => value - (after[axis] ?? 0)))).toBeGreaterThan(least);
    }
  });

  it("draws other pixels when the time or the view is another", async () => {
    const picture = async (change: () => Promise<unknown>): Promise<string> => {
      await change();
      const shot = await page.locator("#scene").screenshot({ timeout: 2 * minutes });
      return shot.toString("base64");
    };
    const first = await picture(() => bodyAt("hand", 0));
    const later = await picture(() => bodyAt("hand", 60));
    const above = await picture(() => page.evaluate(() => llmdpdViewer.setCamera("topview")));
    expect(new Set([first, later, above]).size).toBe(3);
    // A picture of one colour would be much smaller.
    expect(Math.min(first.length, later.length, above.length)).toBeGreaterThan(40_000);
  }, 5 * minutes);

  it("plays, pauses and seeks by button, key, slider and curve", async () => {
    await bodyAt("hand", 10);
    await page.click("#play");
    await expect.poll(frame, { timeout: 1 * minutes }).toBeGreaterThan(12);
    await page.keyboard.press("k");
    expect(await page.evaluate(() => llmdpdViewer.player.playing)).toBe(false);
    await page.keyboard.press("Home");
    await page.keyboard.press("Shift+ArrowRight");
    expect(await frame()).toBe(10);
    await page.fill("#scrub", "33");
    expect(await frame()).toBe(33);
    const last = (await page.evaluate(() => llmdpdViewer.frames)) - 1;
    const plot = page.locator(".plot").first();
    const { width = 0 } = (await plot.boundingBox()) ?? {};
    await plot.click({ position: { x: width / 2, y: 20 } });
    expect(Math.abs((await frame()) - last / 2)).toBeLessThan(2);
    await expect.poll(() => page.textContent("#time"), { timeout: 1 * minutes }).toContain(`step ${await frame()} of ${last}`);
  }, 3 * minutes);

  it("is dark or light", async () => {
    const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.evaluate(() => llmdpdViewer.setTheme("light"));
    expect(await ground()).toBe("rgb(255, 255, 255)");
    await page.click("#theme");
    expect(await ground()).not.toBe("rgb(255, 255, 255)");
  });

  it("goes along with a robot that runs", async () => {
    const run = await recordRobot("hopper", { policy: "medium", maxSteps: 200 });
    const file = join(folder, "hopper.html");
    writeFileSync(file, await replayPage(run, { autoplay: false }));
    await page.goto(pathToFileURL(file).href);
    await page.waitForFunction("window.llmdpdViewer !== undefined");
    const last = (await page.evaluate(() => llmdpdViewer.frames)) - 1;
    const inPicture = (): Promise<{ x: number } | undefined> => page.evaluate(() => llmdpdViewer.bodyInPicture("torso"));
    const [before, at] = [await bodyAt("torso", 0), await inPicture()];
    const [after, then] = [await bodyAt("torso", last), await inPicture()];
    expect(after[0] - before[0]).toBeGreaterThan(0.5);
    expect(Math.abs((then?.x ?? NaN) - (at?.x ?? NaN))).toBeLessThan(10);
    expect(await page.textContent("#labels")).toMatch(/policymedium, TD3.*by D4RL's measure/s);
  }, 5 * minutes);

  it("needed no network and reported no problem", () => {
    expect(requests).toEqual([]);
    expect(problems).toEqual([]);
  });
});
