import type { TextureData } from "../envs/index.js";

/** An encoded picture. */
export interface Picture {
  readonly mime: string;
  readonly bytes: Uint8Array;
}

/** Smooth pictures hide what a lower quality loses. */
const quality = 72;

/** A texture as a WebP picture whose longest side has at most so many pixels. */
export async function encodeTexture({ width, height, channels, pixels }: TextureData, { longest }: { longest: number }): Promise<Picture> {
  const { createCanvas } = await import("@napi-rs/canvas");
  const source = createCanvas(width, height);
  const from = source.getContext("2d");
  const image = from.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < 3; channel++) image.data[4 * i + channel] = pixels[channels * i + (channels < 3 ? 0 : channel)] as number;
    image.data[4 * i + 3] = channels === 4 ? (pixels[4 * i + 3] as number) : 255;
  }
  from.putImageData(image, 0, 0);
  const scale = Math.min(1, longest / Math.max(width, height));
  const target = createCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  const context = target.getContext("2d");
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, target.width, target.height);
  return { mime: "image/webp", bytes: new Uint8Array(await target.encode("webp", quality)) };
}
