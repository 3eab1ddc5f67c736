/** Two calls connected by a third party. Loopback, free ports. RFC 3725 §4.1, §7. */
import { utf8, utf8Bytes } from '@strowger/sip-parser'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bridge, openPhone, type Phone, type PhoneCall } from '../src/index.ts'

const open: Phone[] = []
let [alice, bob, click]: Phone[] = []
beforeEach(async () => {
  for (const name of ['alice', 'bob', 'click']) open.push(await openPhone({ on: ['udp:127.0.0.1:0'], aor: `sip:${name}@127.0.0.1` }))
  ;[alice, bob, click] = open
})
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const sdp = (name: string): Uint8Array => utf8Bytes(`v=0\r\ns=${name}\r\n`)
const nameIn = (description: Uint8Array | undefined): string => /s=(.*)\r/.exec(utf8(description ?? new Uint8Array()))?.[1] ?? 'none'

async function incoming(phone: Phone): Promise<PhoneCall> {
  return (await phone.calls[Symbol.asyncIterator]().next()).value
}

/** Alice is called without an offer, Bob with hers; both answer. */
async function connected(): Promise<{ one: PhoneCall; two: PhoneCall; over: Promise<void> }> {
  const [a, one] = await Promise.all([click!.call(alice!.uris[0]!), incoming(alice!)])
  one.answer(sdp('alice'))
  const { offer } = await a.nextOffer()
  const [b, two] = await Promise.all([click!.call(bob!.uris[0]!, { offer }), incoming(bob!)])
  expect(nameIn(two.offered)).toBe('alice')
  const over = bridge(a, b)
  two.ring()
  two.answer(sdp('bob'))
  expect(nameIn((await one.answered).answer)).toBe('bob')
  await two.next('confirmed')
  await one.next('answer')
  return { one, two, over }
}

describe('a bridge of two calls', () => {
  it('gives the answer of one to the other, and ends both when one hangs up (RFC 3725 §4.1)', async () => {
    const { one, two, over } = await connected()
    one.hangUp()
    await over
    expect(await two.ended).toMatchObject({ by: 'them', status: 200 })
  })

  it('passes a re-INVITE on, and its refusal (RFC 3725 §7)', async () => {
    const { one, two } = await connected()
    one.offer(sdp('hold'))
    expect(nameIn((await two.next('offer')).offer)).toBe('hold')
    two.answerOffer(sdp('held'))
    expect(nameIn((await one.next('answer')).answer)).toBe('held')
    two.offer(sdp('video'))
    expect(nameIn((await one.next('offer')).offer)).toBe('video')
    one.refuseOffer()
    expect(await two.next('offer refused')).toMatchObject({ status: 488 })
  })

  it('passes on that one asks for an offer, and what follows (RFC 3725 §7)', async () => {
    const { one, two } = await connected()
    one.offer()
    expect((await two.next('offer')).offer).toBeUndefined()
    two.answerOffer(sdp('anew'))
    expect(nameIn((await one.nextOffer()).offer)).toBe('anew')
    one.answerOffer(sdp('agreed'))
    expect(nameIn((await two.next('answer')).answer)).toBe('agreed')
  })

  it('hangs up the first when the second refuses (RFC 3725 §4.1)', async () => {
    const [a, one] = await Promise.all([click!.call(alice!.uris[0]!), incoming(alice!)])
    one.answer(sdp('alice'))
    const { offer } = await a.nextOffer()
    const [b, two] = await Promise.all([click!.call(bob!.uris[0]!, { offer }), incoming(bob!)])
    const over = bridge(a, b)
    two.refuse()
    await over
    await expect(b.answered).rejects.toThrow(`${bob!.uris[0]} answered 486 Busy Here`)
    expect(await one.ended).toMatchObject({ cause: 'no answer in the ACK' }) // there was none to give
  })

  it.each([true, false])('joins a call that came with one that is made for it, offered: %s (RFC 7092 §3.1)', async offered => {
    const [call, came] = await Promise.all([alice!.call(click!.uris[0]!, offered ? { offer: sdp('alice') } : {}), incoming(click!)])
    const [made, called] = await Promise.all([click!.call(bob!.uris[0]!, { offer: came.offered }), incoming(bob!)])
    void bridge(came, made)
    called.ring()
    expect((await call.next('progress')).status).toBe(180)
    called.answer(sdp('bob'))
    if (offered) expect(nameIn((await call.answered).answer)).toBe('bob')
    else {
      expect(nameIn((await call.nextOffer()).offer)).toBe('bob')
      call.answerOffer(sdp('alice'))
      expect(nameIn((await called.answered).answer)).toBe('alice')
    }
    called.hangUp()
    expect(await call.ended).toMatchObject({ by: 'them', status: 200 })
  })

  it('refuses a call that came as the one made for it was refused (RFC 7092 §3.1)', async () => {
    const [call, came] = await Promise.all([alice!.call(click!.uris[0]!, { offer: sdp('alice') }), incoming(click!)])
    const [made, called] = await Promise.all([click!.call(bob!.uris[0]!, { offer: came.offered }), incoming(bob!)])
    const over = bridge(came, made)
    called.refuse(603)
    await over
    expect(await call.ended).toMatchObject({ by: 'them', status: 603 })
  })
})
