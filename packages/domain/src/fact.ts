/**
 * A fact: one thing a role saw happen to a call, appended to its spool before anything else is done about it.
 * Facts are never changed or taken back; the record of a call is folded from them (`foldCdr`).
 */

/** Who is charged and shown a call: ids of the store's `brand` and `client`. 0 is nobody: an unassigned DDI, a stranger. */
export interface Tenant {
  readonly brand: number
  readonly client?: number
}

export type Direction = 'internal' | 'outbound' | 'inbound' | 'service'
export type Party = 'caller' | 'callee' | 'platform'

/** What every fact says. (`role`, `epoch`, `seq`) names the fact; the same name twice is the same fact. */
export interface FactHead {
  /** The call's id, made at the edge. Empty in a `boot`. */
  readonly call: string
  /** Counts the facts of one process. */
  readonly seq: number
  /** Epoch, ms. */
  readonly wall: number
  /** Monotonic, ms; comparable only within one process, that is within (`role`, `epoch`). */
  readonly mono: number
  /** Name of the process's role; a second worker of a role has a name of its own (`appserver-2`). */
  readonly role: string
  /** The start of the process, epoch ms; a later start of the same role has a greater one. */
  readonly epoch: number
}

/** Somebody wants to talk. Told by the edge after authentication, and by the application server when it knows better. */
export interface AttemptFact extends FactHead {
  readonly kind: 'attempt'
  readonly tenant?: Tenant
  readonly caller: string
  readonly callee: string
  readonly direction: Direction
  /** Id of the store's `user` who calls, or who is called from outside. */
  readonly user?: number
}

export interface RingingFact extends FactHead {
  readonly kind: 'ringing'
}

export interface AnswerFact extends FactHead {
  readonly kind: 'answer'
}

/** The call is over, as the application server saw it. `status` is the final SIP status the caller got (200 after an answer). */
export interface EndFact extends FactHead {
  readonly kind: 'end'
  readonly by: Party
  readonly status: number
  readonly cause?: string
}

/** The edge refused the call by itself: no application server took it. */
export interface RefusedFact extends FactHead {
  readonly kind: 'refused'
  readonly status: number
  readonly cause?: string
}

/** What the relay counted for one leg, cumulative within one `session` of the relay. */
export interface MediaFact extends FactHead {
  readonly kind: 'media'
  /** Which side of the call, named by the proxy that anchors it; one unnamed leg if absent. */
  readonly leg?: string
  /** Another session (a relay that started again, another branch) of the same leg is added up, not compared. */
  readonly session?: string
  readonly packets: number
  readonly bytes: number
  /** Absent where the engine does not count losses. */
  readonly lost?: number
  /** What the engine knows of how it sounded: ms, ms, and 1 to 4.5. RFC 3550 §6.4.1, RFC 3611 §4.7.5. */
  readonly jitterMs?: number
  readonly roundTripMs?: number
  readonly mos?: number
  /** Epoch, ms; absent or 0 when none came. */
  readonly lastPacket?: number
}

/** A role started. Calls that its earlier epochs left open are over. */
export interface BootFact extends FactHead {
  readonly kind: 'boot'
}

/** Further knowledge about a party; not part of the record. */
export interface IdentityFact extends FactHead {
  readonly kind: 'identity'
}

export type Fact = AttemptFact | RingingFact | AnswerFact | EndFact | RefusedFact | MediaFact | BootFact | IdentityFact

/** The name of a fact, unique over all roles and restarts. */
export function factKey(fact: FactHead): string {
  return `${fact.role}/${fact.epoch}/${fact.seq}`
}

/** Whether a role is an application server: its word counts more than an edge's, and it owns the calls it has spoken of. */
export function ownsCalls(role: string): boolean {
  return role === 'appserver' || role.startsWith('appserver-')
}
