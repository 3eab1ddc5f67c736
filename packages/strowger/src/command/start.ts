/** `strowger start`: checks the configuration, prepares the data, runs one process per role until Ctrl-C. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Config, ConfigError, loadConfig, log, monotonic, rolesOf, V8_FLAGS } from '@strowger/runtime'
import { lock } from '../supervisor/lock.ts'
import { prepareData } from '../supervisor/prepare-data.ts'
import { Presses } from '../supervisor/presses.ts'
import { Supervisor } from '../supervisor/supervisor.ts'
import { welcome } from '../supervisor/welcome.ts'

export interface StartOptions {
  readonly config?: string
  readonly roles?: string
}

/** Ends the process: 0 after a drain, 1 when a role cannot start. */
export async function start(options: StartOptions): Promise<void> {
  const since = monotonic()
  const config = configOf(options)
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const held = lock(config.data)
  const supervisor = new Supervisor({
    roles: rolesOf(config),
    fork: role => forkRole(role, options, config),
    log: log('supervisor', config.log),
  })
  process.once('exit', () => held.release())
  listenToSignals(supervisor)
  const demo = await prepareData(config)
  await supervisor.start().catch(leaveWith)
  process.stdout.write(welcome(config, demo, (monotonic() - since) / 1000))
}

/** `--roles` counts as the variable does, so that its mistakes are told like the others. */
function configOf({ config, roles }: StartOptions): Config {
  const environment = roles === undefined ? process.env : { ...process.env, STROWGER_ROLES: roles }
  const loaded = loadConfig(config, environment)
  if (loaded.store.kind !== 'memory') return loaded
  const problem = {
    file: config ?? 'environment',
    line: 0,
    key: 'store.kind',
    value: 'memory',
    allowed: 'sqlite: the roles are processes of their own and share nothing in memory',
  }
  throw new ConfigError([problem])
}

function forkRole(role: string, options: StartOptions, config: Config): ChildProcess {
  const args = ['role', role, ...(options.config === undefined ? [] : ['--config', options.config])]
  const env = { ...process.env, STROWGER_ROLES: config.roles.join(',') }
  return fork(fileURLToPath(new URL('../../bin/strowger.mjs', import.meta.url)), args, {
    env,
    execArgv: TRAFFIC.has(role) ? [...process.execArgv, ...V8_FLAGS] : process.execArgv,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

/** Those that calls go through. */
const TRAFFIC: ReadonlySet<string> = new Set(['users-proxy', 'trunks-proxy', 'appserver', 'media'])

/** First press: drain. Second: end the calls. Third: kill. */
function listenToSignals(supervisor: Supervisor): void {
  const presses = new Presses()
  const pressed = (): void => {
    const press = presses.press(monotonic())
    if (press === 1) void drain(supervisor)
    if (press === 2) supervisor.hurry()
    if (press === 3) supervisor.kill()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, pressed)
}

async function drain(supervisor: Supervisor): Promise<void> {
  process.stdout.write('Stopping: no new calls; again to end those that run.\n')
  await supervisor.drain()
  process.stdout.write('Stopped.\n')
  process.exit(0)
}

function leaveWith(error: Error): never {
  process.stderr.write(`Strowger cannot start.\n${error.message}\n`)
  process.exit(1)
}
