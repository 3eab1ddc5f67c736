/** Kamailio is the registrar, the proxy and the presence server of phones of ours. RFC 3261 §10, §16, §22, RFC 3903, RFC 6665, RFC 7616. */
import type { HeardState, Phone, PhoneOptions, PhoneSubscription } from '@strowger/sip-transport'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { needing } from '../peers.ts'
import { Kamailio, type KamailioOptions } from './kamailio.ts'
import { nameIn, nextCall, Stage, sdp, stages } from './stage.ts'

const { title, skip } = needing('phones and Kamailio', 'kamailio', 'kamailio-presence')

describe.skipIf(skip)(title, () => {
  const stage = stages()
  let home: Stage
  let kamailio: Kamailio
  beforeAll(async () => {
    home = new Stage()
    kamailio = home.keep(await Kamailio.start(home.folder))
  })
  afterAll(() => home?.close())

  const phone = (name: string, options: Partial<PhoneOptions> = {}, transport: 'udp' | 'tcp' = 'udp', at = kamailio): Promise<Phone> =>
    stage().phone(
      { aor: `sip:${name}@phones.example`, password: 'secret', proxy: `sip:${at.address};transport=${transport}`, ...options },
      transport,
    )

  // Its auth-int hashes an array that nobody has written: that is SIPp's part, in `digest.e2e.test.ts`.
  describe.each<[string, KamailioOptions]>([
    ['MD5', { algorithm: 'MD5' }],
    ['SHA-256', { algorithm: 'SHA-256' }],
    ['nonces that serve once', { once: true }],
  ])('with %s', (_, options) => {
    let own: Kamailio
    beforeAll(async () => {
      own = home.keep(await Kamailio.start(home.folder, options))
    })
    afterAll(() => own?.stop())

    test('registers, is called by a phone that answers 407, and unregisters (RFC 3261 §10.2, §22.3, RFC 7616 §3.4)', async () => {
      const [alice, bob] = [await phone('alice', {}, 'udp', own), await phone('bob', {}, 'tcp', own)]
      await bob.register()
      const [call, called] = await Promise.all([alice.call('sip:bob@phones.example', { offer: sdp('alice') }), nextCall(bob)])
      expect(nameIn(called.offered)).toBe('alice')
      called.answer(sdp('bob'))
      expect(nameIn((await call.next('answer')).answer)).toBe('bob')
      await called.next('confirmed')
      called.hangUp()
      expect(await call.ended).toMatchObject({ by: 'them', status: 200 })
      await bob.unregister()
      expect(await (await alice.call('sip:bob@phones.example', { offer: sdp('alice') })).ended).toMatchObject({ by: 'them', status: 404 })
    })

    test('is refused with another password (RFC 3261 §22.2)', async () => {
      const alice = await phone('alice', { password: 'guess' }, 'udp', own)
      await expect(alice.register()).rejects.toMatchObject({ code: 'not-registered', message: expect.stringContaining('401') })
    })
  })

  test('a registration is refreshed before it ends, with the nonce counted (RFC 3261 §10.2.4, RFC 7616 §3.4)', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'], shouldAdvanceTime: true })
    try {
      const dora = await phone('dora', { expiresSeconds: 60 })
      await dora.register()
      await vi.advanceTimersByTimeAsync(50_000)
      await kamailio.answered('REGISTER of dora with 200', 2)
      await dora.unregister()
    } finally {
      vi.useRealTimers()
    }
  })

  test('routes what is inside a call by Record-Route: PRACK, re-INVITE, UPDATE, BYE (RFC 3261 §12.2.1.1, §16.6)', async () => {
    const [alice, bob] = [await phone('alice'), await phone('bob')]
    await bob.register()
    const [call, called] = await Promise.all([alice.call('sip:bob@phones.example', { offer: sdp('alice') }), nextCall(bob)])
    called.ring(183, sdp('early'))
    expect(nameIn((await call.next('answer')).answer)).toBe('early')
    called.answer()
    await called.next('confirmed')
    called.offer(sdp('hold', 'a=sendonly\r\n'))
    expect(nameIn((await call.next('offer')).offer)).toBe('hold')
    call.answerOffer(sdp('held', 'a=recvonly\r\n'))
    expect(nameIn((await called.next('answer')).answer)).toBe('held')
    call.offer(sdp('update'), { by: 'UPDATE' })
    expect(nameIn((await called.next('offer')).offer)).toBe('update')
    called.answerOffer(sdp('updated'))
    expect(nameIn((await call.next('answer')).answer)).toBe('updated')
    call.hangUp()
    expect(await called.ended).toMatchObject({ by: 'them' })
    expect(await call.ended).toMatchObject({ by: 'us', status: 200 })
  })

  test('a caller gives up, and Kamailio passes the CANCEL on (RFC 3261 §9, §16.10)', async () => {
    const [alice, bob] = [await phone('alice'), await phone('bob')]
    await bob.register()
    const [call, called] = await Promise.all([alice.call('sip:bob@phones.example', { offer: sdp('alice') }), nextCall(bob)])
    called.ring()
    await call.next('progress')
    call.hangUp()
    expect(await called.ended).toMatchObject({ by: 'them', status: 487 })
    expect(await call.ended).toMatchObject({ by: 'us', status: 487 })
  })

  test.each(['udp', 'tcp'] as const)(
    'a published state reaches who subscribed over %s, changes, and is taken back (RFC 3903 §4, RFC 6665 §4.1)',
    async transport => {
      const [alice, bob] = [await phone(`alice-${transport}`, {}, transport), await phone('bob')]
      const subscription = await bob.subscribe(`sip:alice-${transport}@phones.example`, { event: 'presence', accept: [PIDF], seconds: 600 })
      expect(await next(subscription)).toMatchObject({ status: 'active' })
      const publication = await alice.publish(pidf('closed'), { event: 'presence', seconds: 600 })
      await hears(subscription, 'closed')
      await publication.change(pidf('open'))
      await hears(subscription, 'open')
      await publication.stop()
      // Kamailio tells it by what it knew last, closed.
      await hears(subscription, 'closed')
      await subscription.stop()
      expect(await subscription.ended).toEqual({ reason: 'timeout' })
    },
  )

  test('a dialog state is published and heard (RFC 4235 §3, RFC 3903 §4)', async () => {
    const [alice, bob] = [await phone('alice'), await phone('bob')]
    await alice.publish({ contentType: DIALOG_INFO, text: dialogInfo('confirmed') }, { event: 'dialog', seconds: 600 })
    const subscription = await bob.subscribe('sip:alice@phones.example', { event: 'dialog', accept: [DIALOG_INFO], seconds: 600 })
    await hears(subscription, 'confirmed')
    await subscription.stop()
  })

  test('asked once, the state comes and that is all (RFC 6665 §4.4.3)', async () => {
    const bob = await phone('bob')
    const subscription = await bob.subscribe('sip:nobody@phones.example', { event: 'presence', accept: [PIDF], seconds: 0 })
    expect(await next(subscription)).toMatchObject({ status: 'terminated' })
    await subscription.ended
  })

  test('too brief a subscription is made longer; an event that Kamailio does not know ends it (RFC 6665 §4.1.2.1, §7.2)', async () => {
    const bob = await phone('bob')
    const brief = await bob.subscribe('sip:alice@phones.example', { event: 'presence', accept: [PIDF], seconds: 10 })
    expect(await next(brief)).toMatchObject({ status: 'active' })
    await kamailio.answered('SUBSCRIBE of bob with 423')
    await brief.stop()
    const unknown = await bob.subscribe('sip:alice@phones.example', { event: 'weather' })
    expect(await unknown.ended).toMatchObject({ status: 489 })
  })

  test('subscription and publication are refreshed, and outlive what was granted (RFC 6665 §4.1.2.2, RFC 3903 §4.3)', async () => {
    const [alice, bob] = [await phone('carol'), await phone('bob')]
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'], shouldAdvanceTime: true })
    try {
      const publication = await alice.publish(pidf('open'), { event: 'presence', seconds: 60 })
      const subscription = await bob.subscribe('sip:carol@phones.example', { event: 'presence', accept: [PIDF], seconds: 60 })
      await hears(subscription, 'open')
      await vi.advanceTimersByTimeAsync(55_000)
      // The refresh of the subscription brings the state again.
      await hears(subscription, 'open')
      await kamailio.answered('PUBLISH of carol with 200', 2)
      await publication.change(pidf('closed'))
      await hears(subscription, 'closed')
      await subscription.stop()
      await publication.stop()
    } finally {
      vi.useRealTimers()
    }
  })

  test('Kamailio has forgotten what it knew: 412, and the state is published anew (RFC 3903 §4.3)', async () => {
    const own = home.keep(await Kamailio.start(home.folder))
    const [alice, bob] = [await phone('alice', {}, 'udp', own), await phone('bob', {}, 'udp', own)]
    const publication = await alice.publish(pidf('open'), { event: 'presence', seconds: 600 })
    await own.restart()
    await publication.change(pidf('closed'))
    const subscription = await bob.subscribe('sip:alice@phones.example', { event: 'presence', accept: [PIDF], seconds: 600 })
    await hears(subscription, 'closed')
    await own.answered('PUBLISH of alice with 412')
    await publication.stop()
    await own.stop()
  })
})

const PIDF = 'application/pidf+xml'
const DIALOG_INFO = 'application/dialog-info+xml'

async function next(subscription: PhoneSubscription): Promise<HeardState> {
  const { value } = await subscription[Symbol.asyncIterator]().next()
  return value as HeardState
}

/** Waits for a state with `word` in it; others may come before, of refreshes. */
async function hears(subscription: PhoneSubscription, word: string): Promise<void> {
  for (let text: string | undefined; text?.includes(word) !== true; ) text = (await next(subscription)).body?.text
}

function pidf(basic: 'open' | 'closed'): { contentType: string; text: string } {
  const tuple = `<tuple id="t"><status><basic>${basic}</basic></status></tuple>`
  const text = `<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:alice@phones.example">${tuple}</presence>`
  return { contentType: PIDF, text }
}

function dialogInfo(state: string): string {
  const dialog = `<dialog id="d1" direction="initiator"><state>${state}</state></dialog>`
  return `<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="0" state="full" entity="sip:alice@phones.example">${dialog}</dialog-info>`
}
