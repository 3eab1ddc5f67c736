import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Admin,
  adminPath,
  configFrom,
  createMetrics,
  createRoleContext,
  type Role,
  type RoleState,
  serveAdmin,
} from '@strowger/runtime'
import { afterEach, describe, expect, test } from 'vitest'
import { type Portal, startPortal } from '../src/index.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function portalOf(roles: readonly Role[], data: string): Promise<Portal> {
  const config = configFrom({ data, roles, portal: { http: 0 } })
  const context = createRoleContext('portal', config, { write: () => {}, processMetrics: false })
  const portal = await startPortal(config, context)
  open.push({ close: () => portal.stop() }, context.facts)
  return portal
}

async function role(data: string, name: string, state: RoleState, detail: object = { calls: 0 }): Promise<Admin> {
  const metrics = createMetrics(false)
  metrics.counter('strowger_calls_total', 'Calls.').inc(name.length)
  const health = () => ({ role: name, state, pid: 7, since: 5, detail })
  const admin = await serveAdmin(adminPath(data, name), { health, exposition: () => metrics.exposition() })
  open.push(admin)
  return admin
}

const folder = (): string => mkdtempSync(join(tmpdir(), 'portal-'))

describe('GET /healthz', () => {
  test('is 200 with the state of each role when all are ready', async () => {
    const data = folder()
    await role(data, 'media', 'ready')
    await role(data, 'jobs', 'ready')
    const response = await fetch(`${(await portalOf(['media', 'jobs'], data)).url}/healthz`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ state: 'ready', roles: { media: { state: 'ready', pid: 7 }, jobs: { state: 'ready' } } })
  })

  test('is 503 while a role starts', async () => {
    const data = folder()
    await role(data, 'media', 'starting')
    const response = await fetch(`${(await portalOf(['media'], data)).url}/healthz`)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ state: 'starting' })
  })

  test('is 503 when a role gets no answer from another', async () => {
    const data = folder()
    await role(data, 'users-proxy', 'ready', { appserver: 'dead' })
    const response = await fetch(`${(await portalOf(['users-proxy'], data)).url}/healthz`)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ state: 'degraded', roles: { 'users-proxy': { detail: { appserver: 'dead' } } } })
  })

  test('is 503 and says which role is down', async () => {
    const data = folder()
    await role(data, 'media', 'ready')
    const response = await fetch(`${(await portalOf(['media', 'appserver'], data)).url}/healthz`)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ state: 'degraded', roles: { appserver: { state: 'down' } } })
  })
})

test('GET /metrics gathers the roles, and a role that is down counts as 0', async () => {
  const data = folder()
  await role(data, 'media', 'ready')
  await role(data, 'jobs', 'ready')
  const response = await fetch(`${(await portalOf(['media', 'jobs', 'appserver'], data)).url}/metrics`)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0.0.4/)
  const text = await response.text()
  expect(text).toContain('strowger_up{role="media"} 1\nstrowger_up{role="jobs"} 1\nstrowger_up{role="appserver"} 0\n')
  expect(text).toContain('# TYPE strowger_calls_total counter\nstrowger_calls_total{role="media"} 5\nstrowger_calls_total{role="jobs"} 4\n')
})
