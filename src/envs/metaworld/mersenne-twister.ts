const size = 624;
const shift = 397;

/**
 * MT19937 (Matsumoto and Nishimura 1998), seeded and turned into doubles as NumPy's `np.random.seed` and
 * `np.random.uniform` do: Meta-World draws the goals of its benchmarks with them. Everything else here uses `Rng`.
 */
export class MersenneTwister {
  private readonly state = new Uint32Array(size);
  private at = size;

  constructor(seed: number) {
    let value = seed >>> 0;
    for (let i = 0; i < size; i++) {
      this.state[i] = value;
      value = (Math.imul(1812433253, value ^ (value >>> 30)) + i + 1) >>> 0;
    }
  }

  /** 32 random bits. */
  private bits(): number {
    if (this.at === size) this.twist();
    let y = this.state[this.at++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  private twist(): void {
    const { state } = this;
    for (let i = 0; i < size; i++) {
      const y = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % size] as number) & 0x7fffffff);
      state[i] = (state[(i + shift) % size] as number) ^ (y >>> 1) ^ ((y & 1) === 0 ? 0 : 0x9908b0df);
    }
    this.at = 0;
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }
}
