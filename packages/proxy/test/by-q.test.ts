/** The phones of one user ring by their q. RFC 3261 §16.6, §16.7. */
import type { SipRequest } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import { beforeEach, describe, expect, test } from 'vitest'
import { usersProxy } from '../src/users-proxy.ts'
import { callBob, SDP, send } from './appserver.ts'
import { ScriptedPhone } from './phone.ts'
import { APPSERVER, answerTo, ProxyBench, phoneAt, type Sent, summary } from './proxy-bench.ts'

let bench: ProxyBench
/** By its port. */
const hops = new Map<number, Hop>()

beforeEach(() => {
  bench = new ProxyBench(usersProxy)
  hops.clear()
  seen.clear()
})

function register(port: number, q: string): void {
  const bob = new ScriptedPhone(bench, 'bob', { hop: phoneAt(port) })
  bob.authorized('REGISTER', 'sip:demo.test', [`Contact: <${bob.contact}>;q=${q}`], '', 'sip:bob@demo.test')
  bench.take()
  hops.set(port, bob.hop)
}

/** What left since for the first time, as `METHOD port`, `status` towards the application server; ACKs and 100 aside. */
let sent: readonly Sent[] = []
const seen = new Set<string>()
function left(): readonly string[] {
  sent = bench.take().filter(({ message: { wire } }) => {
    const text = Buffer.from(wire).toString('latin1')
    return !seen.has(text) && seen.add(text)
  })
  return sent
    .filter(({ message }) => !/^(ACK|100)/.test(summary(message)))
    .map(({ message, hop }) => (message.kind === 'response' ? `${message.status}` : `${message.method} ${hop.remote.port}`))
}

const rings = new Map<number, Sent>()
function call(): readonly string[] {
  send(bench, callBob(bench))
  return note()
}

/** {@link left}, and the INVITEs are kept to be answered. */
function note(): readonly string[] {
  const lines = left()
  for (const one of sent) if ((one.message as SipRequest).method === 'INVITE') rings.set(one.hop.remote.port, one)
  return lines
}

function say(port: number, status: number): readonly string[] {
  const contact = status < 300 ? [`Contact: <sip:bob@127.0.0.9:${port}>`] : []
  bench.receive(answerTo(rings.get(port)!, status, contact, status === 200 ? SDP : '', `t${port}`), hops.get(port)!)
  return note()
}

function wait(seconds: number): readonly string[] {
  for (let i = 0; i < seconds * 2; i++) bench.advance(500)
  return note()
}

const idle = (): unknown => bench.proxy.counts()

describe('phones with several q', () => {
  beforeEach(() => {
    register(5091, '0.5')
    register(5092, '1')
    register(5093, '0.5')
    register(5094, '0.1')
    register(5095, '1.0')
  })

  test('ring with the highest first, all of one q at once (RFC 3261 §16.6)', () => {
    expect(call()).toEqual(['INVITE 5092', 'INVITE 5095'])
    expect([say(5092, 486), say(5095, 486)]).toEqual([[], ['INVITE 5091', 'INVITE 5093']])
    expect([say(5091, 480), say(5093, 404)]).toEqual([[], ['INVITE 5094']])
    expect(say(5094, 480)).toEqual(['486'])
    bench.advance(40_000)
    expect(idle()).toMatchObject({ proxied: 0, waits: 0 })
  })

  test('are cancelled when they have rung long enough, and the next ring when they have said so (RFC 3261 §16.6)', () => {
    call()
    expect([say(5092, 180), say(5095, 180)]).toEqual([['180'], ['180']])
    expect(wait(14)).toEqual([])
    expect(wait(1)).toEqual(['CANCEL 5092', 'CANCEL 5095'])
    expect([say(5092, 487), say(5095, 487)]).toEqual([[], ['INVITE 5091', 'INVITE 5093']])
    expect(say(5091, 180)).toEqual(['180'])
    expect(say(5091, 200)).toEqual(['200'])
  })

  test('that have not said a word hold nobody up (RFC 3261 §9.1)', () => {
    call()
    expect(say(5095, 486)).toEqual([])
    expect(wait(15)).toEqual(['INVITE 5091', 'INVITE 5093'])
    expect(say(5092, 180)).toEqual(['CANCEL 5092', '180'])
  })

  test('one that answers as it is passed over has the call, and the next are cancelled (RFC 3261 §16.7 step 10)', () => {
    call()
    expect(say(5095, 486)).toEqual([])
    wait(15)
    say(5091, 180)
    expect(say(5092, 200)).toContain('200')
    expect(say(5093, 180).filter(line => line.startsWith('CANCEL'))).toEqual(['CANCEL 5093'])
  })

  test('are not tried any more when one has answered (RFC 3261 §16.6)', () => {
    call()
    say(5092, 180)
    expect(say(5095, 200)).toEqual(['200', 'CANCEL 5092'])
    expect([say(5092, 487), wait(60)]).toEqual([[], []])
  })

  test('a 6xx of one ends the search for all (RFC 3261 §16.7 step 5)', () => {
    call()
    say(5092, 180)
    expect(say(5095, 603)).toEqual(['CANCEL 5092'])
    expect(say(5092, 487)).toEqual(['603'])
    expect(wait(60)).toEqual([])
  })

  test('a CANCEL of the call ends the search (RFC 3261 §16.10)', () => {
    const invite = callBob(bench)
    send(bench, invite)
    note()
    say(5092, 180)
    say(5095, 180)
    const cancel = invite
      .split('\n\n')[0]!
      .split('\n')
      .filter(line => !/^(Contact|Content-Type|Strowger)/.test(line))
      .join('\n')
      .replaceAll('INVITE', 'CANCEL')
    bench.receive(`${cancel}\n\n`, APPSERVER)
    expect([...note()].sort()).toEqual(['200', 'CANCEL 5092', 'CANCEL 5095'])
    expect([say(5092, 487), say(5095, 487)]).toEqual([[], ['487']])
    expect(wait(60)).toEqual([])
  })

  test('of which each was passed over or refused: nobody has cancelled, so that is 408 at worst (RFC 3261 §16.7 step 6)', () => {
    call()
    for (const port of [5092, 5095]) say(port, 180)
    wait(15)
    for (const port of [5092, 5095]) say(port, 487)
    for (const port of [5091, 5093]) say(port, 180)
    wait(15)
    for (const port of [5091, 5093]) say(port, 487)
    expect(say(5094, 408)).toEqual(['408'])
  })
})

test('phones of one q ring at once, as long as the caller likes (RFC 3261 §16.6)', () => {
  register(5091, '0.5')
  register(5092, '0.5')
  expect(call()).toEqual(['INVITE 5091', 'INVITE 5092'])
  for (const port of [5091, 5092]) say(port, 180)
  expect(wait(60)).toEqual([])
})
