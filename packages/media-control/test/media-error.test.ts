/** What a relay's words mean for the call. */
import { expect, test } from 'vitest'
import { MediaError, whyUnavailable } from '../src/index.ts'

test.each([
  ['refused', 'Unsupported transport protocol: UDP/TLS/RTP/SAVPF is not there yet'],
  ['refused', 'No payload type in common'],
  ['exhausted', 'Ran out of ports: 30000-30099 are all in use'],
  ['exhausted', 'Parallel session limit reached'],
  ['exhausted', 'Load limit exceeded'],
] as const)('%s: "%s"', (meaning, reason) => {
  expect(whyUnavailable(new MediaError('refused', reason))).toBe(meaning)
})

test('whatever else went wrong, there was no answer', () => {
  for (const error of [new MediaError('timeout', 'no ports'), new MediaError('busy', 'too many'), new Error('ports')])
    expect(whyUnavailable(error)).toBe('timeout')
})
