/**
 * The batch that one LLMDPD update reads, float32 unless said otherwise.
 *
 * M groups (tasks) of P transitions: B = M·P, and the transitions m·P … m·P + P − 1 belong to prompt m. S, A, E: widths of
 * observation, action and raw text vector; K: prompt steps; T: denoising steps. Everything random and everything that
 * depends on the number of the update is made on the host (batch-sampler.ts), so that an update is a pure function.
 */
export type LlmdpdBatch<T> = {
  /** (B, S) normalised observations. */
  readonly observation: T;
  /** (B, A) actions in [−1, 1]. */
  readonly action: T;
  /** (M, A) 1 for the numbers of an action that are the task's own, 0 for padding; absent where all tasks have A. */
  readonly actionMask?: T;
  /** (B, 1) scaled rewards. */
  readonly reward: T;
  /** (B, S) normalised observations one step later. */
  readonly nextObservation: T;
  /** (B, 1) 0 where the episode ended in a terminal state, else 1 (time-outs are 1). */
  readonly notDone: T;
  /** (M, E) centred and scaled text vectors with noise and dropout applied; absent without text prompts. */
  readonly text?: T;
  /** (M, K, S + A + 1) trajectory prompts [observation, action, reward], normalised; absent without trajectory prompts. */
  readonly prompt?: T;
  /** (B, A) ε of L_d. */
  readonly noise: T;
  /** (B) int32, 0 … T − 1: the denoising step of L_d. */
  readonly timestep: T;
  /** (T, B, A) noise of the policy's chain: index 0 is x_T, index i is added after the i-th denoising step. With "one-step": absent. */
  readonly actorNoise?: T;
  /** (T, B, A) noise of the EMA policy's chain, which draws a′. */
  readonly targetNoise: T;
  /** () 0: the first critic is maximised and the second normalises; 1: the other way round. */
  readonly qSwap: T;
  /** () rate of the policy's moving average in this update, 0 when it is not due. */
  readonly emaRate: T;
  /** () factor on both learning rates, from the schedule. */
  readonly learningRateScale: T;
};
