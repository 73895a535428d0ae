/** The page that replays an episode: everything that it needs is in it. Started by the few lines in its HTML. */
import type { Payload } from "../format.js";
import { drawCurves } from "./curves.js";
import { createPlayer, type Player } from "./player.js";
import { Stage, drawnBySoftware } from "./stage.js";
import type { ThemeName } from "./theme.js";
import { World } from "./world.js";

/** `window.llmdpdViewer`: how scripts and tests look at the page. */
export interface ViewerHook {
  readonly player: Player;
  readonly frames: number;
  readonly title: string;
  /** Where a body is drawn now, in metres. @throws for a name that the scene does not have */
  bodyPosition(name: string): [number, number, number];
  /** Where a body is drawn in the picture, in pixels from its top left; undefined behind the camera. */
  bodyInPicture(name: string): { x: number; y: number } | undefined;
  /** Chooses a camera by its name. */
  setCamera(name: string): void;
  setTheme(name: ThemeName): void;
}

const speeds = [0.1, 0.25, 0.5, 1, 2, 4];

/** Fills the page with an episode. */
export async function start(payload: Payload, body: Uint8Array): Promise<ViewerHook> {
  const page = elements();
  const software = drawnBySoftware();
  const world = await World.load(payload, { body, plain: software });
  let dirty = true;
  const changed = (): void => void (dirty = true);
  const stage = new Stage(page.canvas, world, { onChange: changed, software });
  const player = createPlayer({ ...payload, onChange: changed });
  const seek = (frame: number): void => {
    player.pause();
    player.seek(frame);
  };
  const curves = drawCurves(page.curves, { ...payload, onSeek: seek });
  describe(page, payload);

  const setCamera = (name: string): void => {
    const camera = payload.cameras.find((one) => one.name === name) ?? payload.cameras[0];
    if (camera === undefined) return;
    page.camera.value = camera.name;
    stage.look(camera);
    changed();
  };
  const setTheme = (name: ThemeName): void => {
    document.documentElement.dataset["theme"] = name;
    stage.setTheme(name);
    changed();
  };
  const toggleTheme = (): void => setTheme(document.documentElement.dataset["theme"] === "dark" ? "light" : "dark");
  const toggleTrail = (): void => {
    const shown = page.trail.getAttribute("aria-pressed") !== "true";
    page.trail.setAttribute("aria-pressed", String(shown));
    world.showTrails(shown);
    changed();
  };

  page.scrub.max = String(payload.frames - 1);
  page.play.addEventListener("click", () => player.toggle());
  page.scrub.addEventListener("input", () => seek(Number(page.scrub.value)));
  page.speed.append(...speeds.map((speed) => new Option(`${speed}×`, String(speed), false, speed === 1)));
  page.speed.addEventListener("change", () => player.setSpeed(Number(page.speed.value)));
  page.camera.append(...payload.cameras.map(({ name }) => new Option(name, name)));
  page.camera.addEventListener("change", () => setCamera(page.camera.value));
  page.reset.addEventListener("click", () => setCamera(page.camera.value));
  page.theme.addEventListener("click", toggleTheme);
  page.trail.addEventListener("click", toggleTrail);
  page.trail.hidden = payload.trails.length === 0;
  const stepSpeed = (by: number): void => {
    page.speed.selectedIndex = Math.min(speeds.length - 1, Math.max(0, page.speed.selectedIndex + by));
    player.setSpeed(Number(page.speed.value));
  };
  const nextCamera = (): void => setCamera(payload.cameras[(page.camera.selectedIndex + 1) % payload.cameras.length]?.name ?? "");
  listenToKeys({
    " ": () => player.toggle(), k: () => player.toggle(),
    ArrowLeft: ({ shiftKey }) => seek(Math.round(player.frame) - (shiftKey ? 10 : 1)),
    ArrowRight: ({ shiftKey }) => seek(Math.round(player.frame) + (shiftKey ? 10 : 1)),
    Home: () => seek(0), End: () => seek(payload.frames - 1),
    "[": () => stepSpeed(-1), "]": () => stepSpeed(1),
    c: nextCamera, r: () => setCamera(page.camera.value), t: toggleTheme, p: toggleTrail,
  });
  new ResizeObserver(() => {
    stage.resize();
    changed();
  }).observe(page.canvas);

  const preferred = matchMedia("(prefers-color-scheme: dark)");
  preferred.addEventListener("change", () => setTheme(preferred.matches ? "dark" : "light"));
  stage.resize();
  setCamera(payload.cameras[0]?.name ?? "");
  setTheme(preferred.matches ? "dark" : "light");

  const update = (): void => {
    const moves = stage.draw(player.frame, { draft: player.playing });
    readOut(page, { payload, player });
    curves.setFrame(player.frame);
    placeMarkers(page, { payload, stage });
    dirty = moves;
  };
  let last = performance.now();
  const loop = (now: number): void => {
    // A page that was out of sight goes on where it was.
    // The first frame may have been due before `last` was read.
    player.advance(Math.min(100, Math.max(0, now - last)));
    last = now;
    if (dirty) update();
    requestAnimationFrame(loop);
  };
  update();
  requestAnimationFrame(loop);
  if (payload.autoplay && !matchMedia("(prefers-reduced-motion: reduce)").matches) player.play();
  const bodyPosition = (name: string): [number, number, number] => {
    const index = payload.bodies.indexOf(name);
    if (index < 0) throw new Error(`Cannot find body "${name}". Known: ${payload.bodies.join(", ")}`);
    return world.where(index, player.frame);
  };
  return {
    player, frames: payload.frames, title: payload.title, setCamera, setTheme,
    bodyPosition,
    bodyInPicture: (name) => stage.project(bodyPosition(name)),
  };
}

type Page = ReturnType<typeof elements>;

function elements() {
  const find = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E;
  return {
    canvas: find<HTMLCanvasElement>("scene"), play: find<HTMLButtonElement>("play"), scrub: find<HTMLInputElement>("scrub"),
    speed: find<HTMLSelectElement>("speed"), camera: find<HTMLSelectElement>("camera"), reset: find<HTMLButtonElement>("reset"),
    theme: find<HTMLButtonElement>("theme"), trail: find<HTMLButtonElement>("trail"), curves: find("curves"), labels: find("labels"),
    title: find("title"), sentence: find("sentence"), time: find("time"), markers: find("markers"),
  };
}

/** What does not change: title, sentence, labels, names of markers. */
function describe(page: Page, { title, sentence, labels, markers }: Payload): void {
  page.title.textContent = title;
  page.sentence.textContent = sentence ?? "";
  page.labels.replaceChildren(
    ...labels.flatMap(({ name, value }) => {
      const [term, detail] = [document.createElement("dt"), document.createElement("dd")];
      [term.textContent, detail.textContent] = [name, value];
      const pair = document.createElement("div");
      pair.append(term, detail);
      return [pair];
    }),
  );
  page.markers.replaceChildren(
    ...markers.map(({ name, note, hidden = false }) => {
      const tag = document.createElement("span");
      tag.className = hidden ? "marker hidden" : "marker";
      tag.append(name);
      if (note !== undefined) tag.append(Object.assign(document.createElement("small"), { textContent: note }));
      return tag;
    }),
  );
}

function readOut(page: Page, { payload, player }: { payload: Payload; player: Player }): void {
  const frame = Math.round(player.frame);
  const seconds = (player.frame * payload.secondsPerFrame).toFixed(2);
  page.time.textContent = `step ${frame} of ${payload.frames - 1} · ${seconds} s`;
  page.scrub.value = String(frame);
  page.scrub.style.setProperty("--done", `${(100 * player.frame) / Math.max(1, payload.frames - 1)}%`);
  page.scrub.setAttribute("aria-valuetext", page.time.textContent);
  page.play.setAttribute("aria-label", player.playing ? "pause" : "play");
  page.play.classList.toggle("playing", player.playing);
}

function placeMarkers(page: Page, { payload, stage }: { payload: Payload; stage: Stage }): void {
  payload.markers.forEach(({ position: [x, y, z], radius }, i) => {
    const tag = page.markers.children[i] as HTMLElement;
    const place = stage.project([x, y, z + 1.6 * radius]);
    tag.hidden = place === undefined;
    if (place !== undefined) tag.style.transform = `translate(${place.x.toFixed(1)}px, ${place.y.toFixed(1)}px) translate(-50%, -100%)`;
  });
}

/** Keys work wherever the focus is, save for keys that the focused control uses itself. */
function listenToKeys(actions: Readonly<Record<string, (event: KeyboardEvent) => void>>): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const focused = event.target instanceof HTMLElement ? event.target : undefined;
    if (focused instanceof HTMLSelectElement && event.key !== "c") return;
    if (focused instanceof HTMLButtonElement && event.key === " ") return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (action === undefined) return;
    event.preventDefault();
    action(event);
  });
}
