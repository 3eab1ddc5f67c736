import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { askHealth } from '../src/index.ts'

const open: ChildProcess[] = []
afterEach(() => {
  for (const child of open.splice(0)) child.kill('SIGKILL')
})

interface Life {
  readonly child: ChildProcess
  readonly data: string
  readonly messages: { kind: string; verb?: string; reason?: string }[]
  until(claim: (last: Life['messages'][number]) => boolean): Promise<void>
}

function live(mode: string): Life {
  const data = mkdtempSync(join(tmpdir(), 'life-'))
  const loader = fileURLToPath(new URL('../../../scripts/typescript.mjs', import.meta.url))
  const child = fork(fileURLToPath(new URL('fake-daemon.ts', import.meta.url)), [data, mode], {
    execArgv: ['--conditions=@strowger/source', '--import', loader],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  open.push(child)
  const messages: Life['messages'] = []
  child.on('message', message => messages.push(message as Life['messages'][number]))
  const until: Life['until'] = async claim => {
    while (!messages.some(claim)) await once(child, 'message')
  }
  return { child, data, messages, until }
}

const ready = (message: { kind: string }): boolean => message.kind === 'ready'
const exitOf = async (child: ChildProcess): Promise<unknown> => child.exitCode ?? (await once(child, 'exit'))[0]

describe("a role's life", () => {
  test('it writes that it booted, is ready, ignores Ctrl-C, drains on SIGTERM and leaves with 0', async () => {
    const { child, data, messages, until } = live('idle')
    await until(ready)
    expect(await askHealth(data, 'appserver')).toMatchObject({ state: 'ready', detail: { calls: 0 } })
    const [spool] = readdirSync(join(data, 'spool'))
    expect(JSON.parse(readFileSync(join(data, 'spool', spool!), 'utf8'))).toMatchObject({ kind: 'boot', role: 'appserver', seq: 1 })
    child.kill('SIGINT')
    child.kill('SIGTERM')
    expect(await exitOf(child)).toBe(0)
    expect(messages.map(message => message.verb ?? message.kind)).toEqual(['ready', 'drain', 'stop'])
    expect(await askHealth(data, 'appserver')).toBeUndefined()
  })

  test('with calls a drain goes on, and a second SIGTERM stops it', async () => {
    const { child, data, until } = live('calls')
    await until(ready)
    child.kill('SIGTERM')
    await until(message => message.verb === 'drain')
    expect(await askHealth(data, 'appserver')).toMatchObject({ state: 'draining' })
    child.kill('SIGTERM')
    expect(await exitOf(child)).toBe(0)
  })

  test('a drain that takes longer than `drainSeconds` ends what is left', async () => {
    const { child, messages, until } = live('bounded')
    await until(ready)
    child.kill('SIGTERM')
    expect(await exitOf(child)).toBe(0)
    expect(messages.map(message => message.verb ?? message.kind)).toEqual(['ready', 'drain', 'stop'])
  })

  test('told to refuse new calls it goes on serving', async () => {
    const { child, data, until } = live('calls')
    await until(ready)
    child.send({ kind: 'refuse-new' })
    await until(message => message.verb === 'refuse new')
    expect(await askHealth(data, 'appserver')).toMatchObject({ state: 'draining' })
  })

  test('without its supervisor it drains, and two seconds later it stops', async () => {
    const { child, until } = live('calls')
    await until(ready)
    child.disconnect()
    expect(await exitOf(child)).toBe(0)
  })

  test('a role that cannot start says why to its supervisor and leaves with 1', async () => {
    const { child, messages } = live('busy')
    expect(await exitOf(child)).toBe(1)
    expect(messages).toEqual([{ kind: 'failed', reason: expect.stringContaining('127.0.0.1:6060 is in use by another program') }])
  })
})
