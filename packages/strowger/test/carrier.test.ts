/** Phones and the demo carrier against each other, over loopback. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configFrom, createRoleContext, type RoleContext, type Running } from '@strowger/runtime'
import { afterEach, describe, expect, test } from 'vitest'
import { freePort } from '../../../e2e/ports.ts'
import { mediaAddress, startCarrier } from '../src/carrier/start-carrier.ts'
import { Phone } from '../src/demo/phone.ts'
import type { VoiceCall } from '../src/voice/voice-call.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

interface Bench {
  readonly carrier: Running
  readonly context: RoleContext
  readonly port: number
  phone(toneHz?: number, port?: number): Promise<Phone>
}

/** A carrier whose trunks' proxy is one of our phones. */
async function bench(): Promise<Bench> {
  const [port, trunks] = await Promise.all([freePort(), freePort()])
  const data = mkdtempSync(join(tmpdir(), 'carrier-'))
  const config = configFrom({ data, carrier: { udp: port }, trunksProxy: { udp: trunks }, media: { ports: { from: 60_000, to: 60_099 } } })
  const context = createRoleContext('carrier', config, { write: () => {}, processMetrics: false })
  const carrier = await startCarrier(config, context)
  open.push(
    () => context.facts.close(),
    () => carrier.stop(),
  )
  const phone = async (toneHz = 440, at = 0): Promise<Phone> => {
    const phone = await Phone.open({
      username: 'alice',
      password: 'secret',
      domain: '127.0.0.1',
      transport: 'UDP',
      address: '127.0.0.1',
      port: at,
      proxy: { address: '127.0.0.1', port },
      toneHz,
    })
    open.push(() => phone.close())
    return phone
  }
  return { carrier, context, port: trunks, phone }
}

async function answered(phone: Phone, dialled: string): Promise<VoiceCall> {
  const outcome = await phone.call(dialled, 5000)
  if (outcome.kind !== 'answered') throw new Error(`${outcome.status} ${outcome.reason}`)
  return outcome.call
}

const heard = (phone: Phone): ReturnType<Phone['audio']['ear']['heard']> => phone.audio.ear.heard()

function expectTone(hz: number | null, wanted: number): void {
  expect(Math.abs((hz ?? 0) - wanted), `${hz} Hz`).toBeLessThan(2)
}

describe('the demo carrier', () => {
  test('sends the caller back what it says, and nothing is left after the BYE', async () => {
    const { carrier, phone } = await bench()
    const alice = await phone(440)
    const call = await answered(alice, '+34911234567')
    expect(carrier.health?.()).toEqual({ calls: 1 })
    await expect.poll(() => heard(alice).packets, { timeout: 5000 }).toBeGreaterThan(30)
    expectTone(heard(alice).hz, 440)
    expect(heard(alice).lost).toBe(0)
    await call.hangUp()
    await expect.poll(() => carrier.health?.()).toEqual({ calls: 0 })
  })

  test('knows nobody who is no number', async () => {
    const { phone } = await bench()
    expect(await (await phone()).call('102', 5000)).toMatchObject({ kind: 'refused', status: 404 })
  })

  test('is silent while the caller holds, and echoes again after (RFC 3264 §8.4)', async () => {
    const { phone } = await bench()
    const alice = await phone()
    const call = await answered(alice, '+34911234567')
    await expect.poll(() => heard(alice).packets, { timeout: 5000 }).toBeGreaterThan(5)
    expect(await call.hold()).toBe(200)
    const sent = alice.audio.sent
    expect(await call.resume()).toBe(200)
    await expect.poll(() => alice.audio.sent, { timeout: 5000 }).toBeGreaterThan(sent + 5)
    const before = heard(alice).packets
    await expect.poll(() => heard(alice).packets, { timeout: 5000 }).toBeGreaterThan(before + 5)
    await call.hangUp()
  })

  test('calls when it is asked to, hears the other side and hangs up', async () => {
    const { context, phone, port } = await bench()
    const alice = await phone(440, port)
    const picked = alice.answerNext(50)
    const placed = await context.pages.get('POST /call')!({ query: new URLSearchParams(), body: '{"to":"+34910000001","seconds":0.8}' })
    expect(placed).toMatchObject({ status: 200, lost: 0 })
    expectTone((placed as { heardHz: number }).heardHz, 440)
    expect(await (await picked)!.ended).toBe('other side hung up')
    expectTone(heard(alice).hz, 660)
  })

  test('says what is wrong with a call that it is asked for', async () => {
    const { context } = await bench()
    const ask = (body: string): unknown => context.pages.get('POST /call')!({ query: new URLSearchParams(), body })
    await expect(ask('{"to":"101"}')).rejects.toThrow('"to" must be a +E.164 number')
    await expect(ask('{"to":"+34910000001","seconds":-1}')).rejects.toThrow('"seconds" must be a number')
  })

  test('a drain waits for the calls that run and refuses others with 503; a stop ends them', async () => {
    const { carrier, phone } = await bench()
    const [alice, bob] = [await phone(), await phone()]
    const call = await answered(alice, '+34911234567')
    let drained = false
    const drain = carrier.drain().then(() => {
      drained = true
    })
    expect(await bob.call('+34911234567', 5000)).toMatchObject({ status: 503 })
    expect(drained).toBe(false)
    await carrier.stop()
    expect(await call.ended).toBe('other side hung up')
    await drain
  })

  test('has its audio where the relay may send it', () => {
    const at = (listen: string, address: string): string => mediaAddress(configFrom({ listen, carrier: { address } }))
    expect(at('127.0.0.1', '127.0.0.1')).toBe('127.0.0.1')
    expect(at('192.0.2.7', '127.0.0.1')).toBe('192.0.2.7')
    expect(at('192.0.2.7', '192.0.2.8')).toBe('192.0.2.8')
  })
})
