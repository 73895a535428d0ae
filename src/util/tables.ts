/** A record made of its keys, where the values differ by these alone. @example tableOf(["sin", "cos"], (name) => Math[name]) */
export function tableOf<K extends string, V>(names: readonly K[], make: (name: K) => V): Record<K, V> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<K, V>;
}

/** The keys of a record, as its type lists them. */
export function namesIn<K extends string>(table: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(table) as K[];
}
