/** Emergency calls by number and by service. */
import { expect, test } from 'vitest'
import { isEmergency } from '../src/index.ts'

test.each([
  [{ scheme: 'sip', user: '112' }, true],
  [{ scheme: 'tel', user: '911' }, true],
  [{ scheme: 'sip', user: '1120' }, false],
  [{ scheme: 'sip' }, false],
  [{ scheme: 'urn', opaque: 'service:sos' }, true],
  [{ scheme: 'urn', opaque: 'SERVICE:SOS.fire' }, true],
  [{ scheme: 'urn', opaque: 'service:sosfire' }, false],
  [{ scheme: 'urn', opaque: 'service:counseling' }, false],
  [{ scheme: 'urn' }, false],
])('%j: %s (RFC 5031 §4.1)', (uri, expected) => {
  expect(isEmergency(uri, ['112', '911'])).toBe(expected)
})
