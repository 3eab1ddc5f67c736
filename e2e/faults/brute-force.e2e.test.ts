/** One source that guesses passwords: it is barred from that user, who is served elsewhere, as others are from there. RFC 3261 §26.1.1, RFC 7616 §5.7. */
import { join } from 'node:path'
import { parse, type SipResponse } from '@strowger/sip-parser'
import { nodeHash } from '@strowger/sip-ua/node'
import { digestAnswer } from '@strowger/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Platform, startPlatform, strowger } from '../platform.ts'
import { fresh, statusOf, typed } from './messages.ts'
import { UdpStranger } from './strangers.ts'
import { Witness } from './witness.ts'

const TRIES = 100

describe.each([1, 2])('guesses, with %i workers', workers => {
  let platform: Platform
  let witness: Witness
  let stranger: UdpStranger
  beforeAll(async () => {
    platform = await startPlatform({ config: { usersProxy: { workers } } })
    witness = await Witness.of(platform)
    stranger = await UdpStranger.open()
  })
  afterAll(async () => {
    stranger?.close()
    await witness?.stop()
    await platform?.stop()
  })

  /** What REGISTER is answered, first without and then with this password. */
  async function register(user: string, password: string): Promise<number> {
    const uri = 'sip:demo.localhost'
    const aor = `<sip:${user}@demo.localhost>`
    const what = { method: 'REGISTER', uri, from: `${aor};tag=s`, to: aor, callId: fresh('guess') }
    const contact = 'Contact: <sip:x@127.0.0.66>'
    const response = parse(Buffer.from(await stranger.ask(typed({ ...what, lines: [contact] }), platform.users), 'latin1')) as SipResponse
    const answer = digestAnswer({ username: user, password, hash: nodeHash })({ response, method: 'REGISTER', uri })
    return statusOf(await stranger.ask(typed({ ...what, cseq: 2, lines: [contact, answer!.join(': ')] }), platform.users))
  }

  /** One after the other, as a program that looks for a password does. */
  async function guess(user: string, times: number): Promise<readonly number[]> {
    const answers: number[] = []
    for (let i = 0; i < times; i++) answers.push(await register(user, `guess-${i}`))
    return answers
  }

  const ban = (...args: string[]) => strowger(['ban', ...args, '--config', join(platform.folder, 'strowger.yaml')])

  test.each(['alice', 'nobody'])('%s is not found out: after a hundred tries nothing is looked at any more', async user => {
    const answers = await guess(user, 2 * TRIES)
    expect(answers.slice(0, TRIES)).toEqual(Array(TRIES).fill(401))
    expect(answers.slice(TRIES)).toEqual(Array(TRIES).fill(403))
  })

  test('the right password is no good there, and is elsewhere; others are served from there', async () => {
    expect(await register('alice', platform.password('alice'))).toBe(403)
    expect(await register('bob', platform.password('bob'))).toBe(200)
    await witness.call()
    await witness.unharmed()
  })

  test('operators see who is barred, and let them in again', async () => {
    const { output } = await ban('list', '--json')
    const barred = (JSON.parse(output) as readonly { readonly user: string; readonly source: string }[]).map(
      ({ user, source }) => `${user} ${source}`,
    )
    expect(barred).toEqual(['alice@demo.localhost 127.0.0.66', 'nobody@demo.localhost 127.0.0.66'])
    const gauges = (await platform.metrics()).filter(({ name }) => name === 'strowger_bans').map(({ value }) => value)
    expect(gauges).toEqual([2])
    const lines = platform.lines.filter(({ msg }) => msg === 'too many wrong passwords: barred')
    expect(lines).toHaveLength(2)
    expect(await ban('lift', 'alice@demo.localhost', '127.0.0.66')).toMatchObject({ code: 0 })
    expect(await register('alice', platform.password('alice'))).toBe(200)
    expect(await ban('lift', 'alice@demo.localhost')).toMatchObject({ code: 1, complaint: expect.stringContaining('was not barred') })
  })
})
