/** Phones nobody here wrote register with digest. RFC 3261 §10, §22, RFC 8760. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectIdle } from './idle.ts'
import { needing } from './peers.ts'
import { type Platform, startPlatform } from './platform.ts'
import { type Message, type Sipp, type SippOptions, sipp, type Transport } from './sipp.ts'
import { until } from './until.ts'

const { title, skip } = needing('registration', 'sipp')

describe.skipIf(skip)(title, () => {
  let platform: Platform
  beforeAll(async () => {
    platform = await startPlatform({ config: { registrar: { nonceSeconds: 1 } } })
  })
  afterAll(() => platform?.stop())

  const CONTACT = '<sip:[user]@[local_ip]:[local_port];transport=[transport]>'
  const register = async (options: Partial<SippOptions> & { contact?: string; expires?: string } = {}): Promise<Sipp> => {
    const { contact = CONTACT, expires = '300', ...rest } = options
    return (await sipp(platform, { scenario: 'register', ...rest, keys: { contact, expires } })).done()
  }
  const contacts = (): Promise<number> => platform.metric('strowger_registered_contacts')
  beforeEach(async () => void (await register({ contact: '*', expires: '0' })))

  test.each(['udp', 'tcp'] as const)(
    'over %s a phone that knows MD5 only registers although SHA-256 is offered too (RFC 8760 §2.4)',
    async transport => {
      const run = await register({ transport })
      expect(run.statuses('REGISTER')).toEqual([401, 200])
      expect(challengesOf(run)).toEqual(['MD5', 'SHA-256'])
      expect(await contacts()).toBe(1)
      expect(boundOf(run)).toEqual([{ uri: contactOf(run, transport), expires: 300 }])
    },
  )

  test.each(['udp', 'tcp'] as const)(
    'over %s a refresh replaces, an expiry of 0 removes one contact, a star all (§10.2.2)',
    async transport => {
      const first = await register({ transport })
      const again = await register({ transport, port: first.port, expires: '200' })
      expect(boundOf(again)).toEqual([{ uri: contactOf(first, transport), expires: 200 }])
      const other = await register({ transport })
      expect(boundOf(other)).toHaveLength(2)
      const removed = await register({ transport, contact: `<${contactOf(first, transport)}>`, expires: '0' })
      expect(boundOf(removed).map(({ uri }) => uri)).toEqual([contactOf(other, transport)])
      expect(boundOf(await register({ transport, contact: '*', expires: '0' }))).toEqual([])
      expect(await contacts()).toBe(0)
    },
  )

  test('wrong password, unknown user and unknown domain get answers that look the same (§22.1)', async () => {
    const wrong = await register({ password: 'not-it' })
    const user = await register({ user: 'nobody', password: 'not-it' })
    const domain = await register({ domain: 'elsewhere.localhost', password: 'not-it' })
    for (const run of [wrong, user, domain]) expect(run.statuses('REGISTER')).toEqual([401, 401])
    expect(answersOf(user)).toEqual(answersOf(wrong))
    expect(answersOf(domain)).toEqual(answersOf(wrong))
    expect(await contacts()).toBe(0)
  })

  test('credentials for a nonce that ran out are asked for again as stale, and nothing else is wrong (RFC 7616 §3.3)', async () => {
    const run = await (await sipp(platform, { scenario: 'register-late' })).done()
    expect(run.statuses('REGISTER')).toEqual([401, 401, 200])
    const [first, second] = run.messages.filter(({ status }) => status === 401)
    expect(first?.text).not.toContain('stale')
    expect(second?.text).toContain('stale=true')
  })

  test('a registration that is too short is refused with what is long enough (§10.3 step 7)', async () => {
    const run = await register({ expires: '10' })
    expect(run.statuses('REGISTER')).toEqual([401, 423])
    expect(run.messages.at(-1)?.text).toMatch(/^Min-Expires: 60\r?$/m)
    expect(await contacts()).toBe(0)
  })

  test("nobody registers for somebody else, and one user's password is not another's (§10.3 step 4)", async () => {
    const run = await register({ user: 'bob', password: platform.password('alice') })
    expect(run.statuses('REGISTER')).toEqual([401, 401])
  })

  test('a killed proxy is back with its registrations, and one line says so', async () => {
    const first = await register()
    await until('the registration on disk', async () => (await platform.metric('strowger_bindings_pending')) === 0)
    await platform.restart('users-proxy')
    expect(await contacts()).toBe(1)
    const said = platform.lines.filter(({ role, level, child }) => role === 'supervisor' && level === 'warn' && child === 'users-proxy')
    expect(said.map(({ msg }) => msg)).toEqual(['users-proxy ended by SIGKILL, starts again in 250 ms'])
    const again = await register({ port: first.port })
    expect(boundOf(again)).toHaveLength(1)
  })

  test('nothing is left of all that', async () => {
    await expectIdle(platform)
  })
})

function challengesOf(run: Sipp): readonly string[] {
  const challenge = run.messages.find(({ status }) => status === 401)
  return [...(challenge?.text ?? '').matchAll(/^WWW-Authenticate:.*algorithm=([\w-]+)/gm)].map(([, algorithm]) => algorithm as string)
}

function contactOf(run: Sipp, transport: Transport): string {
  return `sip:alice@${run.address}:${run.port};transport=${transport.toUpperCase()}`
}

/** What the last answer lists. */
function boundOf(run: Sipp): readonly { readonly uri: string; readonly expires: number }[] {
  const { text } = run.messages.at(-1) as Message
  return [...text.matchAll(/^Contact: <([^>]+)>;expires=(\d+)/gm)].map(([, uri, expires]) => ({
    uri: uri as string,
    expires: Number(expires),
  }))
}

/** Every header of every answer, without what is another's in each run. */
function answersOf(run: Sipp): readonly string[] {
  return run.messages
    .filter(({ sent }) => !sent)
    .map(({ text }) =>
      text
        .replace(/^(Via|From|To|Call-ID):.*$/gm, '$1')
        .replace(/nonce="[^"]*"/g, 'nonce')
        .replace(/realm="[^"]*"/g, 'realm'),
    )
}
