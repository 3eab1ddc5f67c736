/** A role's life: starting, ready, draining, gone. SIGTERM drains; a second one, `drainSeconds`, or two seconds without a supervisor, ends what is left. */
import { type Admin, adminPath, type RoleHealth, type RoleState, serveAdmin } from './admin.ts'
import { wall } from './clock.ts'
import type { Config } from './config/schema.ts'
import { loadConfig } from './config.ts'
import { createRoleContext, type RoleContext } from './role-context.ts'
import { startFailure } from './start-failure.ts'

/** A started role. */
export interface Running {
  /** Nothing new, what runs goes on; resolves when nothing is left. Called at most once. */
  drain(): Promise<void>
  /** Ends what is left, with its records, and closes all sockets. May come while `drain` waits. */
  stop(): Promise<void>
  /** Takes over what may change while everything goes on; says what has. @throws when something of it cannot be; then nothing has changed. */
  reload?(config: Config): Promise<object>
  /** Refuses new calls and goes on serving the rest: for a proxy, while the application server still has calls. */
  refuseNew?(): void
  /** Shown under `detail` by `/healthz`, such as `{ calls: 2 }`. */
  health?(): object | Promise<object>
}

export type StartRole = (config: Config, context: RoleContext) => Promise<Running>

/** What a child tells its supervisor. */
export type RoleMessage = { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly reason: string }

/** What a supervisor tells a child. */
export type SupervisorMessage = { readonly kind: 'refuse-new' }

export interface RunOptions {
  readonly configFile?: string
  /** In place of the file. */
  readonly config?: Config
  /** No supervisor hears the terminal's Ctrl-C: it is as SIGTERM. */
  readonly standsAlone?: boolean
}

/** Runs a role as this process; a terminal's Ctrl-C and hang-up are for the supervisor, and a reader of the log that went away does no harm. Never returns before its end: exits 0 after a drain or stop, 1 when it cannot start. */
export async function run(role: string, start: StartRole, options: RunOptions = {}): Promise<void> {
  const ends: readonly NodeJS.Signals[] = options.standsAlone === true ? ['SIGTERM', 'SIGINT'] : ['SIGTERM']
  for (const signal of ['SIGINT', 'SIGHUP'] as const) if (!ends.includes(signal)) process.on(signal, () => {})
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const config = options.config ?? loadConfig(options.configFile)
  const life = new RoleLife(createRoleContext(role, config), options.configFile)
  for (const signal of ends) process.on(signal, () => life.terminate())
  process.once('disconnect', () => life.orphaned())
  process.on('message', message => life.told(message as SupervisorMessage))
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, error => life.crashed(error))
  await life.begin(start)
}

const ORPHAN_GRACE_MS = 2000

class RoleLife {
  readonly #context: RoleContext
  #state: RoleState = 'starting'
  #since: number = wall()
  #running: Running | undefined
  #admin: Admin | undefined
  #stopping: Promise<void> | undefined
  #leaving = false
  #reloading: Promise<unknown> = Promise.resolve()
  #terminations = 0

  constructor(context: RoleContext, configFile: string | undefined) {
    this.#context = context
    context.pages.set('POST /reload', () => this.#reload(configFile))
  }

  async begin(start: StartRole): Promise<void> {
    const { role, config, metrics, facts, log, pages } = this.#context
    try {
      const answers = { health: () => this.#health(), exposition: () => metrics.exposition(), pages }
      this.#admin = await serveAdmin(adminPath(config.data, role), answers)
      facts.append({ call: '', kind: 'boot' })
      // On a full disk it waits, as others will: calls need no disk.
      await facts.flush().catch(() => {})
      this.#running = await start(config, this.#context)
    } catch (error) {
      return this.#failed(error)
    }
    const health = (await this.#running.health?.()) ?? {}
    if (this.#terminations > 0) return void this.#end(this.#terminations > 1)
    this.#enter('ready')
    log.info(health, 'ready')
    tell({ kind: 'ready' })
  }

  told(message: SupervisorMessage): void {
    if (message.kind !== 'refuse-new' || this.#state !== 'ready') return
    this.#enter('draining')
    this.#running?.refuseNew?.()
  }

  /** First: drain. Second: stop. Third: out. */
  terminate(): void {
    this.#terminations += 1
    if (this.#terminations > 2) process.exit(1)
    if (this.#running !== undefined) this.#end(this.#terminations > 1)
  }

  /** Nobody supervises any more: what does not end by itself soon is ended, so that a new supervisor finds the ports free. */
  orphaned(): void {
    this.terminate()
    setTimeout(() => this.terminate(), ORPHAN_GRACE_MS).unref()
  }

  crashed(error: unknown): void {
    this.#context.log.error({ err: error }, 'crashed')
    process.exitCode = 1
    const leave = (): never => process.exit(1)
    setTimeout(leave, 500)
    this.#context.facts.flush().then(leave, leave)
  }

  #end(atOnce: boolean): void {
    const running = this.#running as Running
    if (this.#state !== 'draining') this.#enter('draining')
    const stop = (): Promise<void> => {
      this.#stopping ??= running.stop()
      return this.#stopping
    }
    const ended = atOnce ? stop() : this.#drained(running).then(stop)
    ended.then(
      () => this.#leave(0),
      error => {
        this.#context.log.error({ err: error }, 'could not end cleanly')
        return this.#leave(1)
      },
    )
  }

  /** Resolves when nothing is left, or when `drainSeconds` have passed. */
  async #drained(running: Running): Promise<void> {
    const { drainSeconds } = this.#context.config
    const drained = running.drain()
    if (drainSeconds === 0) return drained
    let bound: NodeJS.Timeout | undefined
    const late = new Promise<'late'>(resolve => {
      bound = setTimeout(() => resolve('late'), drainSeconds * 1000)
    })
    const how = await Promise.race([drained, late])
    clearTimeout(bound)
    if (how === 'late')
      this.#context.log.warn({ drainSeconds, ...(await this.#running?.health?.()) }, 'drained long enough: what is left is ended')
  }

  /** One at a time. */
  #reload(file: string | undefined): Promise<object> {
    const reloaded = this.#reloading.then(async () => {
      const running = this.#running
      if (running?.reload === undefined || this.#state !== 'ready') throw new Error(`${this.#context.role} takes no changes while it runs`)
      const changes = await running.reload(loadConfig(file))
      this.#context.log.info(changes, 'configuration read again')
      return changes
    })
    this.#reloading = reloaded.catch(() => undefined)
    return reloaded
  }

  async #failed(error: unknown): Promise<void> {
    const reason = startFailure(this.#context.role, error, this.#context.config)
    this.#context.log.error({ err: error }, `cannot start: ${reason}`)
    tell({ kind: 'failed', reason })
    await this.#leave(1)
  }

  async #leave(code: number): Promise<void> {
    if (this.#leaving) return
    this.#leaving = true
    this.#context.log.info('gone')
    await this.#admin?.close()
    await this.#context.facts.close().catch(() => {})
    process.exit(code)
  }

  #enter(state: RoleState): void {
    this.#state = state
    this.#since = wall()
  }

  async #health(): Promise<RoleHealth> {
    const detail = (await this.#running?.health?.()) ?? {}
    return { role: this.#context.role, state: this.#state, pid: process.pid, since: this.#since, detail }
  }
}

function tell(message: RoleMessage): void {
  if (process.connected) process.send?.(message)
}
