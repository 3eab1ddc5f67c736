import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configFrom } from '@strowger/runtime'
import { openStore } from '@strowger/store'
import { describe, expect, test } from 'vitest'
import { changeDemoPassword, readDemoFile } from '../src/supervisor/demo-file.ts'
import { prepareData } from '../src/supervisor/prepare-data.ts'
import { welcome } from '../src/supervisor/welcome.ts'

function config(more: object = {}) {
  return configFrom({ data: mkdtempSync(join(tmpdir(), 'demo-')), ...more })
}

describe('demo.json', () => {
  test('the first start makes the tenant and says all that a softphone needs', async () => {
    const first = config()
    const file = await prepareData(first)
    expect(file).toEqual({
      domain: 'demo.localhost',
      sip: { udp: '127.0.0.1:5060', tcp: '127.0.0.1:5060', tls: '127.0.0.1:5061', wss: '127.0.0.1:8089' },
      users: ['alice', 'bob', 'carol'].map((name, index) => ({
        name,
        extension: `10${index + 1}`,
        username: name,
        password: expect.stringMatching(/^\w{20}$/),
      })),
      services: { echo: '*43' },
      ddi: '+34910000001',
      carrier: '127.0.0.1:5090',
    })
    expect(readDemoFile(first.data)).toEqual(file)
    expect(statSync(join(first.data, 'demo.json')).mode & 0o777).toBe(0o600)
    expect(statSync(first.secret).mode & 0o777).toBe(0o600)
  })

  test('a later start keeps the passwords and follows the addresses', async () => {
    const first = config()
    const before = await prepareData(first)
    const moved = configFrom({ data: first.data, listen: '127.0.0.2', carrier: { udp: 5091 } })
    const after = await prepareData(moved)
    expect(after?.users).toEqual(before?.users)
    expect(after?.sip.udp).toBe('127.0.0.2:5060')
    const store = await openStore(moved)
    const { current } = await store.configuration()
    expect([...current.view('carrierServer').all()]).toEqual([expect.objectContaining({ port: 5091 })])
    await store.close()
  })

  test('without the file, passwords that nobody knows are made anew', async () => {
    const first = config()
    const before = await prepareData(first)
    rmSync(join(first.data, 'demo.json'))
    const after = await prepareData(first)
    expect(after?.users.map(user => user.username)).toEqual(['alice', 'bob', 'carol'])
    expect(after?.users[0]?.password).not.toBe(before?.users[0]?.password)
  })

  test('a changed password is in the file', async () => {
    const first = config()
    await prepareData(first)
    changeDemoPassword(first.data, 'bob', 'demo.localhost', 'new')
    expect(readDemoFile(first.data)?.users.find(user => user.username === 'bob')?.password).toBe('new')
  })

  test('a machine with the relay alone needs no data', async () => {
    expect(await prepareData(config({ roles: ['media'] }))).toBeUndefined()
  })
})

test('the welcome says addresses, settings and what to do next', async () => {
  const first = config()
  const text = welcome(first, await prepareData(first), 1.25)
  for (const part of [
    'udp 127.0.0.1:5060',
    'http://127.0.0.1:8080/healthz',
    'demo.localhost',
    'alice',
    '*43',
    'npx strowger demo',
    '(1.3 s)',
  ])
    expect(text).toContain(part)
})
