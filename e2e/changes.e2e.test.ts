/** What another process changes in the store is in force within two seconds, without a restart. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needing } from './peers.ts'
import { type Platform, startPlatform } from './platform.ts'
import { sipp } from './sipp.ts'
import { until } from './until.ts'

const { title, skip } = needing('changes', 'sipp')
const IN_FORCE_MS = 2000

describe.skipIf(skip)(title, () => {
  let platform: Platform
  beforeAll(async () => {
    platform = await startPlatform({ config: { carrier: { enabled: true } } })
  })
  afterAll(() => platform?.stop())

  /** How a call from 101 ends; nobody is registered. */
  const extension = async (callee: string): Promise<number | undefined> =>
    (await (await sipp(platform, { scenario: 'caller-refused', keys: { callee } })).done()).statuses('INVITE').at(-1)
  const ddi = async (callee: string): Promise<number | undefined> =>
    (await (await sipp(platform, { scenario: 'trunk-caller-refused', to: platform.trunks, address: '127.0.0.1', keys: { callee } })).done())
      .statuses('INVITE')
      .at(-1)
  const register = async (password: string): Promise<readonly number[]> => {
    const keys = { contact: '<sip:carol@127.0.0.2>', expires: '0' }
    return (await (await sipp(platform, { scenario: 'register', user: 'carol', password, keys })).done()).statuses('REGISTER')
  }

  test('an extension', async () => {
    expect(await extension('104')).toBe(404)
    await platform.command('extension', 'set', '104', '--user', 'bob')
    await until('a new extension in force', async () => (await extension('104')) === 480, IN_FORCE_MS)
    expect((await platform.cdrs())[0]).toMatchObject({ callee: '104', status: 480 })
  })

  test('a public number', async () => {
    expect(await ddi('+34910000002')).toBe(404)
    await platform.command('ddi', 'set', '+34910000002', '--user', 'bob')
    await until('a new number in force', async () => (await ddi('+34910000002')) === 480, IN_FORCE_MS)
  })

  test('a password: the new one is taken, the old one is not, and the file with the passwords follows', async () => {
    const old = platform.password('carol')
    await platform.command('user', 'password', 'carol', '--password', 'another-one')
    await until('a new password in force', async () => (await register('another-one')).at(-1) === 200, IN_FORCE_MS)
    expect(await register(old)).toEqual([401, 401])
    expect(platform.password('carol')).toBe('another-one')
  })
})
