/** What header definitions say beyond their vectors: limits when writing, values inside others, lines that stay apart. RFC 3261 §20. */
import { describe, expect, it } from 'vitest'
import * as sip from '../src/index.ts'
import { requestOf, requestWith } from './sample-messages.ts'

const NONE: ReadonlyMap<string, string> = new Map()
const headersWith = (...lines: readonly string[]): sip.HeaderView => requestOf(requestWith(...lines)).headers

describe('numbers are written within their limits only', () => {
  const seconds = 2 ** 32 - 1
  const limits: readonly (readonly [string, (value: number) => string, number, number])[] = [
    ['Expires (RFC 3261 §20.19)', value => sip.Expires.encode(value), 0, seconds],
    ['Min-Expires (RFC 3261 §20.23)', value => sip.MinExpires.encode(value), 0, seconds],
    ['Max-Forwards (RFC 3261 §20.22)', value => sip.MaxForwards.encode(value), 0, 255],
    ['CSeq (RFC 3261 §8.1.1.5)', sequence => sip.CSeq.encode({ sequence, method: 'A' }), 0, 2 ** 31 - 1],
    ['RSeq (RFC 3262 §7.1)', value => sip.RSeq.encode(value), 1, 2 ** 32 - 1],
    ['RAck (RFC 3262 §7.2)', rseq => sip.RAck.encode({ rseq, sequence: 1, method: 'A' }), 1, 2 ** 32 - 1],
    ['Session-Expires (RFC 4028 §4)', value => sip.SessionExpires.encode({ seconds: value }), 0, seconds],
    ['Min-SE (RFC 4028 §5)', value => sip.MinSE.encode({ seconds: value }), 0, seconds],
    ['Retry-After (RFC 3261 §20.33)', value => sip.RetryAfter.encode({ seconds: value }), 0, seconds],
    ['Subscription-State (RFC 6665 §8.2.3)', expires => sip.SubscriptionState.encode({ state: 'active', expires }), 0, seconds],
    ['Max-Breadth (RFC 5393 §5.3.1)', value => sip.MaxBreadth.encode(value), 0, 2 ** 31 - 1],
    ['Flow-Timer (RFC 5626 §10)', value => sip.FlowTimer.encode(value), 0, seconds],
    ['Diversion (RFC 5806 §10)', counter => sip.Diversion.encode({ uri: sip.parseUri('sip:a')!, params: NONE, counter }), 0, 99],
  ]
  for (const [name, write, least, most] of limits) {
    it(`in ${name}`, () => {
      expect(write(least)).toContain(String(least))
      expect(write(most)).toContain(String(most))
      for (const wrong of [least - 1, most + 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => write(wrong)).toThrow(TypeError)
    })
  }

  it('and a moment is one that a Date can tell (RFC 3261 §20.17)', () => {
    for (const wrong of [Number.NaN, 8.64e15, -8.64e15]) expect(() => sip.DateHeader.encode(wrong)).toThrow(TypeError)
  })
})

describe('a value inside another', () => {
  it('is read: the dialog that a Refer-To wants replaced (RFC 3891 §4)', () => {
    const target = headersWith('Refer-To: <sip:c@example.com?Replaces=1%402%3Bto-tag%3Da%3Bfrom-tag%3Db%3Bearly-only>').get(sip.ReferTo)
    expect(sip.parseValue(sip.Replaces, target?.uri.headers.get('replaces'))).toEqual({
      callId: '1@2',
      toTag: 'a',
      fromTag: 'b',
      earlyOnly: true,
    })
  })

  it('is written: the same dialog into a Refer-To (RFC 3515 §2.1)', () => {
    const replaces = sip.Replaces.encode({ callId: '1@2', toTag: 'a', fromTag: 'b', earlyOnly: false })
    const uri = { ...sip.parseUri('sip:c@example.com')!, headers: new Map([['Replaces', replaces]]) }
    expect(sip.ReferTo.encode({ uri, params: NONE })).toBe('<sip:c@example.com?Replaces=1%402%3Bto-tag%3Da%3Bfrom-tag%3Db>')
  })

  it('is the reason of a History-Info entry, or there is none (RFC 7044 §5)', () => {
    const line =
      'History-Info: <sip:b@x?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%22>;index=1, <sip:b@x?Reason=%22>;index=2, <sip:b@x>;index=3'
    expect(headersWith(line).all(sip.HistoryInfo).map(sip.historyReason)).toEqual([
      { protocol: 'SIP', cause: 486, text: 'Busy' },
      undefined,
      undefined,
    ])
  })

  it('that would start a line of its own is none (RFC 3261 §19.1.5)', () => {
    expect(sip.parseValue(sip.Subject, 'a\r\n b')).toBeUndefined()
    expect(sip.parseValue(sip.Subject, undefined)).toBeUndefined()
    expect(sip.parseValue(sip.Subject, ' grün ')).toBe('grün')
  })
})

describe('lists and lines', () => {
  it('several REFER targets are all there to be refused (RFC 3515 §2.4.1)', () => {
    expect(headersWith('Refer-To: <sip:a@example.com>', 'r: <sip:b@example.com>').all(sip.ReferTo)).toHaveLength(2)
  })

  it('two Replaces are both there to be refused with 400 (RFC 3891 §3)', () => {
    expect(headersWith('Replaces: 1;to-tag=a;from-tag=b', 'Replaces: 2;to-tag=a;from-tag=b').all(sip.Replaces)).toHaveLength(2)
  })

  it('signatures are a header field each (RFC 8224 §4)', () => {
    const read = headersWith('Identity: ..a;info=<https://a/1>;ppt=shaken', 'y: ..b;info=<https://a/1>;ppt=div').all(sip.Identity)
    expect(read.map(({ token, ppt }) => [token, ppt])).toEqual([
      ['..a', 'shaken'],
      ['..b', 'div'],
    ])
  })

  for (const def of [sip.Authorization, sip.ProxyAuthorization, sip.WwwAuthenticate, sip.ProxyAuthenticate]) {
    it(`${def.name}: commas belong to the value, lines are values (RFC 3261 §7.3.1)`, () => {
      expect(headersWith(`${def.name}: Digest realm="a", nonce="1"`, `${def.name}: Digest realm="b", nonce="2"`).all(def)).toHaveLength(2)
    })
  }

  it('values decoded do not share what they hold (RFC 3261 §7.3.1)', () => {
    const read = headersWith('Authentication-Info: nextnonce="1"', 'User-to-User: 56, 57').all(sip.UserToUser)
    expect(read).toEqual([{ data: '56' }, { data: '57' }])
    expect(headersWith('Authentication-Info: nextnonce="1"').get(sip.AuthenticationInfo)).toEqual({ nextnonce: '1' })
    expect(headersWith('P-Charging-Vector: icid-value=1').get(sip.PChargingVector)).toEqual({ icid: '1' })
  })

  it('a parameter that has a field of its own is not written twice (RFC 3261 §7.3.1)', () => {
    const params = new Map([['Cause', '1']])
    expect(() => sip.Reason.encode({ protocol: 'SIP', params })).toThrow(TypeError)
    expect(() => sip.Reason.encode({ protocol: 'SIP', params: new Map([...params, ['x', '1'], ['X', '2']]) })).toThrow(TypeError)
  })
})
