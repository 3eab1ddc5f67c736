import { describe, expect, it } from 'vitest'
import { matchReplaces, type Replaceable } from '../src/replaces.ts'

const call = (state: 'early' | 'confirmed', more: Partial<Replaceable> = {}, id = 'c1', remoteTag = 'r'): Replaceable => ({
  dialog: { callId: id, localTag: 'l', remoteTag, state },
  initiated: true,
  ...more,
})
const named = { callId: 'c1', toTag: 'l', fromTag: 'r' }
const match = (
  calls: Replaceable[],
  replaces = [named] as readonly (typeof named & { earlyOnly?: boolean })[],
  join: readonly (typeof named)[] = [],
  method = 'INVITE',
) => {
  const verdict = matchReplaces({ method, replaces, join }, calls, () => true)
  return verdict.kind === 'refuse' ? verdict.status : verdict.kind === 'replace' ? verdict.end : verdict.kind
}

describe('an INVITE with Replaces', () => {
  it('takes an answered call, which gets BYE (RFC 3891 §3)', () => {
    expect(match([call('confirmed'), call('confirmed', {}, 'c2')])).toBe('BYE')
    expect(match([call('confirmed', { initiated: false })])).toBe('BYE')
  })

  it('matches Call-ID and both tags exactly, to-tag being ours (RFC 3891 §3)', () => {
    const wrong = [
      { ...named, callId: 'C1' },
      { ...named, toTag: 'r', fromTag: 'l' },
      { ...named, toTag: 'L' },
      { ...named, fromTag: '' },
    ]
    expect(wrong.map(each => match([call('confirmed')], [each]))).toEqual([481, 481, 481, 481])
  })

  it('reads tag 0 as no tag of an old peer (RFC 3891 §6.1)', () => {
    const old = { ...named, fromTag: '0' }
    expect([match([call('confirmed', {}, 'c1', '')], [old]), match([call('confirmed')], [old])]).toEqual(['BYE', 481])
  })

  it('that matches none, or more than one, gets 481 (RFC 3891 §3)', () => {
    expect([match([]), match([call('confirmed'), call('confirmed')])]).toEqual([481, 481])
  })

  it('takes a ringing call only where we placed it, which gets CANCEL (RFC 3891 §3)', () => {
    expect([match([call('early')]), match([call('early', { initiated: false })])]).toEqual(['CANCEL', 481])
  })

  it('with early-only for an answered call gets 486 (RFC 3891 §3)', () => {
    const earlyOnly = [{ ...named, earlyOnly: true }]
    expect([match([call('confirmed')], earlyOnly), match([call('early')], earlyOnly)]).toEqual([486, 'CANCEL'])
  })

  it('for a call that has ended gets 603 (RFC 3891 §3)', () => {
    expect(match([call('confirmed', { ended: true })])).toBe(603)
    expect(match([call('early', { ended: true, initiated: false })])).toBe(603)
  })

  it('twice, beside Join, or outside INVITE gets 400 (RFC 3891 §3)', () => {
    const calls = [call('confirmed')]
    expect([match(calls, [named, named]), match(calls, [named], [named]), match(calls, [named], [], 'REFER')]).toEqual([400, 400, 400])
  })

  it('of one who may not have the call gets 403, and the hook is asked about that call only (RFC 3891 §8)', () => {
    const asked: unknown[] = []
    const deny = (each: Replaceable) => asked.push(each) === 0
    const mine = call('confirmed')
    const request = { method: 'INVITE', replaces: [named], join: [] }
    expect(matchReplaces(request, [call('confirmed', {}, 'c2'), mine], deny)).toEqual({ kind: 'refuse', status: 403 })
    expect(asked).toEqual([mine])
  })
})

describe('an INVITE with Join', () => {
  it('joins the one call it names (RFC 3911 §4)', () => {
    expect([match([call('confirmed')], [], [named]), match([], [], [named])]).toEqual(['join', 481])
  })

  it('may name a call that rings, whoever placed it (RFC 3911 §4)', () => {
    expect([match([call('early')], [], [named]), match([call('early', { initiated: false })], [], [named])]).toEqual(['join', 'join'])
  })

  it('twice gets 400, for a call that has ended 603 (RFC 3911 §4)', () => {
    expect([match([call('confirmed')], [], [named, named]), match([call('confirmed', { ended: true })], [], [named])]).toEqual([400, 603])
  })
})

describe('an INVITE without either', () => {
  it('is an ordinary call (RFC 3261 §13.3)', () => {
    expect(match([call('confirmed')], [])).toBe('none')
  })
})
