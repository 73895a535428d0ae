export { UserError, messageOf } from "./errors.js";
export { nearest, oneOf } from "./suggest.js";
export { projectRoot, dataPath, type DataFolder } from "./paths.js";
export { downloadFile, type Downloaded, type DownloadOptions } from "./download.js";
export { writeFileAtomic, sha256, sha256File } from "./files.js";
export { assetFolder, assetPath, type Asset } from "./assets.js";
export { Rng } from "./rng.js";
export { formatDuration, terminalProgress, type ProgressEvent, type ProgressFn } from "./progress.js";
export { mapWorkers, workerUrl } from "./workers.js";
