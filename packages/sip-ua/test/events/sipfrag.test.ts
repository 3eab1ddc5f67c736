import { CSeq, utf8, utf8Bytes, Via } from '@strowger/sip-parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fragmentValues, parseSipfrag, statusFragment, statusOfFragment, writeSipfrag } from '../../src/events/sipfrag.ts'

const read = (text: string) => parseSipfrag(utf8Bytes(text))

describe('a sipfrag', () => {
  it('is a status line at least (RFC 3515 §2.4.5)', () => {
    expect(utf8(statusFragment(100))).toBe('SIP/2.0 100 Trying\r\n')
    expect(read('SIP/2.0 486 Busy Here')?.start).toEqual({ kind: 'response', status: 486, reason: 'Busy Here' })
    expect(statusOfFragment(utf8Bytes('SIP/2.0 200 \r\n'))).toBe(200)
    expect(statusOfFragment(utf8Bytes('SIP/2.0 200\r\n\r\n'))).toBe(200)
  })

  it('may be a request line, with headers and a body (RFC 3420 §2.1)', () => {
    const fragment = read(
      'INVITE sip:bob@example.com SIP/2.0\r\nCSeq: 5\r\n INVITE\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b\r\n\r\nv=0',
    )!
    expect(fragment.start).toMatchObject({ kind: 'request', method: 'INVITE', uri: { user: 'bob' } })
    expect(fragmentValues(fragment, CSeq)).toEqual([{ sequence: 5, method: 'INVITE' }])
    expect(fragmentValues(fragment, Via).map(via => via.host)).toEqual(['a', 'b'])
    expect(utf8(fragment.body!)).toBe('v=0')
  })

  it('may be headers alone, or a body alone behind an empty line (RFC 3420 §2.1)', () => {
    expect(read('From: <sip:a@b>\r\n')).toEqual({ headers: [{ name: 'From', value: '<sip:a@b>' }] })
    expect(read('\r\nbody')).toMatchObject({ headers: [], body: utf8Bytes('body') })
    expect(read('')).toEqual({ headers: [] })
  })

  it('is refused when it is no part of a SIP message (RFC 3420 §2.1)', () => {
    for (const text of ['hello', 'SIP/2.0 99 Low\r\n', 'SIP/2.0 700 High', 'a b: c', 'INVITE nonsense SIP/2.0'])
      expect([text, read(text)]).toEqual([text, undefined])
    expect(parseSipfrag(new Uint8Array(70_000))).toBeUndefined()
  })

  it('is written as it was read, and never lets a line in (RFC 3420 §2.1)', () => {
    const text = 'SIP/2.0 200 OK\r\nFrom: <sip:a@b>\r\nX-Any: 1\r\nContent-Length: 2\r\n\r\nhi'
    expect(utf8(writeSipfrag(read(text)!))).toBe(text)
    expect(utf8(statusFragment(200, 'OK\r\nEvil: 1'))).toBe('SIP/2.0 200 OK\r\n')
    expect(() => writeSipfrag({ headers: [{ name: 'X', value: 'a\r\nEvil: 1' }] })).toThrow(TypeError)
  })

  it('never throws, and reads again what it wrote (RFC 3420 §2.1)', () => {
    const odd = ['SIP/2.0 200 OKSIP/2.0 ', 'SIP/2.0 200 \0', 'SIP/2.0 sip:a@b SIP/2.0'].map(text => [[text]] as [string[]])
    const piece = fc.constantFrom('SIP/2.0 ', '200', ' OK', '\r\n', '\n', ':', 'CSeq', ' ', 'sip:a@b', '\t', '\0', 'é', 'INVITE ')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), pieces => {
        const fragment = read(pieces.join(''))
        if (fragment) expect(parseSipfrag(writeSipfrag(fragment))?.start).toEqual(fragment.start)
      }),
      { examples: odd },
    )
  })
})
