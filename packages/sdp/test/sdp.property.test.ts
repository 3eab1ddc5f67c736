/** What holds for every SDP: a document survives writing and reading, answers are lawful, nothing throws, time is linear. RFC 8866, RFC 3264. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addressKind,
  agreedMedia,
  answer,
  type Capabilities,
  checkAnswer,
  checkNext,
  formatsOf,
  latin1,
  type MediaCapability,
  offerFrom,
  parseSdp,
  readSdp,
  SdpEditor,
  writeSdp,
} from '../src/index.ts'
import { offerFiles, us } from './offer-vectors.ts'

const codec = fc.constantFrom(
  { name: 'PCMA', clockRate: 8000 },
  { name: 'PCMU', clockRate: 8000 },
  { name: 'opus', clockRate: 48000, channels: 2 },
  { name: 'G729', clockRate: 8000, fmtp: 'annexb=no' },
  { name: 'iLBC', clockRate: 8000, payloadType: 97 },
  { name: 'telephone-event', clockRate: 8000, fmtp: '0-15' },
  { name: 'telephone-event', clockRate: 48000, payloadType: 101 },
)
const direction = fc.constantFrom('sendrecv', 'sendonly', 'recvonly', 'inactive')
const audio = fc
  .record({
    port: fc.integer({ min: 1024, max: 65_000 }),
    codecs: fc.uniqueArray(codec, { minLength: 1 }),
    direction,
    rtcpMux: fc.boolean(),
    take: fc.constantFrom('all', 'one'),
    order: fc.constantFrom('ours', 'theirs'),
    ptime: fc.integer({ min: 10, max: 60 }),
  })
  .map(one => ({ kind: 'audio', ...one }) as MediaCapability)
const fax = direction.map(
  one =>
    ({
      kind: 'image',
      port: 4100,
      protocols: ['udptl'],
      formats: ['t38'],
      direction: one,
      attributes: [{ name: 'T38FaxVersion', value: '1' }],
    }) as MediaCapability,
)
const media = fc.array(fc.oneof({ arbitrary: audio, weight: 3 }, { arbitrary: fax, weight: 1 }), { maxLength: 4 })
const side = (address: string): fc.Arbitrary<Capabilities> => media.map(one => ({ address, sessionId: `${address.length}`, media: one }))

describe('offers and answers', () => {
  test('whatever two sides can do, the answer is lawful or the offer is refused (RFC 3264 §6)', () => {
    fc.assert(
      fc.property(side('192.0.2.1'), side('198.51.100.20'), (offerer, answerer) => {
        const offer = offerFrom(offerer)
        const verdict = answer(offer, answerer)
        if (verdict.kind === 'refuse') return
        expect(checkAnswer(offer, verdict.sdp)).toEqual([])
        for (const view of ['offerer', 'answerer'] as const)
          for (const one of agreedMedia(offer, verdict.sdp, view)!)
            if (one.live && one.kind === 'audio') expect(one.codecs.length).toBeGreaterThan(0)
      }),
      { numRuns: 300 },
    )
  })

  test('a session of offers from both sides keeps every rule at every step (RFC 3264 §8)', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), side('192.0.2.1'), side('198.51.100.20')), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(steps, rounds => {
        let last: { a?: Uint8Array; b?: Uint8Array } = {}
        for (const [fromA, a, b] of rounds) {
          const offer = fromA ? offerFrom(a, last.a) : offerFrom(b, last.b)
          const verdict = answer(offer, fromA ? b : a, fromA ? last.b : last.a)
          if (verdict.kind === 'refuse') continue
          const next = fromA ? { a: offer, b: verdict.sdp } : { a: verdict.sdp, b: offer }
          expect(checkAnswer(offer, verdict.sdp)).toEqual([])
          const numbers = /Payload type/
          if (last.a) expect(checkNext(last.a, next.a).filter(({ text }) => !numbers.test(text))).toEqual([])
          if (last.b) expect(checkNext(last.b, next.b).filter(({ text }) => !numbers.test(text))).toEqual([])
          last = next
        }
      }),
      { numRuns: 200 },
    )
  })

  test('one side alone that changes its offer keeps every rule, numbers included (RFC 3264 §8.3.2)', () => {
    fc.assert(
      fc.property(fc.array(side('192.0.2.1'), { minLength: 2, maxLength: 5 }), offers => {
        let last = offerFrom(offers[0]!)
        for (const one of offers) {
          const next = offerFrom(one, last)
          expect(checkNext(last, next)).toEqual([])
          expect(latin1(offerFrom(one, next))).toBe(latin1(next))
          last = next
        }
      }),
      { numRuns: 200 },
    )
  })
})

const everyOffer = offerFiles.flatMap(({ vectors }) => vectors.map(({ offer }) => offer)).filter(offer => offer.length < 3000)
const mutated = fc
  .tuple(
    fc.constantFrom(...everyOffer),
    fc.array(fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(...'\r\n :=/0m9a-\0\xff'), fc.constant('')), fc.nat(3)), { maxLength: 8 }),
  )
  .map(([offer, edits]) =>
    edits.reduce((text, [at, put, cut]) => {
      const from = text.length === 0 ? 0 : at % text.length
      return text.slice(0, from) + put + text.slice(from + cut)
    }, offer),
  )
const spliced = fc
  .tuple(
    fc.constantFrom(...everyOffer),
    fc.constantFrom(...everyOffer),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([one, other, a, b]) => one.slice(0, Math.floor(a * one.length)) + other.slice(Math.floor(b * other.length)))

describe('whatever comes', () => {
  test('nothing throws, answers are lawful, and what is read can be written and read again (RFC 8866 §5)', () => {
    fc.assert(
      fc.property(fc.oneof(mutated, spliced, fc.string({ unit: 'binary', maxLength: 100 })), sdp => {
        const read = readSdp(sdp)
        const verdict = answer(sdp, us)
        if (verdict.kind === 'answer') {
          expect(checkAnswer(sdp, verdict.sdp).filter(({ level }) => level === 'must')).toEqual([])
          expect(answer(verdict.sdp, us, sdp)).toBeDefined()
        }
        if (read.kind === 'malformed') return
        for (const one of read.sdp.media) formatsOf(one)
        const written = writeSdp(read.sdp)
        expect(parseSdp(written)?.media.map(({ fields: _, ...one }) => one)).toEqual(read.sdp.media.map(({ fields: _, ...one }) => one))
        expect(latin1(writeSdp(parseSdp(written)!))).toBe(latin1(written))
        expect(SdpEditor.open(sdp)!.toString()).toBe(sdp)
        checkNext(sdp, sdp)
      }),
      { numRuns: 20_000, interruptAfterTimeLimit: 2000 },
    )
  })

  test('any text is some kind of address', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{1,40}$/)),
        text => addressKind(text).length > 0,
      ),
    )
    fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), text => !['name', 'malformed'].includes(addressKind(text))))
  })

  test('a document survives writing and reading (RFC 8866 §5)', () => {
    const value = fc.stringMatching(/^[!-~]([ -~]{0,10}[!-~])?$/)
    const attribute = fc.record({ name: fc.stringMatching(/^x[a-z-]{1,8}$/), value })
    const field = (types: string): fc.Arbitrary<{ type: string; value: string }> => fc.record({ type: fc.constantFrom(...types), value })
    const connection = fc.record({
      networkType: fc.constant('IN'),
      addressType: fc.constant('IP4'),
      address: fc.ipV4(),
      suffix: fc.constantFrom('', '/127', '/127/3'),
    })
    const document = fc.record({
      name: value,
      connection,
      attributes: fc.array(attribute),
      fields: fc.array(field('iuepbrzk'), { maxLength: 5 }),
      media: fc.array(
        fc.record({
          kind: fc.constantFrom('audio', 'video'),
          port: fc.nat(65_535),
          portCount: fc.integer({ min: 1, max: 9 }),
          protocol: fc.constant('RTP/AVP'),
          formats: fc.array(fc.nat(127).map(String), { minLength: 1, maxLength: 4 }),
          connections: fc.array(connection, { maxLength: 2 }),
          attributes: fc.array(attribute, { maxLength: 4 }),
        }),
        { maxLength: 3 },
      ),
    })
    fc.assert(
      fc.property(document, one => {
        const written = writeSdp(one)
        const read = parseSdp(written)!
        expect(read).toMatchObject({ name: one.name, connection: one.connection, attributes: one.attributes, media: one.media })
        expect(latin1(writeSdp(read))).toBe(latin1(written))
      }),
    )
  })
})

describe('time is linear in the size', () => {
  const head = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 5004 RTP/AVP'
  test.each<[string, (size: number) => string]>([
    ['formats', size => `${head}${' 8'.repeat(size / 2)}\r\n`],
    ['rtpmap lines', size => `${head} 96\r\n${'a=rtpmap:96 x/1\r\n'.repeat(size / 17)}`],
    ['spaces in an rtpmap', size => `${head} 96\r\na=rtpmap:96${' '.repeat(size)}x\r\n`],
    ['spaces in a crypto line', size => `${head} 8\r\na=crypto:1${' '.repeat(size)}\r\n`],
    ['separators in an fmtp', size => `${head} 18\r\na=fmtp:18 ${';'.repeat(size)}\r\n`],
    ['event ranges', size => `${head} 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 ${'0-255,'.repeat(size / 6)}\r\n`],
    ['digits of a port', size => `${head.replace('5004', '1'.repeat(size))} 8\r\n`],
    ['colons of an address', size => `${head.replace('c=IN IP4 192.0.2.1', `c=IN IP6 ${':'.repeat(size)}`)} 8\r\n`],
    ['lines of one letter', size => `${head} 8\r\n${'b=\r\n'.repeat(size / 4)}`],
    ['m-lines', size => `${head} 8\r\n${'m=a 1 b c\r\n'.repeat(size / 12)}`],
  ])('of %s', (_, make) => {
    const limits = { maxLines: 1e6, maxMedia: 1e6 }
    for (const size of [1000, 60_000]) {
      const sdp = make(size)
      const started = performance.now()
      for (let round = 0; round < 3; round++) {
        readSdp(sdp, limits)
        answer(sdp, us)
      }
      expect(performance.now() - started).toBeLessThan(2000)
    }
  })
})
