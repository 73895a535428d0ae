import type { HostArray, Tensor } from "../engine/index.js";
import type { Rng } from "../util/index.js";
import { attention, initAttention, type Attention } from "./attention.js";
import { dense, initDense, type Dense } from "./dense.js";
import { initLayerNorm, layerNorm, type LayerNorm } from "./layer-norm.js";

/** One block of a pre-norm encoder: attention, then a perceptron four times as wide, each added to its input. */
export type EncoderLayer<T = Tensor> = {
  readonly attentionNorm: LayerNorm<T>;
  readonly attention: Attention<T>;
  readonly feedForwardNorm: LayerNorm<T>;
  readonly expand: Dense<T>;
  readonly contract: Dense<T>;
};

/** Initial parameters of `layers` blocks of `width`. */
export function initEncoder(width: number, { layers, rng }: { layers: number; rng: Rng }): readonly EncoderLayer<HostArray>[] {
  return Array.from({ length: layers }, () => ({
    attentionNorm: initLayerNorm(width),
    attention: initAttention(width, { rng }),
    feedForwardNorm: initLayerNorm(width),
    expand: initDense(width, 4 * width, { rng }),
    contract: initDense(4 * width, width, { rng }),
  }));
}

/**
 * Pre-norm transformer encoder with GELU, without dropout: x (sequences·tokens, width), one row a token, → the same.
 * Rows instead of a third axis keep every linear layer and its gradient one matrix product. Source: arXiv 2002.04745.
 */
export function encoder(layers: readonly EncoderLayer[], x: Tensor, { heads, tokens }: { heads: number; tokens: number }): Tensor {
  return layers.reduce((h, layer) => {
    const attended = h.add(attention(layer.attention, layerNorm(layer.attentionNorm, h), { heads, tokens }));
    const expanded = dense(layer.expand, layerNorm(layer.feedForwardNorm, attended)).gelu();
    return attended.add(dense(layer.contract, expanded));
  }, x);
}
