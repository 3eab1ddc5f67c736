/** Starts one process per role, starts again what dies, and stops them in the order that loses nothing. */
import type { ChildProcess } from 'node:child_process'
import type { Logger } from '@strowger/runtime'
import { backOff, type Failures } from './back-off.ts'
import { type RoleEnd, RoleProcess } from './role-process.ts'

export interface SupervisorOptions {
  readonly roles: readonly string[]
  /** A child with an IPC channel that speaks `RoleMessage`. */
  readonly fork: (role: string) => ChildProcess
  readonly log: Logger
}

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #processes = new Map<string, RoleProcess>()
  readonly #failures = new Map<string, Failures>()
  readonly #restarts = new Map<string, NodeJS.Timeout>()
  /** Roles that are told to end. */
  readonly #ending = new Set<string>()
  /** Why roles cannot start, by role. */
  readonly #complaints = new Map<string, string>()
  #settled: (() => void) | undefined
  #starting = true
  #draining: Promise<void> | undefined

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** Resolves when every role is ready. @throws Error with the sentences of those that cannot start, after the others were stopped. */
  async start(): Promise<void> {
    const settled = new Promise<void>(resolve => {
      this.#settled = resolve
    })
    for (const role of this.#options.roles) this.#launch(role)
    await settled
    this.#starting = false
    if (this.#complaints.size === 0) return
    await this.#end(this.#options.roles, 0)
    throw new Error(this.#options.roles.flatMap(role => this.#complaints.get(role) ?? []).join('\n'))
  }

  /** Nothing new; ends when the application server has no call left, then the others in order. */
  drain(): Promise<void> {
    this.#draining ??= this.#drainInOrder()
    return this.#draining
  }

  /** Ends the calls that a drain waits for, with their records. */
  hurry(): void {
    const appserver = this.#processes.get('appserver')
    if (appserver?.alive) void appserver.end(HURRY_MS)
  }

  /** The last resort. */
  kill(): void {
    for (const role of this.#options.roles) this.#expectEnd(role)
    for (const child of this.#processes.values()) child.signal('SIGKILL')
  }

  pidOf(role: string): number | undefined {
    const child = this.#processes.get(role)
    return child?.alive ? child.pid : undefined
  }

  async #drainInOrder(): Promise<void> {
    this.#starting = false
    this.#settled?.()
    for (const role of ['users-proxy', 'trunks-proxy']) this.#processes.get(role)?.tell({ kind: 'refuse-new' })
    for (const { roles, patienceMs } of STOP_ORDER) await this.#end(roles, patienceMs)
  }

  async #end(roles: readonly string[], patienceMs: number): Promise<void> {
    await Promise.all(
      roles.map(role => {
        this.#expectEnd(role)
        return this.#processes.get(role)?.end(patienceMs)
      }),
    )
  }

  #expectEnd(role: string): void {
    this.#ending.add(role)
    clearTimeout(this.#restarts.get(role))
    this.#restarts.delete(role)
  }

  #launch(role: string): void {
    this.#restarts.delete(role)
    const events = { ready: () => this.#ready(role), ended: (end: RoleEnd) => this.#ended(role, end) }
    this.#processes.set(role, new RoleProcess(role, this.#options.fork(role), events))
  }

  #ready(role: string): void {
    if (this.#starting) this.#checkSettled()
    else this.#options.log.info({ child: role, pid: this.pidOf(role) }, `${role} is back`)
  }

  #ended(role: string, end: RoleEnd): void {
    if (this.#ending.has(role)) return
    if (this.#starting && end.signal === null) {
      this.#complaints.set(role, end.reason ?? `${role}: ended with exit code ${end.code} before it was ready; its log line says why`)
      this.#checkSettled()
      return
    }
    this.#restart(role, end)
  }

  #restart(role: string, { code, signal, livedMs, reason }: RoleEnd): void {
    const { delayMs, failures } = backOff(this.#failures.get(role) ?? 0, livedMs)
    this.#failures.set(role, failures)
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`
    this.#options.log.warn(
      { child: role, code, signal, delayMs, ...(reason ? { reason } : {}) },
      `${role} ended ${how}, starts again in ${delayMs} ms`,
    )
    this.#restarts.set(
      role,
      setTimeout(() => this.#launch(role), delayMs),
    )
  }

  #checkSettled(): void {
    const roles = [...this.#processes.values()]
    const pending = roles.filter(child => child.alive && !child.ready)
    if (pending.length === 0 && this.#restarts.size === 0) this.#settled?.()
  }
}

/** The proxies stay until the last BYE has passed, the relay until its statistics are asked, the jobs until the last fact is folded. */
const STOP_ORDER: readonly { readonly roles: readonly string[]; readonly patienceMs: number }[] = [
  { roles: ['appserver'], patienceMs: Number.POSITIVE_INFINITY },
  { roles: ['users-proxy', 'trunks-proxy', 'carrier'], patienceMs: 1000 },
  { roles: ['media'], patienceMs: 500 },
  { roles: ['jobs'], patienceMs: 2000 },
  { roles: ['portal'], patienceMs: 500 },
]

/** After a second SIGTERM the application server has this long before it is asked once more, and then killed. */
const HURRY_MS = 4000
