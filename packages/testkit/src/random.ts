/** Seeded randomness: the same seed gives the same test, for ever. */

/** Numbers in [0, 1): mulberry32. Print the seed when a random test fails. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Tokens of 16 hexadecimal digits for branches and tags. */
export function seededToken(random: () => number): () => string {
  const word = (): string =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return () => word() + word()
}
