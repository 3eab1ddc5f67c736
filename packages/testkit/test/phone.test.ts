/** What a script can do: misbehave, wait, choose, capture; and what it says when it fails. RFC 3261 §8, §17. */
import { CSeq, type Parsed, parse, responseTo, utf8, utf8Bytes } from '@strowger/sip-parser'
import { describe, expect, test } from 'vitest'
import { Carrier, LayerParty, Network, type Party, Phone, perform, type Script, ScriptError, script } from '../src/index.ts'

const alice = (steps: Script, options: object = {}): Phone => new Phone({ name: 'alice', peer: 'bob', script: steps, ...options })
const bob = (steps: Script, options: object = {}): Phone => new Phone({ name: 'bob', script: steps, ...options })
const sent = (exchanges: readonly { readonly from: string; readonly bytes: Uint8Array }[], from: string): string[] =>
  exchanges.filter(one => one.from === from).map(({ bytes }) => utf8(bytes).split('\r\n')[0]!)
const failure = (parties: readonly Party[]): string => {
  try {
    perform(parties)
  } catch (error) {
    if (error instanceof ScriptError) return error.message
    throw error
  }
  return 'no failure'
}

/** A program under test: answers OPTIONS with 200 and an INVITE with 180 and 486. */
function program(): LayerParty {
  return new LayerParty({
    name: 'bob',
    core: (output, { layer, now, token }) => {
      if (output.kind !== 'request') return
      const { request } = output.incoming
      const transaction = layer.accept(now, output.incoming)
      const statuses = request.method === 'INVITE' ? [180, 486] : [200]
      for (const status of statuses) layer.respond(now, transaction, responseTo(request, status, { toTag: token() }))
    },
  })
}

describe('a script against a program', () => {
  test('hears the final answer again until it acknowledges (RFC 3261 §17.2.1)', () => {
    const { exchanges } = perform([alice(script().send('INVITE').expect(180).expect(486).pause(3000).send('ACK').pause(40_000)), program()])
    expect(sent(exchanges, 'bob')).toEqual(['SIP/2.0 180 Ringing', ...Array.from({ length: 3 }, () => 'SIP/2.0 486 Busy Here')])
  })

  test('may send a request twice, and the program answers once more and does nothing new (RFC 3261 §17.2.2)', () => {
    const { exchanges } = perform([alice(script().send('OPTIONS', { copies: 2 }).expect(200).quiet(1000)), program()])
    expect(sent(exchanges, 'bob')).toEqual(['SIP/2.0 200 OK', 'SIP/2.0 200 OK'])
  })

  test('may acknowledge with a wrong branch, and is not heard (RFC 3261 §17.1.1.3)', () => {
    const phone = alice(script().send('INVITE').expect(180).expect(486).send('ACK', { branch: 'z9hG4bKwrong' }).pause(2000), {
      absorb: false,
      ignore: ['486'],
    })
    const { exchanges } = perform([phone, program()])
    expect(sent(exchanges, 'bob').filter(line => line.includes('486'))).toHaveLength(3)
  })

  test('may send bytes that are no message, and the program lives (RFC 3261 §7)', () => {
    perform([
      alice(
        script()
          .sendRaw('INVITE sip:bob SIP/2.0\nVia: broken\n\n')
          .sendRaw(new Uint8Array([0, 255, 13, 10]))
          .quiet(500)
          .send('OPTIONS')
          .expect(200),
      ),
      program(),
    ])
  })
})

describe('alterations', () => {
  const heard = (steps: Script): Parsed[] => {
    const receiver = bob(script().pause(1), { absorb: false })
    perform([alice(steps), receiver])
    return receiver.received
  }
  const text = (steps: Script): string => {
    const [message] = heard(steps)
    return message === undefined || message.kind === 'malformed' ? `malformed: ${message?.code}` : utf8(message.wire)
  }

  test('leave headers out, also those that must be there (RFC 3261 §8.1.1)', () => {
    expect(text(script().send('OPTIONS', { omit: ['call-id'] }))).toBe('malformed: missing-header')
    expect(text(script().send('OPTIONS', { omit: ['User-Agent', 'Contact'] }))).not.toContain('Contact')
  })

  test('set tags, numbers, headers and the last byte (RFC 3261 §8.1.1)', () => {
    const request = text(
      script().send('OPTIONS', {
        toTag: 'x1',
        cseq: 99,
        headers: [['X-From', '{address}']],
        change: bytes => utf8Bytes(utf8(bytes).replace(': 70', ': 007')),
      }),
    )
    expect(request).toMatch(/To: <sip:bob@192\.0\.2\.2:5060>;tag=x1\r\n/)
    expect(request).toContain('Max-Forwards: 007\r\n')
    expect(request).toContain('CSeq: 99 OPTIONS\r\n')
    expect(request).toContain('X-From: 192.0.2.1\r\n')
  })

  test('answer without a To tag, or along another branch (RFC 3261 §8.2.6.2)', () => {
    const answers = bob(
      script()
        .expect('INVITE')
        .reply(180, { toTag: false })
        .reply(200, { branch: 'z9hG4bKother' })
        .reply(486, { toTag: 'mine', omit: ['Contact'] }),
    )
    const { exchanges } = perform([alice(script().send('INVITE').expect(180).expect(486).send('ACK')), answers])
    const replies = exchanges.filter(({ from }) => from === 'bob').map(({ bytes }) => utf8(bytes))
    expect(replies[0]).not.toMatch(/^To:.*;tag/m)
    expect(replies[1]).toContain('branch=z9hG4bKother')
    expect(replies[2]).toMatch(/^To:.*;tag=mine/m)
  })
})

describe('steps', () => {
  test('a captured header is filled in later (RFC 3261 §12.1)', () => {
    const caller = alice(
      script()
        .send('INVITE')
        .expect(200, { capture: { theirs: 'Contact' } })
        .send('ACK', { headers: [['X-Saw', '{theirs} {unknown}']] }),
    )
    perform([
      caller,
      bob(
        script()
          .expect('INVITE')
          .reply(200)
          .expect('ACK', { headers: { 'X-Saw': '<sip:bob@192.0.2.2:5060> {unknown}' } }),
      ),
    ])
    expect(caller.captured.get('theirs')).toBe('<sip:bob@192.0.2.2:5060>')
  })

  test('an optional message may come or not (RFC 3261 §13.2.2.1)', () => {
    const calls = script().send('INVITE').expect('1xx', { optional: true }).expect(486).send('ACK')
    const refuses = script().expect('INVITE').reply(486).expect('ACK')
    perform([alice(calls), bob(refuses)])
    perform([alice(calls), bob(script().expect('INVITE').reply(183).reply(486).expect('ACK'))])
    perform([
      alice(script().send('OPTIONS').expect(200).expect('INFO', { optional: true, withinMs: 10 })),
      bob(script().expect('OPTIONS').reply(200)),
    ])
  })

  test('steps in common are written once (RFC 3261 §8)', () => {
    const asks = script().send('OPTIONS').expect(200)
    const answers = script().expect('OPTIONS').reply(200)
    expect(perform([alice(script().followedBy(asks, 5)), bob(script().followedBy(answers, 5))]).exchanges).toHaveLength(10)
  })

  test('a script is data (RFC 3261 §8)', () => {
    expect(JSON.parse(JSON.stringify(script().send('BYE').pause(5).steps))).toEqual([
      { kind: 'send', method: 'BYE', options: {} },
      { kind: 'pause', ms: 5 },
    ])
  })

  test('a route set is followed, and the dialog keeps its tags (RFC 3261 §12.2.1.1)', () => {
    const recorded = ['Record-Route', '<sip:outer.example;lr>, <sip:192.0.2.3:5060;lr>'] as const
    const inDialog = { To: /tag=/, Route: '192.0.2.3' }
    perform([
      alice(script().send('INVITE').expect(200).send('ACK').send('BYE').expect(200)),
      bob(
        script()
          .expect('INVITE')
          .reply(200, { headers: [recorded], retransmit: false }),
      ),
      new Phone({ name: 'proxy', script: script().expect('ACK', { headers: inDialog }).expect('BYE', { headers: inDialog }).reply(200) }),
    ])
  })
})

describe('a script that fails says so', () => {
  test('with the step, what it waited for and the ladder (RFC 3261 §13.2.2)', () => {
    expect(
      failure([alice(script().send('INVITE').expect(180).expect(200)), bob(script().expect('INVITE').reply(180).reply(486).expect('ACK'))]),
    ).toBe(
      [
        'alice, step 3 of 3: expect 200, but 486 of INVITE came',
        '  1 send INVITE',
        '  2 expect 180',
        '> 3 expect 200',
        'bob was not at its end when time was up',
        '',
        '         alice                         bob',
        '       0 |---------- INVITE ---------->|',
        '       0 |<------ 180 of INVITE -------|',
        '       0 |<------ 486 of INVITE -------|',
      ].join('\n'),
    )
  })

  test.each<[string, Script, Script, string]>([
    [
      'silence',
      script().send('OPTIONS').expect(200, { withinMs: 700 }),
      script().expect('OPTIONS'),
      'step 2 of 2: expect 200, but nothing came in 700 ms',
    ],
    [
      'a missing header',
      script()
        .send('OPTIONS')
        .expect(200, { headers: { Allow: /INVITE/ } }),
      script().expect('OPTIONS').reply(200),
      '200 of OPTIONS came, but it has no Allow',
    ],
    [
      'another value',
      script()
        .send('OPTIONS')
        .expect(200, { headers: { CSeq: 'INVITE' } }),
      script().expect('OPTIONS').reply(200),
      'CSeq is "1 OPTIONS", and INVITE was expected',
    ],
    [
      'a header too many',
      script()
        .send('OPTIONS')
        .expect(200, { without: ['To'] }),
      script().expect('OPTIONS').reply(200),
      'came, but it has To',
    ],
    [
      'another body',
      script().send('OPTIONS').expect(200, { body: 'v=0' }),
      script().expect('OPTIONS').reply(200),
      'its body does not have v=0',
    ],
    [
      'an answer that is none',
      script()
        .send('INVITE', { sdp: 'v=0\no=- 1 1 IN IP4 {address}\ns=-\nc=IN IP4 {address}\nt=0 0\nm=audio 5004 RTP/AVP 8\n' })
        .expect(200, { lawfulAnswer: true }),
      script().expect('INVITE').reply(200, { sdp: 'v=0\no=- 1 1 IN IP4 {address}\ns=-\nt=0 0\n' }),
      'its answer breaks RFC 3264 §6: There are 0 m-lines, and 1 were offered',
    ],
    [
      'a check of its own',
      script()
        .send('OPTIONS')
        .expect(200, { check: () => 'it is Tuesday' }),
      script().expect('OPTIONS').reply(200),
      '200 of OPTIONS came, but it is Tuesday',
    ],
    [
      'noise',
      script().send('OPTIONS').quiet(100),
      script().expect('OPTIONS').reply(200),
      'step 2 of 2: quiet for 100 ms, but 200 of OPTIONS came',
    ],
    [
      'neither way',
      script().send('OPTIONS').either(script().expect(404), script().expect(405)),
      script().expect('OPTIONS').reply(200),
      'either expect 404 or expect 405, but 200 of OPTIONS came',
    ],
    ['an answer to nothing', script().reply(200), script(), 'reply 200, but there is no request to answer'],
    [
      'what is no message',
      script().sendRaw('x\n\n'),
      script().expect('INVITE'),
      'expect INVITE, but malformed (start-line at byte 1) came',
    ],
  ])('of %s (RFC 3261 §8)', (_, one, other, text) => {
    expect(failure([alice(one), bob(other)])).toContain(text)
  })

  test("a way of `either` begins with what it waits for, and a name is somebody's", () => {
    expect(() => script().either(script().send('BYE'))).toThrow(TypeError)
    expect(() => perform([alice(script())])).toThrow('Nobody is called "bob"; there are alice')
    expect(() => perform([bob(script()), bob(script())])).toThrow('"bob" comes too late, or twice')
  })
})

describe('a network', () => {
  const pings = (times: number): Party[] => [
    alice(script().followedBy(script().send('OPTIONS').expect(200), times), { anyOrder: true }),
    bob(script().followedBy(script().expect('OPTIONS').reply(200), times), { anyOrder: true }),
  ]

  test('of the same seed tells the same story, another seed another', () => {
    const story = (seed: number): string =>
      perform(pings(10), { seed, link: { delayMs: 10, jitterMs: 30, loss: 0.3, duplicate: 0.2, reorder: 0.2 } }).ladder
    expect(story(3)).toBe(story(3))
    expect(story(3)).not.toBe(story(4))
  })

  test('has a latency of its own for each way (RFC 3261 §17.1.2.2)', () => {
    const network = new Network().link('alice', 'bob', { delayMs: 100 }).link('bob', 'alice', { delayMs: 7 })
    for (const party of pings(1)) network.join(party)
    expect(network.run().now).toBe(107)
  })

  test('that is cut loses everything until it is healed, and retransmissions get through then (RFC 3261 §17.1.2.2)', () => {
    const network = new Network()
    for (const party of pings(1)) network.join(party)
    network.partition(['alice'], ['bob']).at(2000, () => network.heal())
    network.run()
    expect(network.exchanges.map(({ sentAt, fate }) => `${sentAt} ${fate}`)).toEqual([
      '0 lost',
      '500 lost',
      '1500 lost',
      '3500 sent',
      '3500 sent',
    ])
  })

  test('drops what it is told to drop, and what goes to nobody (RFC 3261 §17.1.1.2)', () => {
    const network = new Network()
    const caller = alice(script().send('INVITE', { uri: 'sip:nobody@203.0.113.9' }).pause(1000))
    network.join(caller).join(bob(script()))
    network.drop = bytes => parse(bytes).kind === 'request'
    network.run()
    expect(network.exchanges.map(({ to, fate }) => `${to} ${fate}`)).toEqual(['bob lost', 'bob lost'])
  })

  test('carries a hundred phones that call one carrier (RFC 3261 §17)', () => {
    const network = new Network({ seed: 9, link: { delayMs: 5, jitterMs: 20, loss: 0.1 } })
    const calls = script().send('INVITE').expect(486).send('ACK')
    for (let n = 0; n < 100; n++) network.join(new Phone({ name: `phone${n}`, peer: 'bob', script: calls, anyOrder: true }))
    network.join(program())
    network.run()
    expect(network.parties.filter(({ outcome }) => outcome.kind === 'done')).toHaveLength(100)
  })
})

describe('a carrier', () => {
  const takes = script().expect('INVITE').reply(183).pause(300).reply(200).expect('ACK').expect('BYE').reply(200)
  const caller = (n: number, more = {}): Phone => {
    const calls = script()
      .pause(n * 10)
      .send('INVITE')
      .expect(183, { optional: true })
      .expect(200)
      .send('ACK')
      .pause(500)
      .send('BYE')
      .expect(200)
    return new Phone({ name: `phone${n}`, peer: 'carrier', script: calls, ...more })
  }

  test('takes two hundred calls at once with one script (RFC 3261 §8.2)', () => {
    const carrier = new Carrier({ name: 'carrier', script: takes, anyOrder: true })
    const phones = Array.from({ length: 200 }, (_, n) => caller(n, { anyOrder: true }))
    perform([...phones, carrier], { seed: 4, link: { delayMs: 20, loss: 0.1, jitterMs: 10 } })
    expect(carrier.calls.map(({ outcome }) => outcome.kind)).toEqual(phones.map(() => 'done'))
  })

  test('fails when one of its calls does, and hears nothing that has no Call-ID (RFC 3261 §8.1.1.4)', () => {
    const rude = alice(script().sendRaw('rubbish\n\n', 'carrier').send('INVITE', { hop: 'carrier' }).expect(183).send('INFO').pause(500), {
      peer: 'carrier',
    })
    expect(failure([caller(0), rude, new Carrier({ name: 'carrier', script: takes })])).toContain(
      'carrier, step 5 of 7: expect ACK, but INFO came',
    )
  })
})

describe('habits', () => {
  test('an INVITE without an answer is sent seven times, other requests eleven times (RFC 3261 §17.1.1.2, §17.1.2.2)', () => {
    const times = (method: string): number[] => {
      const network = new Network().join(alice(script().send(method).pause(60_000), { peer: undefined, target: 'sip:bob@203.0.113.1' }))
      return network.run().exchanges.map(({ sentAt }) => sentAt)
    }
    expect(times('INVITE')).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500])
    expect(times('OPTIONS')).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
  })

  test('an ACK that comes again under another branch is the same ACK (RFC 3261 §13.3.1.4)', () => {
    const again = script().send('INVITE').expect(200).send('ACK').send('ACK').send('BYE').expect(200)
    perform([alice(again), bob(script().expect('INVITE').reply(200).expect('ACK').expect('BYE').reply(200))])
  })

  test('can be switched off for a phone or a message (RFC 3261 §17.1.1.2)', () => {
    const count = (options: object, sending: object): number =>
      new Network().join(alice(script().send('INVITE', sending).pause(60_000), { peer: undefined, ...options })).run().exchanges.length
    expect([count({ retransmit: false }, {}), count({}, { retransmit: false }), count({ timers: { t1: 10_000 } }, {})]).toEqual([1, 1, 3])
  })

  test('a challenge that was answered once is not answered again (RFC 3261 §22.2)', () => {
    const phone = alice(script().send('INVITE').expect(401).send('ACK'), {
      answerChallenge: () => ['Authorization', 'Digest x="y"'] as const,
    })
    const refuses = script()
      .expect('INVITE')
      .reply(401)
      .expect('ACK')
      .expect('INVITE', { check: one => (one.kind === 'request' && one.headers.get(CSeq)?.sequence === 2 ? undefined : 'not the second') })
    expect(failure([phone, bob(refuses.reply(401).expect('ACK'))])).toContain('bob, step 4')
    const blind = alice(script().send('INVITE').expect('4xx').send('ACK'), {
      answerChallenge: () => ['Authorization', 'Digest x="y"'] as const,
    })
    perform([blind, bob(refuses.reply(401).expect('ACK'))])
  })
})
