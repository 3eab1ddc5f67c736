/** Asks our relay, while there are calls, which media sessions ended because nobody sends any more: the calls they were for are over too. */
import { MediaError, type NgReply, type NgSilent } from '@strowger/media-control'
import type { Logger } from '@strowger/runtime'

export interface SilenceWatchOptions {
  readonly ask: (command: NgSilent) => Promise<NgReply>
  readonly log: Logger
  /** Nothing is asked while there are none. */
  readonly hasCalls: () => boolean
  /** Names of calls, which may be unknown here or over. */
  readonly onSilent: (calls: readonly string[]) => void
}

export class SilenceWatch {
  readonly #options: SilenceWatchOptions
  readonly #timer: NodeJS.Timeout
  #known: { readonly after: number; readonly epoch: number } = { after: 0, epoch: 0 }
  #asking = false

  constructor(options: SilenceWatchOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.ask(), ASK_MS)
    this.#timer.unref()
  }

  /** Never rejects: a relay that does not answer is asked again. */
  async ask(): Promise<void> {
    const { ask, hasCalls, onSilent, log } = this.#options
    if (this.#asking || !hasCalls()) return
    this.#asking = true
    try {
      const { last, epoch, calls } = await ask({ command: 'silent', ...this.#known })
      this.#known = { after: numberOf(last), epoch: numberOf(epoch) }
      if (Array.isArray(calls) && calls.length > 0) onSilent([...new Set(calls.filter(id => typeof id === 'string').map(callOfSession))])
    } catch (error) {
      log.debug({ reason: (error as Error).message }, 'relay does not say who is silent')
      if (error instanceof MediaError && error.code === 'refused') this.close()
    } finally {
      this.#asking = false
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }
}

/** The proxies name a session `CALL.LEG`, and so do we. */
export function callOfSession(session: string): string {
  const dot = session.lastIndexOf('.')
  return dot < 0 ? session : session.slice(0, dot)
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

const ASK_MS = 1000
