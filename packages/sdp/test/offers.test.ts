/** Every broken, steering, oversized or surprising offer has its verdict: an answer, or 488 with a Warning. RFC 3264 §6, RFC 3261 §20.43. */
import { describe, expect, test } from 'vitest'
import { answer, checkAnswer, latin1, SdpEditor } from '../src/index.ts'
import { offerFiles, us } from './offer-vectors.ts'

for (const { file, vectors } of offerFiles) {
  describe(file, () => {
    for (const { title, clause, offer, ...expected } of vectors) {
      test(`${title} (${clause})`, () => {
        const verdict = answer(offer, us)
        if (verdict.kind === 'refuse') {
          expect(`${verdict.status} ${verdict.warning} ${verdict.text}`).toBe(expected.refused)
          expect(verdict.clause).toMatch(/^RFC \d+ §[\d.]*\d$/)
          return
        }
        const text = latin1(verdict.sdp).replaceAll('\r\n', '\n')
        expect(text.slice(`${text}m=`.indexOf('m='))).toBe(expected.answer)
        expect(checkAnswer(offer, verdict.sdp)).toEqual([])
      })
    }

    test(`what is carried leaves as it came (RFC 8866 §5)`, () => {
      for (const { offer, answer: answered } of vectors) {
        const carried = SdpEditor.open(offer)?.toString()
        if (answered !== undefined || carried !== undefined) expect(carried).toBe(offer)
      }
    })
  })
}
