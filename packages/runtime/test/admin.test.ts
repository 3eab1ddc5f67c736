import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type AdminAnswers,
  type AdminPage,
  adminPath,
  askAdmin,
  askHealth,
  createMetrics,
  log,
  type RoleState,
  serveAdmin,
} from '../src/index.ts'

function answers(state: RoleState): AdminAnswers {
  const metrics = createMetrics(false)
  metrics.counter('strowger_calls_total', 'Calls.', ['direction']).labels('internal').inc(3)
  metrics.gauge('strowger_dialogs', 'Dialogs.', () => 2)
  metrics.counterOf('strowger_packets_total', 'Packets.', () => 9)
  return { health: () => ({ role: 'media', state, pid: 1, since: 5, detail: { calls: 2 } }), exposition: () => metrics.exposition() }
}

describe('admin socket', () => {
  test('a role tells its state and its counters', async () => {
    const data = mkdtempSync(join(tmpdir(), 'admin-'))
    const admin = await serveAdmin(adminPath(data, 'media'), answers('ready'))
    expect(await askHealth(data, 'media')).toEqual({ role: 'media', state: 'ready', pid: 1, since: 5, detail: { calls: 2 } })
    const text = await askAdmin(admin.path, '/metrics')
    expect(text).toContain('strowger_calls_total{direction="internal"} 3')
    expect(text).toContain('strowger_dialogs 2')
    expect(text).toContain('# TYPE strowger_packets_total counter\nstrowger_packets_total 9')
    expect(await askAdmin(admin.path, '/metrics')).toBe(text)
    await admin.close()
    expect(await askHealth(data, 'media')).toBeUndefined()
  })

  test('a role adds pages of its own, in JSON', async () => {
    const data = mkdtempSync(join(tmpdir(), 'admin-'))
    const pages = new Map<string, AdminPage>([
      ['GET /messages', ({ query }) => ({ after: query.get('after') })],
      ['POST /call', ({ body }) => Promise.resolve({ to: JSON.parse(body).to })],
      ['GET /broken', () => Promise.reject(new Error('the trunk is not there'))],
    ])
    const admin = await serveAdmin(adminPath(data, 'media'), { ...answers('ready'), pages })
    expect(JSON.parse(await askAdmin(admin.path, '/messages?after=7'))).toEqual({ after: '7' })
    expect(JSON.parse(await askAdmin(admin.path, '/call', 1000, '{"to":"+34910000001"}'))).toEqual({ to: '+34910000001' })
    await expect(askAdmin(admin.path, '/broken')).rejects.toThrow('the trunk is not there')
    expect(await askAdmin(admin.path, '/nothing')).toContain('GET /messages, POST /call')
    await admin.close()
  })

  test('the socket of a process that died is taken over', async () => {
    const data = mkdtempSync(join(tmpdir(), 'admin-'))
    const first = await serveAdmin(adminPath(data, 'media'), answers('ready'))
    const second = await serveAdmin(adminPath(data, 'media'), answers('draining'))
    expect((await askHealth(data, 'media'))?.state).toBe('draining')
    await first.close()
    await second.close()
  })

  test('a path that no socket can have is said with what to do', async () => {
    await expect(serveAdmin(`/tmp/${'x'.repeat(120)}/media.sock`, answers('ready'))).rejects.toThrow('set data: to a shorter folder')
  })
})

test('a log line is JSON with level, time, role and the id of the call', () => {
  const lines: string[] = []
  log('users-proxy', { write: line => lines.push(line) }).info({ call: 'C' }, 'registered')
  expect(JSON.parse(lines[0]!)).toEqual({
    level: 'info',
    time: expect.stringMatching(/Z$/),
    role: 'users-proxy',
    call: 'C',
    msg: 'registered',
  })
  log('users-proxy', { pretty: true, write: line => lines.push(line) }).warn({ call: 'C' }, 'late')
  expect(lines[1]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} users-proxy warn late {"call":"C"}\n$/)
})
