/** Calls without a relay, named in a signed header. */
import { describe, expect, test } from 'vitest'
import { callId, MOST_LOST_CALLS, newKey, readLostMedia, signLostMedia, signToken } from '../src/index.ts'

const key = newKey()
const keys = { signing: key, accepted: [key] }

describe('the header of lost media', () => {
  test('says what was signed, in few enough bytes for a probe', () => {
    const calls = Array.from({ length: MOST_LOST_CALLS }, () => callId())
    const value = signLostMedia(calls, keys)
    expect(readLostMedia(` ${value} `, keys)).toEqual(calls)
    expect(value.length).toBeLessThan(900)
  })

  test('says nothing when another key signed it, or when it is a token of another kind', () => {
    const other = newKey()
    expect(readLostMedia(signLostMedia(['c1'], { signing: other, accepted: [other] }), keys)).toEqual([])
    expect(readLostMedia(signToken('r|c1|o|a', keys), keys)).toEqual([])
    expect(readLostMedia('l|c1', keys)).toEqual([])
  })
})
