/** SIPp asks a phone of ours for its password, and checks what it gets. RFC 3261 §22, RFC 7616 §3.4. */
import { describe, expect, test } from 'vitest'
import { needing } from '../peers.ts'
import { Registrar } from './registrar.ts'
import { nameIn, sdp, stages } from './stage.ts'

const { title, skip } = needing('a phone that SIPp challenges', 'sipp')

describe.skipIf(skip)(title, () => {
  const stage = stages()

  // SIPp checks Authorization only; whoever answers 407 is in `kamailio.e2e.test.ts`.
  test.each(['auth', 'auth-int'])('answers 401 with MD5 and %s, in the INVITE and again in the BYE (RFC 7616 §3.4)', async qop => {
    const words = { how: `algorithm=MD5, qop="${qop}"` }
    const [phone, callee] = [await stage().phone({ password: 'secret' }), await stage().callee('callee-challenges', { words })]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    expect(nameIn((await call.next('answer')).answer)).toBe('theirs')
    await call.next('confirmed')
    call.hangUp()
    await callee.done()
    expect(await call.ended).toMatchObject({ by: 'us', status: 200 })
  })

  test('answers 401 to a re-INVITE, once more when the nonce is stale, and ahead from then on (RFC 3261 §22.2, RFC 7616 §3.3)', async () => {
    const [phone, callee] = [await stage().phone({ password: 'secret' }), await stage().callee('callee-challenges-change')]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    await call.next('confirmed')
    await call.next('answer')
    call.offer(sdp('ours on hold'))
    expect(nameIn((await call.next('answer')).answer)).toBe('held')
    call.hangUp()
    await callee.done()
  })

  test('a wrong password is a refusal (RFC 3261 §22.1)', async () => {
    const words = { how: 'algorithm=MD5, qop="auth"' }
    const [phone, callee] = [await stage().phone({ password: 'guess' }), await stage().callee('callee-challenges', { words })]
    const call = await phone.call(callee.uri, { offer: sdp('ours') })
    expect(await call.ended).toMatchObject({ by: 'them', status: 403 })
    await callee.done()
  })

  test.each(['auth', 'auth-int'] as const)('registers with MD5 and %s at a registrar of ours (RFC 7616 §3.4.3)', async qop => {
    const registrar = stage().keep(await Registrar.open({ algorithms: ['MD5'], qop: [qop] }))
    const caller = await stage().caller('caller-registers', { contact: `sip:registrar@${registrar.address}` })
    await caller.done()
    expect(registrar.proof.get('qop')).toBe(qop)
    expect(registrar.bindings.get('sipp')).toContain(`${caller.address}:${caller.port}`)
  })
})
