/** Calls with audio: what is offered and answered decides where the audio goes. Two phones on loopback. RFC 3264 §5, §8.4. */
import { utf8, utf8Bytes } from '@strowger/sip-parser'
import { openPhone, type Phone, type PhoneCall } from '@strowger/sip-transport'
import { afterEach, describe, expect, test } from 'vitest'
import { AudioPort } from '../src/audio/audio-port.ts'
import { Voice } from '../src/voice/voice.ts'
import { answer, dial } from '../src/voice/voice-call.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

interface Party {
  readonly phone: Phone
  readonly voice: Voice
  next(): Promise<PhoneCall>
}

async function party(name: string, toneHz: number): Promise<Party> {
  const phone = await openPhone({ on: ['udp:127.0.0.1:0'], aor: `sip:${name}@127.0.0.1`, methods: [] })
  const audio = await AudioPort.open('127.0.0.1')
  audio.play(toneHz)
  open.push(
    async () => audio.close(),
    () => phone.close(),
  )
  const calls = phone.calls[Symbol.asyncIterator]()
  return { phone, voice: new Voice(audio, ['8']), next: async () => (await calls.next()).value as PhoneCall }
}

const parties = async (): Promise<[Party, Party]> => [await party('alice', 440), await party('bob', 880)]
const packets = ({ voice }: Party): number => voice.audio.ear.heard().packets

describe('a call with audio', () => {
  test('has early media both ways before it is answered (RFC 3261 §13.2.1)', async () => {
    const [alice, bob] = await parties()
    const outcome = dial(alice.phone, alice.voice, { to: bob.phone.contact, patienceMs: 5000 })
    const rung = await bob.next()
    rung.ring(183, bob.voice.answer(rung.offered!))
    await expect.poll(() => Math.min(packets(alice), packets(bob)), { timeout: 5000 }).toBeGreaterThan(5)
    rung.refuse(486)
    expect(await outcome).toEqual({ kind: 'refused', status: 486, reason: 'Busy Here' })
  })

  test('is hung up when the answer has no audio (RFC 3264 §6)', async () => {
    const [alice, bob] = await parties()
    const outcome = dial(alice.phone, alice.voice, { to: bob.phone.contact, patienceMs: 5000 })
    const rung = await bob.next()
    rung.answer(utf8Bytes(utf8(bob.voice.answer(rung.offered!)!).replace(/m=audio \d+/, 'm=audio 0')))
    expect(await outcome).toMatchObject({ kind: 'refused', status: 488 })
    expect(await rung.ended).toMatchObject({ by: 'them' })
  })

  test('is refused when the offer has nothing that we speak: 488 (RFC 3261 §13.3.1.3)', async () => {
    const [alice, bob] = await parties()
    const call = await alice.phone.call(bob.phone.contact, { offer: utf8Bytes('v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n') })
    expect(answer(await bob.next(), bob.voice)).toBeUndefined()
    expect(await call.ended).toMatchObject({ status: 488 })
  })

  test('takes its peer out of the ACK where the INVITE had no offer (RFC 3261 §13.2.2.4)', async () => {
    const [alice, bob] = await parties()
    const call = await alice.phone.call(bob.phone.contact)
    answer(await bob.next(), bob.voice)
    const { offer } = await call.next('offer')
    call.answerOffer(alice.voice.answer(offer!)!)
    await expect.poll(() => packets(alice), { timeout: 5000 }).toBeGreaterThan(5)
  })

  test('is silent while the other side holds, and says what became of an offer of ours (RFC 3264 §8.4)', async () => {
    const [alice, bob] = await parties()
    const dialled = dial(alice.phone, alice.voice, { to: bob.phone.contact, patienceMs: 5000 })
    const rung = await bob.next()
    rung.answer(bob.voice.answer(rung.offered!)!)
    const outcome = await dialled
    if (outcome.kind === 'refused') throw new Error(outcome.reason)
    await rung.next('confirmed')
    const held = outcome.call.hold()
    await rung.next('offer')
    rung.refuseOffer(488)
    expect(await held).toBe(488)
    const resumed = outcome.call.resume()
    rung.answerOffer(bob.voice.answer((await rung.next('offer')).offer!)!)
    expect(await resumed).toBe(200)
    await expect.poll(() => rung.offer(bob.voice.offer('sendonly'))).toBe(true)
    await rung.next('answer')
    const [{ sent }, heard] = [alice.voice.audio, packets(alice)]
    await expect.poll(() => packets(alice), { timeout: 5000 }).toBeGreaterThan(heard + 3)
    expect(alice.voice.audio.sent).toBe(sent)
  })
})
