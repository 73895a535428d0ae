/** The page's style sheet. */
export const style = `
:root { color-scheme: light; --ground: #ffffff; --scene: #e9edf2; --ink: #1c2127; --soft: #5b6570; --line: #dfe3e8; --panel: #f7f8fa; --accent: #0072b2; --good: #009e73; --hidden: #7a5195;
  --series-0: #0072b2; --series-1: #d55e00; --series-2: #009e73; --series-3: #cc79a7; font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
:root[data-theme="dark"] { color-scheme: dark; --ground: #0f1216; --scene: #171b21; --ink: #e8ebef; --soft: #9aa5b1; --line: #2a3038; --panel: #161a20; --accent: #56b4e9; --good: #2fd6a3; --hidden: #c79be0;
  --series-0: #56b4e9; --series-1: #f0803c; --series-2: #2fd6a3; --series-3: #e39cc3; }
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body { display: grid; grid-template: minmax(0, 1fr) auto / minmax(0, 1fr) minmax(260px, 26%); grid-template-areas: "scene side" "bar side"; background: var(--ground); color: var(--ink); overflow: hidden; }
main { grid-area: scene; position: relative; min-height: 0; background: var(--scene); overflow: hidden; }
canvas { display: block; width: 100%; height: 100%; outline: none; touch-action: none; cursor: grab; }
canvas:active { cursor: grabbing; }
#markers { position: absolute; inset: 0; overflow: hidden; pointer-events: none; }
.marker { position: absolute; top: 0; left: 0; padding: 1px 8px 2px; border-radius: 9px; background: color-mix(in srgb, var(--ground) 82%, transparent); color: var(--good); font-weight: 600; font-size: 12px; white-space: nowrap; }
.marker small { margin-left: 6px; color: var(--soft); font-weight: 400; font-size: 11px; }
.marker.hidden { color: var(--hidden); }
[hidden] { display: none !important; }
aside { grid-area: side; display: flex; flex-direction: column; gap: 14px; padding: 18px 18px 14px; border-left: 1px solid var(--line); background: var(--panel); overflow: auto; }
h1 { margin: 0; font-size: 20px; line-height: 1.2; letter-spacing: -0.01em; }
#sentence { margin: 6px 0 0; color: var(--soft); }
#sentence:empty { display: none; }
dl { display: grid; gap: 3px; margin: 0; font-size: 13px; }
dl div { display: grid; grid-template-columns: 68px 1fr; gap: 8px; }
dt { color: var(--soft); }
dd { margin: 0; font-variant-numeric: tabular-nums; }
#curves { display: grid; gap: 12px; }
figure { margin: 0; }
figcaption { display: flex; justify-content: space-between; margin-bottom: 3px; font-size: 12px; }
figcaption span { font-weight: 600; }
figcaption output { color: var(--series); font-weight: 600; font-variant-numeric: tabular-nums; }
.plot { position: relative; cursor: ew-resize; touch-action: none; }
.plot svg { display: block; width: 100%; height: clamp(72px, 15vh, 150px); overflow: visible; }
.flag .plot svg { height: 14px; }
.plot .top, .plot .bottom { position: absolute; right: 0; padding: 0 2px; color: var(--soft); font-size: 10px; line-height: 1; pointer-events: none; background: color-mix(in srgb, var(--panel) 70%, transparent); }
.plot .top { top: 6px; } .plot .bottom { bottom: 6px; }
.plot i { position: absolute; width: 9px; height: 9px; margin: -4.5px; border: 2px solid var(--panel); border-radius: 50%; background: var(--series); pointer-events: none; }
.grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.area { fill: var(--series); opacity: 0.13; }
.done, .ahead { fill: none; stroke: var(--series); stroke-width: 2; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.ahead { opacity: 0.28; }
.off { fill: var(--line); } .on { fill: var(--series); }
.cursor { stroke: var(--ink); stroke-width: 1; opacity: 0.55; vector-effect: non-scaling-stroke; }
details { margin-top: auto; color: var(--soft); font-size: 12px; }
summary { cursor: pointer; }
details p { margin: 6px 0 0; line-height: 1.75; }
kbd { padding: 0 5px; border: 1px solid var(--line); border-radius: 4px; background: var(--ground); font: 11px ui-monospace, SFMono-Regular, Menlo, monospace; }
nav { grid-area: bar; display: flex; flex-wrap: wrap; align-items: center; gap: 8px 10px; padding: 8px 14px; border-top: 1px solid var(--line); background: var(--panel); }
#play { display: grid; place-items: center; width: 38px; height: 38px; padding: 0; border: 0; border-radius: 50%; background: var(--accent); color: var(--ground); }
#play svg { width: 16px; height: 16px; fill: currentColor; }
#play .b, #play.playing .a { display: none; } #play.playing .b { display: block; }
#scrub { flex: 1 1 180px; min-width: 120px; height: 20px; margin: 0; accent-color: var(--accent); cursor: pointer; }
#time { min-width: 156px; color: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
nav button, nav select { height: 30px; padding: 0 9px; border: 1px solid var(--line); border-radius: 7px; background: var(--ground); color: var(--ink); font: inherit; font-size: 12px; cursor: pointer; }
nav button[aria-pressed="false"] { color: var(--soft); text-decoration: line-through; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
#problem { position: absolute; inset: 0; display: grid; place-content: center; padding: 24px; background: var(--scene); color: var(--soft); text-align: center; }
@media (max-width: 760px) {
  html, body { height: auto; min-height: 100%; }
  body { grid-template: clamp(240px, 56vh, 460px) auto auto / minmax(0, 1fr); grid-template-areas: "scene" "bar" "side"; overflow: auto; }
  aside { border-left: 0; border-top: 1px solid var(--line); overflow: visible; }
}
@media (max-height: 520px) and (min-width: 761px) { aside { gap: 9px; padding: 12px 14px; } .plot svg { height: 62px; } h1 { font-size: 17px; } }
`;
