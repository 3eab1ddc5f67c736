/** The streams of rtpproxy's protocol at our relay: each is a session of the switchboard, with a leg towards either party and one media. */
import type { RtppTag } from '@strowger/media-control/rtpproxy'
import type { Leg, Session } from '../ng/session.ts'
import type { Switchboard } from '../ng/switchboard.ts'

/** `near` is the party whose update began it, `far` the other. */
export type Side = 'near' | 'far'

/** One m-line of a call. It lives while somebody holds it: strongly, or weakly from either side. */
export interface Stream {
  readonly session: Session
  readonly near: Leg
  readonly far: Leg
  readonly holds: NonNullable<Session['holds']>
}

/** Call-ID, who asks, and of whom. */
export interface Asked {
  readonly callId: string
  readonly from: RtppTag
  readonly to?: RtppTag
}

/** A stream, and on which side of it the `from` of the question is. */
export interface Found {
  readonly stream: Stream
  readonly side: Side
}

export class Streams {
  readonly board: Switchboard
  readonly #told: (session: Session, what: 'begun' | 'ended') => void

  /** `told` of each session that a command began or ended. */
  constructor(board: Switchboard, told: (session: Session, what: 'begun' | 'ended') => void = () => {}) {
    this.board = board
    this.#told = told
  }

  /** The stream that `from` began, or `to`. Only the beginner's number of the m-line counts where `to` has none. */
  find({ callId, from, to }: Asked): Found | undefined {
    const own = this.#get(callId, from)
    if (own) return { stream: own, side: 'near' }
    const other = to && this.#get(callId, to.media === undefined ? { ...to, ...mediaOf(from) } : to)
    return other && { stream: other, side: 'far' }
  }

  /** All that a question without a number of an m-line means. */
  *findAll(asked: Asked): Iterable<Found> {
    if (asked.from.media !== undefined) {
      const found = this.find(asked)
      if (found) yield found
      return
    }
    const { callId, from, to } = asked
    for (let media = 0; media <= MOST_LINES; media++) {
      const number = media === 0 ? {} : { media }
      const found = this.find({ callId, from: { tag: from.tag, ...number }, ...(to ? { to: { tag: to.tag, ...number } } : {}) })
      if (found) yield found
    }
  }

  /** Every stream there is, those of NG's sessions not. */
  *all(): Iterable<Stream> {
    for (const session of this.board.sessions.values()) {
      const stream = streamOf(session)
      if (stream) yield stream
    }
  }

  /** @throws {RelayError} `ports-exhausted`; {MediaError} `refused` while the relay drains. */
  open({ callId, from }: Asked, interfaces: Readonly<Record<Side, string>>): Stream {
    const session = this.board.demand(idOf(callId, from))
    try {
      const near = this.board.addLeg(session, { tag: from.tag, interface: interfaces.near })
      const far = this.board.addLeg(session, { interface: interfaces.far })
      near.peer = far
      far.peer = near
      session.call.joinTo(near.party, far.party)
      session.call.joinTo(far.party, near.party)
      const holds = { strong: false, weak: { near: false, far: false } }
      session.holds = holds
      this.#told(session, 'begun')
      return { session, near, far, holds }
    } catch (error) {
      this.board.discard(session)
      throw error
    }
  }

  end({ session }: Stream): void {
    this.board.end(session, 'deleted')
    this.#told(session, 'ended')
  }

  #get(callId: string, tag: RtppTag): Stream | undefined {
    const session = this.board.sessions.get(idOf(callId, tag))
    return session && streamOf(session)
  }
}

function streamOf(session: Session): Stream | undefined {
  const { holds, legs } = session
  const [near, far] = legs
  return holds && near && far && { session, near, far, holds }
}

function mediaOf({ media }: RtppTag): { readonly media?: number } {
  return media === undefined ? {} : { media }
}

/** The blanks keep it apart from the Call-IDs that come over NG. */
function idOf(callId: string, { tag, media }: RtppTag): string {
  return `${callId} ${tag} ${media ?? ''}`.trimEnd()
}

/** Of an SDP, which Kamailio counts from 1. */
const MOST_LINES = 64
