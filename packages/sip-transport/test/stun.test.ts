/** STUN on the port of SIP. The mapped addresses are those of the responses in RFC 5769 §2.2 and §2.3. RFC 5626 §3.5.2, §8, RFC 8489. */
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { stunAnswer } from '../src/stun.ts'
import { closeAll, open, udpPeer } from './peers.ts'

afterEach(closeAll)

const ID = 'b7e7a701bc34d686fa87dfae'
const PHONE = { address: '192.0.2.1', port: 32_853 }
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const asked = (attributes = '', type = '0001', cookie = '2112a442'): Buffer => {
  const body = hex(attributes)
  return hex(`${type} ${body.length.toString(16).padStart(4, '0')} ${cookie} ${ID} ${attributes}`)
}
const answered = (bytes: Buffer, from = PHONE): string | undefined => {
  const answer = stunAnswer(bytes, from)
  return answer && Buffer.from(answer).toString('hex')
}

describe('a Binding request', () => {
  test('is answered with where it came from, and its transaction id (RFC 8489 §6.3.1.1)', () => {
    expect(answered(asked())).toBe(`0101000c2112a442${ID}002000080001a147e112a643`)
  })

  test.each([
    ['2001:db8:1234:5678:11:2233:4455:6677', '0113a9faa5d3f179bc25f4b5bed2b9d9'],
    ['::1', `2112a442${ID.slice(0, -2)}af`],
    ['fe80::1%eth0', `df92a442${ID.slice(0, -2)}af`],
    ['::ffff:192.0.2.1', '2112a442b7e7a701bc3429793a87ddaf'],
  ])('from %s likewise (RFC 8489 §14.2)', (address, hidden) => {
    expect(answered(asked(), { ...PHONE, address })).toBe(`010100182112a442${ID}002000140002a147${hidden}`)
  })

  test('with attributes that are known, or need not be, is answered (RFC 8489 §6.3.1)', () => {
    expect(answered(asked('8022 0004 74657374 0006 0003 61626300'))).toMatch(/^0101/)
  })

  test('with one that must be understood and is not gets 420, and which (RFC 8489 §6.3.1, §14.9)', () => {
    expect(answered(asked('0024 0004 6e0001ff 7777 0000'))).toBe(`011100102112a442${ID}0009000400000414000a0004${'00247777'}`)
  })

  test.each([
    ['an indication', asked('', '0011')],
    ['a response', asked('', '0101')],
    ['without the cookie, as of RFC 3489', asked('', '0001', '00000000')],
    ['longer than it says', Buffer.concat([asked(), hex('00000000')])],
    ['shorter than it says', asked('8022 0004 74657374').subarray(0, 24)],
    ['with an attribute that ends behind it', asked('8022 0008 74657374')],
    ['cut', asked().subarray(0, 19)],
  ])('%s is not answered', (_, bytes) => {
    expect(answered(bytes)).toBeUndefined()
  })

  test('never makes an answer of more than 24 bytes more, whatever it is (threat: amplification)', () => {
    const bytes = fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.boolean()).map(([tail, sound]) => {
      const body = Buffer.from(tail)
      const head = asked()
      head.writeUInt16BE(sound ? body.length : 7, 2)
      return Buffer.concat([head, body])
    })
    fc.assert(
      fc.property(bytes, request => {
        const answer = stunAnswer(request, { address: '2001:db8::1', port: 5060 })
        expect((answer?.length ?? 0) - request.length).toBeLessThanOrEqual(24)
      }),
    )
  })
})

test('comes by the port of SIP, from where it was asked (RFC 5626 §5.4)', async () => {
  const { endpoint } = await open()
  const phone = udpPeer()
  phone.send(asked().toString('latin1'), endpoint.localFor('UDP').port)
  const answer = Buffer.from(await phone.texts.at(0), 'latin1')
  expect(answer.subarray(0, 2).toString('hex')).toBe('0101')
  expect(answer.readUInt16BE(26) ^ 0x2112).toBe(phone.port)
  expect(endpoint.events()).toMatchObject({ stun: 1 })
  expect(endpoint.events()).not.toHaveProperty('noise')
  expect(endpoint.traffic()).toEqual([])
})
