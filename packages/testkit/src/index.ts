/**
 * Scripted phones and carriers for tests of SIP programs, on a simulated network in virtual time or on real UDP: the same script.
 * A script says what is expected and sent; one that fails says which step waited for what, and shows the ladder of messages.
 * Besides: seeded randomness, simulated transaction layers, vectors out of Markdown, the triple feed of stream parsers.
 *
 * ```ts
 * import { perform, Phone, script } from '@strowger/testkit'
 * import { performUdp } from '@strowger/testkit/udp'
 *
 * const sdp = 'v=0\no=- 1 1 IN IP4 {address}\ns=-\nc=IN IP4 {address}\nt=0 0\nm=audio 5004 RTP/AVP 8\n'
 * const calls = script().send('INVITE', { sdp }).expect(180).expect(200, { body: 'm=audio' }).send('ACK').pause(2000).send('BYE').expect(200)
 * const answers = script().expect('INVITE').reply(180).pause(500).reply(200, { sdp }).expect('ACK').expect('BYE').reply(200)
 * const cast = () => [new Phone({ name: 'alice', peer: 'carrier', script: calls }), new Phone({ name: 'carrier', script: answers })]
 *
 * console.log(perform(cast(), { seed: 7, link: { delayMs: 30, loss: 0.2 } }).ladder) // a lossy network, in no time
 * console.log((await performUdp(cast(), { scale: 0.1 })).durationMs) // real sockets, ten times faster than life
 * ```
 *
 * @packageDocumentation
 */

export { Carrier, type CarrierOptions } from './carrier.ts'
export { type DigestUser, digestAnswer } from './digest-answer.ts'
export type { HabitOptions } from './habits.ts'
export { ladder } from './ladder.ts'
export { LayerParty, type LayerPartyOptions } from './layer-party.ts'
export { type LinkOptions, Network, type NetworkOptions } from './network.ts'
export type { Datagram, Exchange, Outcome, Party, Place } from './party.ts'
export { type Performance, type PerformOptions, perform } from './perform.ts'
export { Phone } from './phone.ts'
export type { Challenged, PhoneOptions } from './phone-options.ts'
export { seededRandom, seededToken } from './random.ts'
export { ALICE, ackTo, answering, BOB, newCall } from './requests.ts'
export type { Alteration, Awaited, Expectation, ReplyOptions, SendOptions, Step } from './script.ts'
export { Script, script } from './script.ts'
export { ScriptError } from './script-failure.ts'
export { type Core, type Element, Simulation, type SimulationOptions, simulate } from './simulate.ts'
export { type TripleFeed, tripleFeed } from './triple-feed.ts'
export { readVectorFile, readVectors, type Vector } from './vectors.ts'
