/** Cosine of the angle between two vectors of one length; 0 if either is all zeros. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`Cannot compare vectors: lengths must be equal, got ${a.length} and ${b.length}`);
  let dot = 0;
  let normA = 0;
  let normB = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    dot += x * y;
    normA += x * x;
    normB += y * y;
  }
  return dot === 0 ? 0 : dot / Math.sqrt(normA * normB);
}

/** Vectors less their mean: removes what all texts share (a decoder's vectors share most of their length). */
export function centred(vectors: readonly Float32Array[], { mean = meanOf(vectors) }: { mean?: Float32Array } = {}): Float32Array[] {
  return vectors.map((vector) => vector.map((value, i) => value - (mean[i] as number)));
}

/** The mean of vectors of one length. */
export function meanOf(vectors: readonly Float32Array[]): Float32Array {
  const [first] = vectors;
  if (first === undefined) throw new Error("Cannot average vectors: at least one is required, got none");
  const sums = new Float64Array(first.length);
  for (const vector of vectors) for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (vector[i] as number);
  return Float32Array.from(sums, (sum) => sum / vectors.length);
}

/**
 * Cosines of every vector with every other, after centring unless told otherwise.
 *
 * @returns rows of a symmetric matrix, (texts, texts), ones on the diagonal
 */
export function similarityMatrix(vectors: readonly Float32Array[], { centre = true }: { centre?: boolean } = {}): number[][] {
  const compared = centre ? centred(vectors) : vectors;
  return compared.map((a) => compared.map((b) => cosine(a, b)));
}

/** For each query the index of the candidate with the largest cosine. */
export function nearestByCosine(queries: readonly Float32Array[], candidates: readonly Float32Array[]): number[] {
  return queries.map((query) => {
    const scores = candidates.map((candidate) => cosine(query, candidate));
    return scores.indexOf(Math.max(...scores));
  });
}
