/** The registrar: answers a REGISTER from the bindings in memory, and says what changed. RFC 3261 §10.3. */
import type { SipRequest } from '@strowger/sip-parser'
import type { Binding } from './binding.ts'
import { Bindings } from './bindings.ts'
import { DEFAULT_LIMITS, type OutboundLines, type RegisterReply, type RegistrarLimits, register } from './register.ts'

/** Limits, and who is told of changes. RFC 3261 §10.3. */
export interface RegistrarOptions {
  /** Default: 60 s at least, 3600 s unless asked, 7200 s at most, 10 contacts. */
  readonly limits?: Partial<RegistrarLimits>
  /** What was registered before and is now; for a database that follows behind. A binding that is the same object in both did not change. */
  readonly changed?: (aor: string, before: readonly Binding[], after: readonly Binding[]) => void
  /** Further header fields of the 200 that says `Require: outbound`. Default none. */
  readonly outboundLines?: OutboundLines
}

/**
 * Whether the sender may register for `aor` is asked before: see `Authenticator` in `/digest` (RFC 3261 §10.3 steps 1 to 5). Times are
 * milliseconds since 1970. Call {@link sweep} every few seconds.
 */
export class Registrar {
  /** To read; {@link register}, {@link load} and {@link sweep} write it. */
  readonly bindings: Bindings = new Bindings()
  readonly #limits: RegistrarLimits
  readonly #changed: RegistrarOptions['changed']
  readonly #outboundLines: OutboundLines | undefined

  constructor(options: RegistrarOptions = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits }
    this.#changed = options.changed
    this.#outboundLines = options.outboundLines
  }

  /** What a database kept; those that have run out are left out. */
  load(bindings: Iterable<Binding>, wall: number): void {
    const byAor = new Map<string, Binding[]>()
    for (const binding of bindings) {
      if (binding.expiresAt <= wall) continue
      const known = byAor.get(binding.aor)
      if (known) known.push(binding)
      else byAor.set(binding.aor, [binding])
    }
    for (const [aor, all] of byAor) this.bindings.set(aor, all)
  }

  /** `edge`: our own Path value for this phone, which comes before those of the request (RFC 5626 §5.2). */
  register(request: SipRequest, aor: string, wall: number, edge?: string): RegisterReply {
    const all = this.bindings.all(aor)
    const alive = all.every(b => b.expiresAt > wall) ? all : all.filter(b => b.expiresAt > wall)
    const { reply, bindings } = register(request, aor, alive, edge, this.#limits, wall, this.#outboundLines)
    if (bindings !== alive) {
      this.bindings.set(aor, bindings)
      // What has run out goes with what was removed.
      this.#changed?.(aor, all, bindings)
    }
    return reply
  }

  /** Those alive at `wall`, in the order they were registered. */
  of(aor: string, wall: number): readonly Binding[] {
    return this.bindings.of(aor, wall)
  }

  /** Forgets what has run out. */
  sweep(wall: number): void {
    for (const [aor, gone] of this.bindings.sweep(wall)) this.#changed?.(aor, gone, NONE)
  }
}

const NONE: readonly Binding[] = []
