/** How much of a fault: a few seconds of it in `npm test`, all of it in `npm run faults`, with lines that say how far it is. */

/** Set by `npm run faults`. */
export const isFull: boolean = process.env.STROWGER_FAULTS === 'full'

export function extent(short: number, whole: number): number {
  return isFull ? whole : short
}

/** Of a long run, ten lines. */
export function progress(what: string, done: number, all: number): void {
  const tenth = Math.ceil(all / 10)
  if (isFull && done > 0 && done % tenth === 0) console.log(`${what}: ${done} of ${all}`)
}

/** Of all chance: the same each time, another with `SEED=…`. */
export const seed: number = Number(process.env.SEED ?? 1)
