/** The tables as Kysely sees them. Booleans are 0 and 1, lists are JSON text, times are epoch ms. */
import type { Generated } from 'kysely'
import type { TableName, Tables } from '../rows.ts'

type Stored<R> = { readonly [C in keyof R]: C extends 'id' ? Generated<number> : R[C] extends boolean ? number : R[C] }

export interface LocationRow {
  readonly aor: string
  readonly bindingKey: string
  readonly contact: string
  /** JSON list. */
  readonly path: string
  readonly instance: string | null
  readonly regId: number | null
  readonly q: number | null
  readonly expiresAt: number
  readonly callId: string
  readonly cseq: number
  readonly userAgent: string | null
  readonly flow: string | null
  readonly received: string | null
}

export interface CdrRow {
  readonly call: string
  readonly brandId: number | null
  readonly clientId: number | null
  readonly userId: number | null
  readonly caller: string
  readonly callee: string
  readonly direction: string
  readonly startMs: number
  readonly answerMs: number | null
  readonly endMs: number
  readonly durationMs: number
  readonly hungUpBy: string
  readonly status: number
  readonly cause: string | null
  readonly writtenMs: number
}

export interface CdrLegRow {
  readonly call: string
  readonly leg: string
  readonly packets: number
  readonly bytes: number
  readonly lost: number | null
  readonly jitterMs: number | null
  readonly roundTripMs: number | null
  readonly mos: number | null
}

/** Facts of calls that are not over, or were until lately. A boot has the call ''. */
export interface CallFactRow {
  readonly call: string
  readonly role: string
  readonly epoch: number
  readonly seq: number
  /** JSON of the whole fact. */
  readonly fact: string
}

export interface SpoolOffsetRow {
  readonly file: string
  readonly bytes: number
}

export interface ChangeRow {
  readonly id: Generated<number>
  readonly tableName: string
  readonly rowId: number
  readonly changedMs: number
}

export type Schema = { readonly [T in TableName]: Stored<Tables[T]> } & {
  readonly location: LocationRow
  readonly cdr: CdrRow
  readonly cdrLeg: CdrLegRow
  readonly callFact: CallFactRow
  readonly spoolOffset: SpoolOffsetRow
  readonly change: ChangeRow
}
