/** Waits for the neighbours on the machine to be quiet, with patience that ends. */
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { machineBusySeconds } from './processes.ts'

/** Of all cores. */
const QUIET = 0.12
const LOOK_MS = 400

export class Patience {
  #left: number

  /** @param milliseconds in all, for a whole benchmark */
  constructor(milliseconds: number) {
    this.#left = milliseconds
  }

  get lasts(): boolean {
    return this.#left > 0
  }

  /** Until the machine is quiet or patience ends. */
  async wait(): Promise<void> {
    while (this.lasts && (await busyShare()) > QUIET) this.spend(LOOK_MS)
  }

  spend(milliseconds: number): void {
    this.#left -= milliseconds
  }
}

async function busyShare(): Promise<number> {
  const before = machineBusySeconds()
  await sleep(LOOK_MS)
  return ((machineBusySeconds() - before) * 1000) / LOOK_MS / availableParallelism()
}
