/** Requests out of URIs. RFC 3261 §19.1.5. */
import { describe, expect, it } from 'vitest'
import { type MessageEdit, parseUri, requestFor } from '../src/index.ts'
import { textOf } from './sample-messages.ts'

const requestOf = (text: string): MessageEdit | undefined => requestFor(parseUri(text)!)
const linesOf = (text: string): string[] | undefined => {
  const request = requestOf(text)
  return request && textOf(request.toBytes()).split('\r\n')
}

describe('a request out of a URI', () => {
  it('has its method, fields and body, and the URI without them (RFC 3261 §19.1.5)', () => {
    expect(linesOf('sip:bob@example.com;transport=tcp;method=MESSAGE;x=y?Subject=hi%20there&body=one%0D%0Atwo')).toEqual([
      'MESSAGE sip:bob@example.com;transport=tcp;x=y SIP/2.0',
      'Subject: hi there',
      'Content-Type: text/plain',
      'Content-Length: 8',
      '',
      'one',
      'two',
    ])
  })

  it('is an INVITE when nothing else is asked for (RFC 3261 §19.1.5)', () => {
    expect(linesOf('sips:bob@example.com?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2')).toEqual([
      'INVITE sips:bob@example.com SIP/2.0',
      'Replaces: a@b;to-tag=1;from-tag=2',
      'Content-Length: 0',
      '',
      '',
    ])
  })

  it.each([
    'From',
    'f',
    'Call-ID',
    'i',
    'CSeq',
    'Via',
    'v',
    'Record-Route',
    'Route',
    'Contact',
    'P-Asserted-Identity',
    'Authorization',
    'X-Tenant',
  ])('leaves %s out, which a stranger may not choose (RFC 3261 §19.1.5)', name =>
    expect(linesOf(`sip:bob@example.com?${name}=x`)).toEqual(['INVITE sip:bob@example.com SIP/2.0', 'Content-Length: 0', '', '']),
  )

  it.each([
    'sip:bob@example.com?Subject=a%0D%0ARoute%3A%20x',
    'sip:bob@example.com?Subject=a%0A',
    'sip:bob@example.com;method=A%20B',
    'tel:+49301234',
  ])('is none for %s (RFC 3261 §7.3.1)', text => expect(requestOf(text)).toBeUndefined())
})
