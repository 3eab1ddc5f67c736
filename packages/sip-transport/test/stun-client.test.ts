/** STUN requests of ours, in time that is an argument. The response is that of RFC 5769 §2.2 without its integrity. RFC 5626 §4.4.2, RFC 8489. */
import { describe, expect, test } from 'vitest'
import { stunAnswer } from '../src/stun.ts'
import { StunClient } from '../src/stun-client.ts'
import { closeAll, open, udpPeer } from './peers.ts'

const ID = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex')
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const message = (type: string, attributes = ''): Buffer => {
  const body = hex(attributes)
  return Buffer.concat([hex(`${type} ${body.length.toString(16).padStart(4, '0')} 2112a442`), ID, body])
}

/** One that has asked at 0 with 500 ms, what it sent when, and what it was told. */
function asking(): { client: StunClient; sent: Buffer[]; times: number[]; told: unknown[]; run: () => number } {
  const client = new StunClient(500, () => ID)
  const sent: Buffer[] = []
  const times: number[] = []
  const told: unknown[] = []
  let now = 0
  client.ask(
    0,
    bytes => {
      sent.push(Buffer.from(bytes))
      times.push(now)
    },
    mapped => told.push(mapped),
  )
  const run = (): number => {
    while (client.nextWake !== Number.POSITIVE_INFINITY) {
      now = client.nextWake
      client.wake(now)
    }
    return now
  }
  return { client, sent, times, told, run }
}

describe('a Binding request of ours', () => {
  test('has nothing but its header, and comes again the same until it is given up (RFC 8489 §6.2.1)', () => {
    const { sent, times, told, run } = asking()
    expect(run()).toBe(39_500)
    expect(times).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500])
    expect(new Set(sent.map(bytes => bytes.toString('hex')))).toEqual(new Set([message('0001').toString('hex')]))
    expect(told).toEqual([undefined])
  })

  test.each([
    ['0020 0008 0001 a147 e112a643', { address: '192.0.2.1', port: 32_853 }],
    ['8022 0004 74657374 0020 0008 0001 a147 e112a643', { address: '192.0.2.1', port: 32_853 }],
    ['0020 0014 0002 a147 0113a9faa5d3f179bc25f4b5bed2b9d9', { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32_853 }],
  ])('hears from %s as whom it is seen, once (RFC 8489 §14.2)', (attributes, mapped) => {
    const { client, told, run } = asking()
    expect([client.take(message('0101', attributes)), client.take(message('0101', attributes))]).toEqual([true, false])
    expect([run(), told]).toEqual([0, [mapped]])
  })

  test.each([
    ['an error', '0111', '0009 0004 00000414'],
    ['what must be understood and is not', '0101', '7777 0000 0020 0008 0001 a147 e112a643'],
    ['no address', '0101', ''],
    ['half an address', '0101', '0020 0004 0001 a147'],
  ])('that is answered with %s has failed (RFC 5626 §4.4.2, RFC 8489 §6.3.3, §6.3.4)', (_, type, attributes) => {
    const { client, told } = asking()
    expect(client.take(message(type, attributes))).toBe(true)
    expect(told).toEqual([undefined])
  })

  test.each([
    ['of another transaction', Buffer.concat([hex('0101 0000 2112a442'), Buffer.alloc(12)])],
    ['that is a request', message('0001')],
    ['that is cut', message('0101', '0020 0008 0001 a147 e112a643').subarray(0, 30)],
    ['without the cookie', Buffer.concat([hex('0101 0000 00000000'), ID])],
  ])('waits on for an answer when one comes %s (RFC 8489 §6.3.1)', (_, bytes) => {
    const { client, told } = asking()
    expect(client.take(bytes)).toBe(false)
    expect(told).toEqual([])
  })

  test('is understood by our own servers (RFC 5626 §5.4)', () => {
    const { client, sent, told } = asking()
    client.take(stunAnswer(sent[0]!, { address: '198.51.100.7', port: 5060 })!)
    expect(told).toEqual([{ address: '198.51.100.7', port: 5060 }])
  })
})

test('leaves by the port of SIP, and what it hears is not taken for noise (RFC 5626 §4.4.2)', async () => {
  const { endpoint } = await open()
  const other = await open()
  const [local, remote] = [endpoint.localFor('UDP'), other.endpoint.localFor('UDP')]
  await expect(endpoint.probe({ transport: 'UDP', remote, local })).resolves.toEqual(local)
  expect(endpoint.events()).toMatchObject({ stun: 1 })
  expect(endpoint.events()).not.toHaveProperty('noise')
  const silent = udpPeer()
  const asked = endpoint.probe({ transport: 'UDP', remote: { address: '127.0.0.1', port: silent.port }, local })
  await silent.texts.at(0)
  await closeAll()
  await expect(asked).resolves.toBeUndefined()
})
