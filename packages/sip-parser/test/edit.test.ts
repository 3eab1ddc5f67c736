/** Edits, new requests and responses, one by one. RFC 3261 §8.1.1, §8.2.6, §16.6. */
import { describe, expect, it } from 'vitest'
import {
  CallId,
  Contact,
  ContentLength,
  ContentType,
  CSeq,
  edit,
  From,
  type HeaderDef,
  MaxForwards,
  type NameAddr,
  newRequest,
  parse,
  parseUri,
  RecordRoute,
  Route,
  responseTo,
  Subject,
  Supported,
  statusPhrase,
  To,
  tagOf,
  utf8Bytes,
  Via,
} from '../src/index.ts'
import { bytesOf, INVITE, INVITE_LINES, linesOf, requestOf, requestWith, textOf } from './sample-messages.ts'

const here: Via = { transport: 'TCP', host: '2001:db8::5', port: 5060, branch: 'z9hG4bKhere' }
const address = (uri: string): NameAddr => ({ uri: parseUri(uri)!, params: new Map() })
const invite = requestOf(INVITE)

describe('edit (§16.6)', () => {
  it('puts a line above all headers of the bytes, and leaves it out of the edit (RFC 3261 §8.1.1.7)', () => {
    const text = 'Via: SIP/2.0/UDP é;branch=z9hG4bKtop\r\n'
    const topLine = { text, bytes: utf8Bytes(text).length }
    for (const edited of [
      edit(invite),
      edit(invite).removeFirst(Via).prepend(RecordRoute, address('sip:10.0.0.1;lr')),
      edit(invite).body('a/b', bytesOf('x')),
    ]) {
      const without = textOf(edited.toBytes())
      expect(textOf(edited.toBytes(topLine))).toBe(without.replace('\r\n', `\r\n${text}`))
      expect(textOf(edited.toBytes())).toBe(without)
    }
  })

  it('takes the top Via off messages of any length (RFC 3261 §16.7)', () => {
    for (const length of [0, 100, 5000]) {
      const wire = requestWith(`X-Long: ${'x'.repeat(length)}`)
      const bytes = edit(requestOf(wire)).removeFirst(Via).toBytes()
      expect(textOf(bytes)).toBe(textOf(wire).replace(/Via:.*\r\n/, ''))
    }
  })

  it('gives the very bytes of a message nobody edits', () => {
    expect(edit(invite).toBytes()).toBe(invite.wire)
  })

  it('does what a proxy does and leaves all other bytes alone', () => {
    const bytes = edit(invite)
      .prepend(Via, here)
      .prepend(RecordRoute, address('sip:10.0.0.1;lr'))
      .replace(MaxForwards, 69)
      .removeFirst(Route)
      .uri(parseUri('sip:bob@192.0.2.9')!)
      .toBytes()
    const lines = [...INVITE_LINES]
    lines[0] = 'INVITE sip:bob@192.0.2.9 SIP/2.0'
    lines[2] = 'Max-Forwards: 69'
    lines[3] = 'Route: <sip:192.0.2.2;transport=tcp;lr>'
    lines.splice(2, 0, 'Record-Route: <sip:10.0.0.1;lr>')
    lines.splice(1, 0, 'Via: SIP/2.0/TCP [2001:db8::5]:5060;branch=z9hG4bKhere')
    expect(textOf(bytes)).toBe(textOf(bytesOf(...lines, '', 'v=0\r\n')))
  })

  it('removes a line with its last value, and every line when told so', () => {
    expect(requestOf(edit(invite).removeFirst(Route).removeFirst(Route).removeFirst(Route).toBytes()).headers.has(Route)).toBe(false)
    const two = requestOf(requestWith('Route: <sip:a;lr>', 'Route: <sip:b;lr>,', ' <sip:c;lr>'))
    expect(edit(two).remove(Route).toMessage().headers.has(Route)).toBe(false)
    expect(
      edit(two)
        .removeFirst(Route)
        .all(Route)
        .map(({ uri }) => uri.host),
    ).toEqual(['b', 'c'])
  })

  it('replaces the first value only, inside its line', () => {
    const text = textOf(edit(invite).replace(Supported, 'timer').toBytes())
    expect(text).toContain('\r\nSupported: timer, 100rel\r\n')
  })

  it('appends where replace finds nothing', () => {
    expect(edit(invite).replace(Subject, 'hello').get(Subject)).toBe('hello')
  })

  it('keeps the order of values through several edits of one header', () => {
    const edited = edit(invite).prepend(Route, address('sip:y')).prepend(Route, address('sip:x')).append(Route, address('sip:z'))
    expect(edited.all(Route).map(({ uri }) => uri.host)).toEqual(['x', 'y', '192.0.2.1', '192.0.2.2', 'z'])
    edited.removeFirst(Route).replace(Route, address('sip:w'))
    expect(
      edited
        .toMessage()
        .headers.all(Route)
        .map(({ uri }) => uri.host),
    ).toEqual(['w', '192.0.2.1', '192.0.2.2', 'z'])
  })

  it('edits headers nobody defined, in any case', () => {
    const edited = edit(invite).raw('X-Floor', '4').replaceRaw('x-floor', '5')
    expect(edited.toMessage().headers.raw('X-FLOOR')).toEqual(['5', '4'])
    expect(edited.removeRaw('X-floor').toMessage().headers.raw('X-Floor')).toEqual([])
    expect(edit(invite).removeRaw('l').removeRaw('m').toMessage().headers.has(Contact)).toBe(false)
  })

  it('writes Content-Length itself (§20.14)', () => {
    const longer = edit(invite).body('text/plain', utf8Bytes('Grüße')).toMessage()
    expect([longer.headers.get(ContentLength), longer.headers.get(ContentType)?.type]).toEqual([7, 'text/plain'])
    expect(edit(invite).replace(ContentLength, 1).append(ContentLength, 2).remove(ContentLength).toBytes()).toBe(INVITE)
    const without = requestOf(bytesOf(...INVITE_LINES.slice(0, -1), '', 'v=0\r\n'))
    expect(textOf(edit(without).replace(MaxForwards, 1).toBytes())).toContain('\r\nContent-Length: 5\r\n\r\nv=0')
  })

  it('takes the body away with its type', () => {
    const { headers, body } = edit(invite).body(undefined).toMessage()
    expect([headers.has(ContentType), headers.get(ContentLength), body.length]).toEqual([false, 0, 0])
  })

  it('sees its own edits', () => {
    const edited = edit(invite).replace(MaxForwards, 3)
    expect([edited.get(MaxForwards), edited.get(CSeq)?.sequence, edited.kind, edited.method]).toEqual([3, 7, 'request', 'INVITE'])
  })

  it('writes text beyond ASCII as UTF-8', () => {
    expect(edit(invite).append(Subject, 'Žluťoučký 🐎').toMessage().headers.get(Subject)).toBe('Žluťoučký 🐎')
  })
})

describe('a value can never start a line (§7.3.1)', () => {
  const evil = 'x\r\nRoute: <sip:evil>'
  it.each([
    ['append', () => edit(invite).append(Subject, evil)],
    ['prepend', () => edit(invite).prepend(Subject, evil)],
    ['replace', () => edit(invite).replace(Subject, evil).replace(Subject, evil)],
    ['raw', () => edit(invite).raw('X-Y', evil)],
    ['raw name', () => edit(invite).raw('X-Y: a\r\nZ', 'b')],
    ['replaceRaw', () => edit(invite).replaceRaw('X-Floor', evil)],
    ['body', () => edit(invite).body(evil, INVITE)],
    ['uri', () => edit(invite).uri('sip:a@b SIP/2.0\r\nRoute: <sip:evil>')],
    ['display name', () => edit(invite).replace(From, { ...address('sip:a'), displayName: evil })],
    ['tag', () => edit(invite).replace(From, { ...address('sip:a'), params: new Map([['tag', evil]]) })],
    ['Call-ID', () => edit(invite).replace(CallId, evil)],
    ['branch', () => edit(invite).prepend(Via, { ...here, branch: evil })],
    ['reason phrase', () => responseTo(invite, 200, { reason: evil })],
    ['To tag', () => responseTo(invite, 200, { toTag: evil })],
    ['method', () => newRequest(`A\r\n`, 'sip:a')],
    ['new URI', () => newRequest('A', 'sip:a\r\n')],
  ])('%s throws a TypeError', (_, attempt) => {
    expect(attempt).toThrow(TypeError)
  })
})

describe('newRequest (§8.1.1)', () => {
  it('builds a request in the order of the calls', () => {
    const bytes = newRequest('OPTIONS', 'sip:bob@example.com')
      .append(Via, here)
      .append(MaxForwards, 70)
      .append(From, { ...address('sip:a@b'), params: new Map([['tag', '1']]) })
      .append(To, address('sip:bob@example.com'))
      .append(CallId, 'x@y')
      .append(CSeq, { sequence: 1, method: 'OPTIONS' })
      .toBytes()
    const lines = ['OPTIONS sip:bob@example.com SIP/2.0', 'Via: SIP/2.0/TCP [2001:db8::5]:5060;branch=z9hG4bKhere', 'Max-Forwards: 70']
    lines.push('From: <sip:a@b>;tag=1', 'To: <sip:bob@example.com>', 'Call-ID: x@y', 'CSeq: 1 OPTIONS', 'Content-Length: 0', '', '')
    expect(textOf(bytes)).toBe(lines.join('\r\n'))
    expect(parse(bytes).kind).toBe('request')
  })

  it('throws a TypeError when asked for a message it is not yet', () => {
    expect(() => newRequest('OPTIONS', 'sip:a').toMessage()).toThrow(/missing-header/)
    expect(newRequest('OPTIONS', 'sip:a').append(Via, here).get(Via)?.branch).toBe('z9hG4bKhere')
  })
})

describe('responseTo (§8.2.6.2)', () => {
  it('copies Via, From, To, Call-ID and CSeq byte by byte', () => {
    const odd = requestOf(
      requestWith('v:SIP/2.0/UDP a , SIP/2.0/UDP b', 'Via :  SIP/2.0/UDP\r\n c', 'f:   "Ä" <sip:ä@x>'.replace('ä', 'a')),
    )
    const lines = linesOf(parsed(responseTo(odd, 404, { toTag: 'zz' }).toBytes()))
    expect(lines).toEqual([
      'v: SIP/2.0/UDP a , SIP/2.0/UDP b',
      'Via: SIP/2.0/UDP c',
      'f: "Ä" <sip:a@x>',
      'To: <sip:+4930123456@example.com;user=phone>;tag=zz',
      'Call-ID: 5f3c9b2e@192.0.2.10',
      'CSeq: 7 INVITE',
      'Content-Length: 0',
    ])
  })

  it('leaves a To tag that is there', () => {
    const inDialog = requestOf(requestWith('To: sip:bob@example.com ; TAG = old'))
    expect(tagOf(parsed(responseTo(inDialog, 200, { toTag: 'new' }).toBytes()).get(To)!)).toBe('old')
  })

  it('copies Timestamp into a 100 (§8.2.6.1) and Record-Route when a dialog is made (§12.1.1)', () => {
    const request = requestOf(requestWith('Timestamp: 54', 'Record-Route: <sip:a;lr>,<sip:b;lr>', 'Record-Route: <sip:c;lr>'))
    expect(parsed(responseTo(request, 100).toBytes()).raw('Timestamp')).toEqual(['54'])
    expect(parsed(responseTo(request, 180).toBytes()).raw('Timestamp')).toEqual([])
    expect(responseTo(request, 200, { recordRoute: true }).all(RecordRoute).length).toBe(3)
    expect(responseTo(request, 200).all(RecordRoute).length).toBe(0)
  })

  it('takes edits like any message', () => {
    const response = responseTo(invite, 200, { toTag: 't' })
      .append(Contact, address('sip:me'))
      .body('application/sdp', utf8Bytes('v=0\r\n'))
      .toMessage()
    expect(response).toMatchObject({ kind: 'response', status: 200, reason: 'OK' })
    expect([textOf(response.body), response.headers.get(ContentLength)]).toEqual(['v=0\r\n', 5])
  })

  it('knows the phrases and takes another', () => {
    expect([statusPhrase(486), statusPhrase(699)]).toEqual(['Busy Here', ''])
    expect(responseTo(invite, 486, { reason: 'Schläft' }).toMessage()).toMatchObject({ reason: 'Schläft' })
    for (const status of [99, 700, 200.5, Number.NaN]) expect(() => responseTo(invite, status)).toThrow(TypeError)
  })
})

describe('a header definition of your own', () => {
  const Floor: HeaderDef<number> = {
    name: 'X-Floor',
    list: false,
    decode(at) {
      const floor = at.decimal(99)
      return at.ended ? floor : undefined
    },
    encode: floor => String(floor),
  }

  it('reads and writes like the built-in ones', () => {
    expect(invite.headers.get(Floor)).toBe(3)
    expect(edit(invite).replace(Floor, 12).toMessage().headers.get(Floor)).toBe(12)
    expect(edit(invite).remove(Floor).get(Floor)).toBeUndefined()
    expect(requestOf(requestWith('X-Floor: many')).headers.read(Floor)).toMatchObject({ kind: 'malformed' })
    expect(edit(invite).remove(Floor).toMessage().headers.read(Floor)).toEqual({ kind: 'absent' })
  })
})

function parsed(bytes: Uint8Array) {
  const message = parse(bytes)
  if (message.kind === 'malformed') throw new Error(`${message.code} at ${message.offset}`)
  return message.headers
}
