/**
 * Seeded random numbers: xoshiro128** (Blackman and Vigna 2018) seeded by SplitMix64-style mixing.
 *
 * Streams are made by `fork`, which depends on the seed and the keys alone and never on how many numbers were drawn:
 * step k of a training draws from `rng.fork("step", k)`, so that a resumed run needs no stored generator state.
 *
 * @example new Rng(0).fork("noise", 12).normal()
 */
export class Rng {
  private a: number;
  private b: number;
  private c: number;
  private d: number;
  private spare: number | undefined;

  constructor(readonly seed: number) {
    let state = seed | 0;
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      return mix(state);
    };
    // The high bits of seeds above 2^32 count too.
    state ^= mix(Math.floor(seed / 4294967296) | 0);
    this.a = next();
    this.b = next();
    this.c = next();
    this.d = next() | 1;
  }

  /** An independent stream that depends on this generator's seed and on the keys, not on what was drawn. */
  fork(...keys: readonly (string | number)[]): Rng {
    let hash = mix(this.seed | 0) ^ mix((Math.floor(this.seed / 4294967296) | 0) + 1);
    let high = mix(hash ^ 0x5bd1e995);
    for (const key of keys) {
      const text = typeof key === "number" ? `#${key}` : key;
      for (let i = 0; i < text.length; i++) {
        hash = mix(hash ^ text.charCodeAt(i));
        high = mix((high + hash) | 0);
      }
      hash = mix((hash + 0x9e3779b9) | 0);
    }
    return new Rng((hash >>> 0) + (high >>> 11) * 4294967296);
  }

  /** 32 random bits. */
  bits(): number {
    const scrambled = Math.imul(this.b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result >>> 0;
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    return ((this.bits() >>> 5) * 67108864 + (this.bits() >>> 6)) / 9007199254740992;
  }

  /** Uniform in [low, high). */
  uniformIn(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** An integer in [0, n). */
  int(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** A standard normal number (polar method of Marsaglia). */
  normal(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    for (;;) {
      const u = this.bits() * 4.656612873077393e-10 - 1;
      const v = this.bits() * 4.656612873077393e-10 - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * Math.log(s)) / s);
        this.spare = v * scale;
        return u * scale;
      }
    }
  }

  /** Fills an array with standard normal numbers and returns it. */
  fillNormal<A extends Float32Array | Float64Array>(array: A): A {
    for (let i = 0; i < array.length; i++) array[i] = this.normal();
    return array;
  }

  /** Fills an array with uniform numbers in [low, high) and returns it. */
  fillUniform<A extends Float32Array | Float64Array>(array: A, { low = 0, high = 1 }: { low?: number; high?: number } = {}): A {
    for (let i = 0; i < array.length; i++) array[i] = this.uniformIn(low, high);
    return array;
  }

  /** One element of a non-empty array. */
  choice<T>(array: readonly T[]): T {
    if (array.length === 0) throw new RangeError("Cannot choose from an empty array");
    return array[this.int(array.length)] as T;
  }

  /** A shuffled copy. */
  shuffle<T>(array: readonly T[]): T[] {
    const copy = [...array];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
    }
    return copy;
  }
}

/** The finaliser of MurmurHash3: every input bit changes every output bit with probability one half. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
