/** The store over any backend: what the daemons, the portal and the command line use. */
import type { Backend, CdrTable, Ledger, TableWriter } from './backend.ts'
import { Configuration } from './configuration.ts'
import { type DemoOptions, type DemoTenant, seedDemo } from './demo-tenant.ts'
import * as provisioning from './provisioning.ts'
import { type Bindings, WriteBehind } from './write-behind.ts'

export interface StoreTiming {
  /** How often the change feed is read, ms; 250 unless given, 0 only on demand. */
  readonly pollMs?: number
  /** How long a binding waits to be written, ms; 50 unless given. */
  readonly bindingDelayMs?: number
  /** Told what fails in the background; it is tried again. */
  readonly onError?: (error: unknown) => void
}

export class Store {
  readonly bindings: Bindings
  readonly cdrs: CdrTable
  readonly ledger: Ledger
  readonly #backend: Backend
  readonly #timing: StoreTiming
  #configuration: Promise<Configuration> | undefined

  constructor(backend: Backend, timing: StoreTiming = {}) {
    const { bindingDelayMs, onError } = timing
    this.#backend = backend
    this.#timing = timing
    this.cdrs = backend.cdrs
    this.ledger = backend.ledger
    this.bindings = new WriteBehind(backend.bindings, {
      ...(bindingDelayMs === undefined ? {} : { delayMs: bindingDelayMs }),
      ...(onError === undefined ? {} : { onError }),
    })
  }

  /** The live view of the configuration; the same one at every call. */
  configuration(): Promise<Configuration> {
    this.#configuration ??= Configuration.open(this.#backend.configuration, this.#timing)
    return this.#configuration
  }

  /** One transaction over the configuration; this process's own view has the result when it resolves. */
  async write<R>(work: (tables: TableWriter) => Promise<R>): Promise<R> {
    const result = await this.#backend.configuration.write(work)
    await (await this.#configuration)?.refresh()
    return result
  }

  /** Fills an empty store; `undefined` where there is anything. The passwords in the answer are kept nowhere else. */
  seedDemo(options: DemoOptions): Promise<DemoTenant | undefined> {
    return this.write(tables => seedDemo(tables, options))
  }

  /** Throws `unknown-client`, `bad-value`. Resolves to the password. */
  createUser(user: provisioning.NewUser): Promise<string> {
    return this.write(tables => provisioning.createUser(tables, user))
  }

  /** Throws `unknown-terminal`. */
  setPassword(username: string, domain: string, password: string): Promise<void> {
    return this.write(tables => provisioning.setPassword(tables, username, domain, password))
  }

  /** Throws `unknown-terminal`, `bad-value`. */
  setExtension(target: provisioning.ExtensionTarget): Promise<void> {
    return this.write(tables => provisioning.setExtension(tables, target))
  }

  /** Throws `unknown-client`, `unknown-extension`. */
  removeExtension(domain: string, number: string): Promise<void> {
    return this.write(tables => provisioning.removeExtension(tables, domain, number))
  }

  /** Throws `unknown-terminal`, `bad-value`. */
  setDdi(target: provisioning.DdiTarget): Promise<void> {
    return this.write(tables => provisioning.setDdi(tables, target))
  }

  /** Throws `unknown-ddi`. */
  removeDdi(e164: string): Promise<void> {
    return this.write(tables => provisioning.removeDdi(tables, e164))
  }

  /** For gauges: bindings not yet written, and callers that wait for the database. */
  counts(): { bindingsPending: number; waiting: number } {
    return { bindingsPending: this.bindings.pending, waiting: this.#backend.waiting }
  }

  /** Writes what waits, then closes. */
  async close(): Promise<void> {
    try {
      ;(await this.#configuration)?.close()
      await this.bindings.flush()
    } finally {
      await this.#backend.close()
    }
  }
}
