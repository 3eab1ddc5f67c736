/** The role as the supervisor runs it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configFrom, createRoleContext } from '@strowger/runtime'
import { openStore } from '@strowger/store'
import { expect, test } from 'vitest'
import { startJobs } from '../src/index.ts'

test('a drain folds all that the roles left, and the counters say so', async () => {
  const data = mkdtempSync(join(tmpdir(), 'strowger-jobs-'))
  const config = configFrom({ data })
  const context = createRoleContext('jobs', config, { write: () => {}, processMetrics: false })
  const jobs = await startJobs(config, context)
  const tenant = { brand: 1, client: 2 }
  context.facts.append({ call: 'c1', kind: 'attempt', tenant, caller: '101', callee: '*43', direction: 'service' })
  context.facts.append({ call: 'c1', kind: 'end', by: 'caller', status: 200 })
  context.facts.append({ call: 'c2', kind: 'attempt', tenant, caller: '101', callee: '102', direction: 'internal' })
  await context.facts.flush()
  await jobs.drain()
  expect(jobs.health?.()).toMatchObject({ openCalls: 1, written: 1 })
  const exposition = await context.metrics.exposition()
  expect(exposition).toContain('strowger_cdr_open_calls 1')
  expect(exposition).toContain('strowger_cdr_written_total 1')
  await jobs.stop()
  await context.facts.close()

  const store = await openStore(config, { pollMs: 0 })
  expect(await store.cdrs.list()).toMatchObject([{ call: 'c1', callee: '*43', direction: 'service', brandId: 1, clientId: 2 }])
  await store.close()
  rmSync(data, { recursive: true })
})
