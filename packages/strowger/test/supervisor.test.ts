import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { log } from '@strowger/runtime'
import { afterEach, describe, expect, test } from 'vitest'
import { Supervisor } from '../src/index.ts'

const ROLES = ['users-proxy', 'appserver', 'media', 'jobs']
const open: Supervisor[] = []
afterEach(() => {
  for (const supervisor of open.splice(0)) supervisor.kill()
})

/** A supervisor over fake roles, with what they said and what was logged. */
class Stage {
  readonly events: string[] = []
  readonly lines: Record<string, unknown>[] = []
  readonly supervisor: Supervisor
  #watchers: (() => void)[] = []

  constructor(modes: Record<string, string> = {}, roles: readonly string[] = ROLES) {
    const write = (line: string): void => {
      this.lines.push(JSON.parse(line))
      this.#changed()
    }
    this.supervisor = new Supervisor({ roles, log: log('supervisor', { write }), fork: role => this.#fork(role, modes) })
    open.push(this.supervisor)
  }

  /** Resolves when the claim holds; it is looked at after each event. */
  async until(claim: () => boolean): Promise<void> {
    while (!claim()) await new Promise<void>(resolve => this.#watchers.push(resolve))
  }

  #fork(role: string, modes: Record<string, string>): ChildProcess {
    const env = { ...process.env, MODES: JSON.stringify(modes) }
    const child = fork(fileURLToPath(new URL('fake-role.mjs', import.meta.url)), [role], {
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    child.on('message', (message: { kind: string; what?: string; terminations?: number }) => {
      this.events.push([role, message.kind, message.what ?? message.terminations].filter(part => part !== undefined).join(' '))
      this.#changed()
    })
    child.once('exit', () => {
      this.events.push(`${role} gone`)
      this.#changed()
    })
    return child
  }

  #changed(): void {
    for (const watcher of this.#watchers.splice(0)) watcher()
  }
}

describe('supervisor', () => {
  test('it is started when every role is ready, each in a process of its own', async () => {
    const { supervisor } = new Stage()
    await supervisor.start()
    expect(new Set(ROLES.map(role => supervisor.pidOf(role))).size).toBe(4)
  })

  test('a role that is killed is started again, and one log line names role, signal and delay', async () => {
    const stage = new Stage()
    await stage.supervisor.start()
    const before = stage.supervisor.pidOf('media')!
    process.kill(before, 'SIGKILL')
    await stage.until(() => stage.events.filter(event => event === 'media ready').length === 2)
    expect(stage.supervisor.pidOf('media')).not.toBe(before)
    expect(stage.lines.filter(line => line.level === 'warn')).toEqual([
      expect.objectContaining({
        role: 'supervisor',
        child: 'media',
        signal: 'SIGKILL',
        delayMs: 250,
        msg: 'media ended by SIGKILL, starts again in 250 ms',
      }),
    ])
  })

  test('all roles that cannot start say why, and the others are stopped', async () => {
    const stage = new Stage({ 'users-proxy': 'broken', jobs: 'broken' })
    await expect(stage.supervisor.start()).rejects.toThrow(/users-proxy: 127.0.0.1:5060 is in use[\s\S]*jobs: 127/)
    expect(ROLES.map(role => stage.supervisor.pidOf(role))).toEqual([undefined, undefined, undefined, undefined])
  })

  test('without calls a drain stops the roles in order', async () => {
    const stage = new Stage()
    await stage.supervisor.start()
    await stage.supervisor.drain()
    expect(stage.events.filter(event => event.endsWith('gone'))).toEqual(['appserver gone', 'users-proxy gone', 'media gone', 'jobs gone'])
    expect(stage.events).toContain('users-proxy told refuse-new')
    expect(stage.lines.filter(line => line.level === 'warn')).toEqual([])
  })

  test('with calls a drain waits, and a hurry ends them', async () => {
    const stage = new Stage({ appserver: 'calls' })
    await stage.supervisor.start()
    const drained = stage.supervisor.drain()
    await stage.until(() => stage.events.includes('appserver terminated 1') && stage.events.includes('users-proxy told refuse-new'))
    expect(stage.events).not.toContain('users-proxy terminated 1')
    stage.supervisor.hurry()
    await drained
    expect(stage.events.indexOf('appserver terminated 2')).toBeLessThan(stage.events.indexOf('users-proxy terminated 1'))
  })

  test('a role that dies while calls are drained comes back for them', async () => {
    const stage = new Stage({ appserver: 'calls' })
    await stage.supervisor.start()
    const drained = stage.supervisor.drain()
    await stage.until(() => stage.events.includes('appserver terminated 1'))
    const before = stage.supervisor.pidOf('media')!
    process.kill(before, 'SIGKILL')
    await stage.until(() => stage.events.filter(event => event === 'media ready').length === 2)
    stage.supervisor.hurry()
    await drained
    expect(stage.events.at(-1)).toBe('jobs gone')
  })

  test('a kill ends even a role that does not listen', async () => {
    const stage = new Stage({ appserver: 'deaf' })
    await stage.supervisor.start()
    const drained = stage.supervisor.drain()
    await stage.until(() => stage.events.includes('appserver terminated 1'))
    stage.supervisor.kill()
    await drained
    expect(stage.supervisor.pidOf('appserver')).toBeUndefined()
  })
})
