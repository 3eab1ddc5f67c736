/** Who plays what: each cast is made anew for each performance. RFC 3665 §2, §3. */
import { nodeHash } from '@strowger/sip-ua/node'
import { digestAnswer, type Party, Phone, script } from '../src/index.ts'
import { Registrar } from './registrar.ts'

const sdp = 'v=0\no=- 1 1 IN IP4 {address}\ns=-\nc=IN IP4 {address}\nt=0 0\nm=audio 5004 RTP/AVP 8\n'

const user = digestAnswer({ username: 'alice', password: 'secret', hash: nodeHash })
const ends = script().expect('BYE').reply(200)
const hangsUp = script().pause(200).send('BYE').expect(200)

/** Bob answers after a quarter of a second if nobody cancels; both outcomes are in both scripts. */
function cancelled(afterMs: number, options: { readonly anyOrder?: boolean } = {}): Party[] {
  const refused = script().expect(487).send('ACK')
  const crossed = script().expect(200, { method: 'INVITE' }).send('ACK').send('BYE').expect(200, { method: 'BYE' })
  const gaveUp = script().expect('CANCEL').reply(200).reply(487, { to: 'INVITE' }).expect('ACK')
  const answered = script().pause(250).reply(200, { sdp }).expect('CANCEL').reply(200).expect('ACK').expect('BYE').reply(200)
  const alice = script().send('INVITE', { sdp }).expect(180, { optional: true }).pause(afterMs).send('CANCEL')
  return [
    new Phone({
      ...options,
      anyOrder: true,
      name: 'alice',
      peer: 'bob',
      script: alice.expect(200, { method: 'CANCEL' }).either(refused, crossed),
    }),
    new Phone({ ...options, name: 'bob', script: script().expect('INVITE').reply(180).either(gaveUp, answered) }),
  ]
}

/** `options` go to every phone. */
export const casts: Readonly<Record<string, (options?: { readonly anyOrder?: boolean }) => Party[]>> = {
  'a call that the called side ends (RFC 3665 §3.1)': options => [
    new Phone({
      ...options,
      name: 'alice',
      peer: 'bob',
      script: script()
        .send('INVITE', { sdp })
        .expect(180, { optional: true })
        .expect(200, { lawfulAnswer: true, body: 'm=audio' })
        .send('ACK')
        .followedBy(ends),
    }),
    new Phone({
      ...options,
      name: 'bob',
      script: script()
        .expect('INVITE', { headers: { Contact: 'sip:alice@' } })
        .reply(100)
        .reply(180)
        .pause(100)
        .reply(200, { sdp })
        .expect('ACK')
        .followedBy(hangsUp),
    }),
  ],
  'a CANCEL that comes in time (RFC 3665 §3.8)': options => [
    new Phone({
      ...options,
      name: 'alice',
      peer: 'bob',
      script: script().send('INVITE', { sdp }).expect(180).send('CANCEL').expect(200, { method: 'CANCEL' }).expect(487).send('ACK'),
    }),
    new Phone({
      ...options,
      name: 'bob',
      script: script().expect('INVITE').reply(180).expect('CANCEL').reply(200).reply(487, { to: 'INVITE' }).expect('ACK'),
    }),
  ],
  'a CANCEL that crosses the 200 (RFC 3261 §9.1)': options => cancelled(300, options),
  'a CANCEL that comes before the 200 (RFC 3261 §9.1)': options => cancelled(0, options),
  'a registration with digest at a tiny registrar (RFC 3665 §2.1)': options => [
    new Phone({
      ...options,
      name: 'alice',
      peer: 'registrar',
      uri: 'sip:alice@example.com',
      target: 'sip:example.com',
      answerChallenge: user,
      script: script()
        .send('REGISTER', { headers: [['Expires', '60']] })
        .expect(200, { headers: { Contact: /expires=60/ }, capture: { binding: 'Contact' } }),
    }),
    new Registrar({ alice: 'secret' }),
  ],
  'a carrier that asks for credentials, sends early media and answers (RFC 3665 §3.3)': options => [
    new Phone({
      ...options,
      name: 'alice',
      peer: 'carrier',
      target: 'sip:+34600000000@carrier.example',
      answerChallenge: user,
      script: script()
        .send('INVITE', { sdp })
        .expect(183, { optional: true, body: 'm=audio', without: ['Proxy-Authenticate'] })
        .expect(200)
        .send('ACK')
        .followedBy(hangsUp),
    }),
    new Phone({
      ...options,
      name: 'carrier',
      script: script()
        .expect('INVITE', { without: ['Proxy-Authorization'] })
        .reply(407, { headers: [['Proxy-Authenticate', 'Digest realm="carrier.example", nonce="n1", qop="auth", algorithm=SHA-256']] })
        .expect('ACK')
        .expect('INVITE', { headers: { 'Proxy-Authorization': /username="alice".*nonce="n1"/, CSeq: '2 INVITE' } })
        .reply(100)
        .reply(183, { sdp })
        .pause(300)
        .reply(200, { sdp })
        .expect('ACK')
        .followedBy(ends),
    }),
  ],
  'carriers that answer 503 until one takes the call (RFC 3261 §21.5.4)': options => [
    new Phone({
      ...options,
      name: 'switch',
      peer: 'first',
      script: script()
        .send('INVITE', { sdp })
        .expect(503, { headers: { 'Retry-After': '30' } })
        .send('ACK')
        .send('INVITE', { sdp, fresh: true, hop: 'second' })
        .expect(503)
        .send('ACK')
        .send('INVITE', { sdp, fresh: true, hop: 'third' })
        .expect(200)
        .send('ACK')
        .followedBy(hangsUp),
    }),
    ...['first', 'second'].map(
      name =>
        new Phone({
          ...options,
          name,
          script: script()
            .expect('INVITE')
            .reply(503, { headers: [['Retry-After', '30']] })
            .expect('ACK'),
        }),
    ),
    new Phone({ ...options, name: 'third', script: script().expect('INVITE').reply(200, { sdp }).expect('ACK').followedBy(ends) }),
  ],
  'a reliable provisional response, and INFO in the call (RFC 3262 §3)': options => [
    new Phone({
      ...options,
      name: 'alice',
      peer: 'bob',
      script: script()
        .send('INVITE', { headers: [['Supported', '100rel']] })
        .expect(183, { headers: { RSeq: '7' } })
        .send('PRACK')
        .expect(200, { method: 'PRACK' })
        .expect(200, { method: 'INVITE' })
        .send('ACK')
        .send('INFO', { body: { type: 'application/dtmf-relay', text: 'Signal=1\nDuration=100\n' } })
        .expect(200)
        .followedBy(hangsUp),
    }),
    new Phone({
      ...options,
      name: 'bob',
      script: script()
        .expect('INVITE', { headers: { Supported: '100rel' } })
        .reply(183, {
          headers: [
            ['Require', '100rel'],
            ['RSeq', '7'],
          ],
        })
        .expect('PRACK', { headers: { RAck: '7 1 INVITE' } })
        .reply(200)
        .reply(200, { to: 'INVITE' })
        .expect('ACK')
        .expect('INFO', { body: 'Signal=1' })
        .reply(200)
        .followedBy(ends),
    }),
  ],
}
