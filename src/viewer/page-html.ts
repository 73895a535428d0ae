/** Text that is safe between tags and in quoted attributes. */
function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Unpacks the modules, in the order of their imports, and starts the first with the episode. */
const bootstrap = `
(async () => {
  const unpack = async (id) => {
    const text = document.getElementById(id).textContent;
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
  };
  try {
    const [code, episode] = await Promise.all([unpack("code"), unpack("episode")]);
    const urls = {};
    const modules = JSON.parse(new TextDecoder().decode(code));
    for (const [name, source] of modules) urls[name] = URL.createObjectURL(new Blob([source.replace(/"@module:([^"]+)"/g, (_, other) => JSON.stringify(urls[other]))], { type: "text/javascript" }));
    const { start } = await import(urls[modules[modules.length - 1][0]]);
    const length = new DataView(episode.buffer).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(episode.subarray(4, 4 + length)));
    window.llmdpdViewer = await start(header, episode.subarray(4 + length));
    document.getElementById("problem").hidden = true;
  } catch (error) {
    document.getElementById("problem").textContent = "This episode cannot be shown: " + (error && error.message || error) + ". It needs a browser of 2023 or later with WebGL 2.";
    throw error;
  }
})();
`;

const keys: readonly (readonly [string, string])[] = [
  ["space", "play or pause"], ["← →", "one step, with shift ten"], ["home end", "first, last step"], ["[ ]", "slower, faster"],
  ["c", "next camera"], ["r", "reset view"], ["p", "path"], ["t", "light or dark"],
];

/** The whole page; `code` and `episode` are gzipped and in base64. */
export function pageHtml({ title, style, code, episode }: { title: string; style: string; code: string; episode: string }): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main><canvas id="scene" tabindex="0" aria-label="The scene in 3D: drag to turn, scroll to zoom, drag with the right button to move"></canvas><div id="markers" aria-hidden="true"></div><p id="problem">Loading …</p></main>
<nav aria-label="Playback">
<button id="play" aria-label="play"><svg viewBox="0 0 16 16" aria-hidden="true"><path class="a" d="M3.5 1.8v12.4a.6.6 0 0 0 .9.5l10-6.2a.6.6 0 0 0 0-1l-10-6.2a.6.6 0 0 0-.9.5z"/><path class="b" d="M3 1.5h3.6v13H3zM9.4 1.5H13v13H9.4z"/></svg></button>
<input id="scrub" type="range" min="0" max="0" value="0" step="1" aria-label="step">
<span id="time"></span>
<select id="speed" aria-label="speed"></select>
<select id="camera" aria-label="camera"></select>
<button id="reset" title="back to the camera's place (r)">reset view</button>
<button id="trail" aria-pressed="true" title="the way that was taken (p)">path</button>
<button id="theme" title="light or dark (t)">theme</button>
</nav>
<aside>
<header><h1 id="title">${escapeHtml(title)}</h1><p id="sentence"></p></header>
<dl id="labels"></dl>
<section id="curves" aria-label="Curves: click or drag to seek"></section>
<details><summary>Keys</summary><p>${keys.map(([key, what]) => `${key.split(" ").map((one) => `<kbd>${escapeHtml(one)}</kbd>`).join(" ")} ${escapeHtml(what)}`).join("<br>")}</p></details>
</aside>
<script type="application/octet-stream" id="code">${code}</script>
<script type="application/octet-stream" id="episode">${episode}</script>
<script>${bootstrap}</script>
</body>
</html>
`;
}
