/** One role as a child process: what it reported, since when it lives, how it ended. */
import type { ChildProcess } from 'node:child_process'
import { monotonic, type RoleMessage, type SupervisorMessage } from '@strowger/runtime'

/** `code` or `signal`, and the child's own words when it had time for them. */
export interface RoleEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly livedMs: number
  readonly wasReady: boolean
  readonly reason?: string
}

export interface RoleEvents {
  ready(): void
  ended(end: RoleEnd): void
}

export class RoleProcess {
  readonly role: string
  readonly ended: Promise<RoleEnd>
  readonly #child: ChildProcess
  readonly #since: number = monotonic()
  #ready = false
  #reason: string | undefined
  #gone = false

  constructor(role: string, child: ChildProcess, events: RoleEvents) {
    this.role = role
    this.#child = child
    child.on('message', message => this.#told(message as RoleMessage, events))
    this.ended = new Promise(resolve => {
      child.once('error', error => {
        this.#reason = error.message
        if (child.pid === undefined) this.#end(null, null, resolve, events)
      })
      child.once('exit', (code, signal) => this.#end(code, signal, resolve, events))
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get ready(): boolean {
    return this.#ready
  }

  get alive(): boolean {
    return !this.#gone
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#gone) this.#child.kill(signal)
  }

  tell(message: SupervisorMessage): void {
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  /** SIGTERM: drain. After `patienceMs` SIGTERM again: end what is left. After `stopMs` more SIGKILL. Resolves when it is gone. */
  async end(patienceMs: number, stopMs = 2000): Promise<void> {
    this.signal('SIGTERM')
    if (await this.#goneWithin(patienceMs)) return
    this.signal('SIGTERM')
    if (await this.#goneWithin(stopMs)) return
    this.signal('SIGKILL')
    await this.ended
  }

  #goneWithin(ms: number): Promise<boolean> {
    if (ms === Number.POSITIVE_INFINITY) return this.ended.then(() => true)
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(false), ms)
      void this.ended.then(() => {
        clearTimeout(timer)
        resolve(true)
      })
    })
  }

  #told(message: RoleMessage, events: RoleEvents): void {
    if (message.kind === 'failed') this.#reason = message.reason
    if (message.kind !== 'ready') return
    this.#ready = true
    events.ready()
  }

  #end(code: number | null, signal: NodeJS.Signals | null, resolve: (end: RoleEnd) => void, events: RoleEvents): void {
    if (this.#gone) return
    this.#gone = true
    const reason = this.#reason === undefined ? {} : { reason: this.#reason }
    const end = { code, signal, livedMs: monotonic() - this.#since, wasReady: this.#ready, ...reason }
    resolve(end)
    events.ended(end)
  }
}
