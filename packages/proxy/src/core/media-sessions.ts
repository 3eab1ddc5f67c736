/** Holds back the release of a media session while the relay works on a command for it: done late, the command would bring it back. */
import type { ProxyOutput } from './proxied.ts'
import { mediaSession } from './route-token.ts'

export type Release = ProxyOutput & { readonly kind: 'release' }

interface Busy {
  commands: number
  release: Release | undefined
}

export class MediaSessions {
  readonly #busy = new Map<string, Busy>()

  /** A command for the session is with the relay. */
  begin(session: string): void {
    const busy = this.#busy.get(session)
    if (busy) busy.commands++
    else this.#busy.set(session, { commands: 1, release: undefined })
  }

  /** The command was answered. Returns the release that had waited for the last one. */
  end(session: string): Release | undefined {
    const busy = this.#busy.get(session)
    if (busy === undefined || --busy.commands > 0) return undefined
    this.#busy.delete(session)
    return busy.release
  }

  /** False when it has to wait; it comes out of `end` then, once. */
  mayRelease(release: Release): boolean {
    const busy = this.#busy.get(mediaSession(release.call, release.leg))
    if (busy === undefined) return true
    // The one that counts is the end of a call that was up; the other one is the end of an attempt.
    if (busy.release === undefined || release.count) busy.release = release
    return false
  }
}
