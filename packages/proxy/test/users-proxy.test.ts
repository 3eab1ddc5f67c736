import { signContext } from '@strowger/runtime'
import { type SipRequest, type SipResponse, WwwAuthenticate } from '@strowger/sip-parser'
import { beforeEach, describe, expect, test } from 'vitest'
import { usersProxy } from '../src/users-proxy.ts'
import { callBob, send } from './appserver.ts'
import { ScriptedPhone } from './phone.ts'
import { APPSERVER, answerTo, ProxyBench, phoneAt, summary } from './proxy-bench.ts'

const SDP = 'v=0\no=- 1 1 IN IP4 127.0.0.9\ns=-\nc=IN IP4 127.0.0.9\nt=0 0\nm=audio 4000 RTP/AVP 8'
let bench: ProxyBench
let alice: ScriptedPhone

beforeEach(() => {
  bench = new ProxyBench(usersProxy)
  alice = new ScriptedPhone(bench, 'alice', { hop: phoneAt(5080) })
})

const text = (message: SipRequest | SipResponse): string => Buffer.from(message.wire).toString()
const statusOf = (message: SipRequest | SipResponse): number => (message as SipResponse).status

describe('registration', () => {
  test.each<[agent: string | undefined, algorithms: string[], why: string]>([
    ['Phone 1.0', ['SHA-256', 'MD5'], 'strongest first (RFC 8760 §2.4)'],
    [undefined, ['MD5', 'SHA-256'], 'SIPp, which gives no name, takes the first or none'],
    ['SIPp', ['MD5', 'SHA-256'], 'the same when it does'],
    ['baresip v1.0.0 (x86_64/linux)', ['MD5'], 'gives up at any other'],
    ['baresip v2.12.0 (x86_64/linux)', ['SHA-256', 'MD5'], 'has learned'],
  ])('%s is offered %j: %s', (agent, algorithms) => {
    const name = agent === undefined ? [] : [`User-Agent: ${agent}`]
    bench.receive(
      alice.request('REGISTER', 'sip:demo.test', [`Contact: <${alice.contact}>`, ...name], '', 'sip:alice@demo.test'),
      alice.hop,
    )
    const { message } = bench.takeOne()
    expect(statusOf(message)).toBe(401)
    expect(message.headers.all(WwwAuthenticate).map(c => c.params.get('algorithm'))).toEqual(algorithms)
    expect(bench.layer.counts()).toEqual({ client: 0, server: 0, timers: 0 })
  })

  test('nobody answers whether the credentials are right: 500, and nothing waits on (RFC 3261 §21.5.1)', () => {
    alice.register()
    bench.take()
    bench.isAlone = true
    alice.register()
    expect(statusOf(bench.takeOne().message)).toBe(500)
    expect(bench.proxy.counts()).toMatchObject({ proxied: 0, waits: 0, held: 0 })
  })

  test('right credentials bind the contact and list it (RFC 3261 §10.3)', () => {
    alice.register()
    const { message } = bench.takeOne()
    expect(statusOf(message)).toBe(200)
    expect(message.headers.raw('Contact')).toEqual([`<${alice.contact}>;expires=3600`])
    expect(bench.registrar.count).toBe(1)
  })

  const FLOW = ';+sip.instance="<urn:uuid:1>";reg-id=1'

  test.each([
    ['UDP', '29', '<sip:127.0.0.1:5060;lr>'],
    ['TCP', '120', '<sip:127.0.0.1:5060;transport=tcp;lr>'],
  ] as const)(
    'over %s a phone that is reached by its flow is told to be heard every %s s, and to come by us (RFC 5626 §5.4, RFC 3608 §6.3)',
    (transport, seconds, route) => {
      const hop = phoneAt(5081, transport)
      const phone = new ScriptedPhone(bench, 'alice', { hop })
      const contact = `Contact: <${phone.contact}>${FLOW}`
      phone.authorized('REGISTER', 'sip:demo.test', [contact, 'Supported: path, outbound'], '', 'sip:alice@demo.test')
      const { headers } = bench.takeOne().message
      expect([headers.raw('Flow-Timer'), headers.raw('Service-Route')]).toEqual([[seconds], [route]])
      phone.authorized('INVITE', 'sip:102@demo.test', [`Contact: <${phone.contact}>`, `Route: ${route}`], SDP)
      const sent = bench.takeOne()
      expect([sent.hop.remote, sent.message.headers.raw('Route')]).toEqual([APPSERVER.remote, []])
    },
  )

  test('who does not register for outbound hears of neither (RFC 5626 §6)', () => {
    alice.authorized('REGISTER', 'sip:demo.test', [`Contact: <${alice.contact}>${FLOW}`], '', 'sip:alice@demo.test')
    const { headers } = bench.takeOne().message
    expect(['Require', 'Flow-Timer', 'Service-Route'].flatMap(name => headers.raw(name))).toEqual([])
  })

  test.each([
    ['wrong password', 'alice', 'demo.test', 'no'],
    ['unknown user', 'mallory', 'demo.test', 'secret'],
    ['unknown domain', 'alice', 'other.test', 'secret'],
  ])('%s is challenged again and told nothing', (_, name, domain, password) => {
    const phone = new ScriptedPhone(bench, name, { hop: phoneAt(5081), password, domain })
    phone.authorized('REGISTER', `sip:${domain}`, [`Contact: <${phone.contact}>`], '', `sip:${name}@${domain}`)
    const { message } = bench.takeOne()
    expect(statusOf(message)).toBe(401)
    expect(message.headers.all(WwwAuthenticate)[0]?.params.get('stale')).toBeUndefined()
  })

  test('nobody registers for somebody else (RFC 3261 §10.3 step 4)', () => {
    alice.authorized('REGISTER', 'sip:demo.test', [`Contact: <${alice.contact}>`], '', 'sip:bob@demo.test')
    expect(statusOf(bench.takeOne().message)).toBe(403)
  })
})

describe('a call from a phone', () => {
  function invite(): ReturnType<ProxyBench['takeOne']> {
    alice.authorized('INVITE', 'sip:102@demo.test', [`Contact: <${alice.contact}>`, 'Strowger-Context: forged'], SDP)
    const sent = bench.takeOne()
    expect(summary(sent.message)).toBe('INVITE')
    return sent
  }

  test('goes to the application server with our context, without its credentials, with the relay in its SDP', () => {
    const { message, hop } = invite()
    expect(hop.remote).toEqual(APPSERVER.remote)
    expect(message.headers.raw('Strowger-Context')).toHaveLength(1)
    expect(message.headers.raw('Strowger-Context')[0]).not.toContain('forged')
    expect(message.headers.raw('Proxy-Authorization')).toEqual([])
    expect(text(message)).toContain('offer rewritten')
    expect(text(message)).not.toContain('c=IN IP4 127.0.0.9')
    expect(message.headers.raw('Max-Forwards')).toEqual(['69'])
    expect(message.headers.raw('Record-Route').join().match(/<sip:/g)).toHaveLength(2)
    expect(bench.policy.verifyContext(message as SipRequest, bench.wall)).toMatchObject({ brand: 1, client: 1, user: 1, from: 'phone' })
    expect(bench.facts.map(f => f.kind).filter(k => k === 'attempt')).toHaveLength(1)
  })

  test('a 200 goes back with the relay in its SDP, and its retransmission does not ask the relay again', () => {
    const sent = invite()
    const ok = answerTo(sent, 200, ['Contact: <sip:c@127.0.0.1:6060>'], SDP)
    bench.receive(ok, APPSERVER)
    bench.receive(ok, APPSERVER)
    const [first, second] = bench.take()
    expect(text(first!.message)).toContain('answer rewritten')
    expect(text(second!.message)).toBe(text(first!.message))
    expect(first!.hop.remote).toEqual(alice.hop.remote)
    expect(bench.media.map(m => m.kind)).toEqual(['offer', 'answer'])
  })

  test('a refusal is passed on, and the relay forgets the call', () => {
    const sent = invite()
    bench.receive(answerTo(sent, 486), APPSERVER)
    expect(bench.take().map(s => summary(s.message).slice(0, 3))).toEqual(['ACK', '486'])
    expect(bench.facts.at(-1)).toMatchObject({ kind: 'release', leg: 'a', count: false })
  })

  test('CANCEL travels hop by hop, and the 487 comes back (RFC 3261 §16.10)', () => {
    const sent = invite()
    bench.receive(answerTo(sent, 180), APPSERVER)
    bench.take()
    bench.receive(alice.cancel(), alice.hop)
    const [ok, cancel] = bench.take()
    expect(summary(ok!.message)).toContain('200')
    expect(summary(cancel!.message)).toBe('CANCEL')
    bench.receive(answerTo(sent, 487), APPSERVER)
    expect(bench.take().map(s => summary(s.message).slice(0, 3))).toEqual(['ACK', '487'])
  })

  test('a relay that does not answer means 503 (design §8.5)', () => {
    bench.relay = () => ({ unavailable: 'timeout' })
    alice.authorized('INVITE', 'sip:102@demo.test', [`Contact: <${alice.contact}>`], SDP)
    expect(statusOf(bench.takeOne().message)).toBe(503)
    expect(bench.facts).toContainEqual(expect.objectContaining({ kind: 'refused', status: 503 }))
  })

  test('an application server that does not answer means 408 after 64*T1, and nothing is left', () => {
    invite()
    bench.advance(32_000)
    expect(
      bench
        .take()
        .map(s => summary(s.message))
        .at(-1),
    ).toMatch(/^408/)
    bench.advance(64_000)
    expect(bench.proxy.counts()).toEqual({ proxied: 0, waits: 0, held: 0 })
    expect(bench.layer.counts()).toEqual({ client: 0, server: 0, timers: 0 })
  })

  test('while draining new calls get 503 with Retry-After', () => {
    bench.draining = true
    alice.authorized('INVITE', 'sip:102@demo.test', [`Contact: <${alice.contact}>`], SDP)
    const { message } = bench.takeOne()
    expect(statusOf(message)).toBe(503)
    expect(message.headers.raw('Retry-After')).toEqual(['7'])
    expect(bench.facts.map(f => f.kind)).toEqual(expect.arrayContaining(['attempt', 'refused']))
  })

  test('while draining OPTIONS gets 503, REGISTER is served, and so is what an application server sets up until we leave', () => {
    bench.draining = true
    bench.receive(alice.request('OPTIONS', 'sip:demo.test'), alice.hop)
    expect(statusOf(bench.takeOne().message)).toBe(503)
    alice.register()
    expect(statusOf(bench.takeOne().message)).toBe(200)
    send(bench, callBob(bench))
    expect(statusOf(bench.takeOne().message)).toBe(480)
    bench.leaving = true
    send(bench, callBob(bench))
    expect(statusOf(bench.takeOne().message)).toBe(503)
  })

  test('messages of the dialog wait in order behind the relay', () => {
    bench.relay = command => (command.kind === 'offer' ? new Uint8Array([118]) : undefined)
    const sent = invite()
    bench.receive(answerTo(sent, 183, [], SDP), APPSERVER)
    bench.receive(answerTo(sent, 180), APPSERVER)
    expect(bench.take()).toEqual([])
    bench.answerMedia(new Uint8Array([119]))
    expect(bench.take().map(s => summary(s.message).slice(0, 3))).toEqual(['183', '180'])
  })
})

describe('a MESSAGE', () => {
  const lines = ['Content-Type: text/plain']
  const toBob = (): string => {
    const callId = 'text-1'
    const binding = { method: 'MESSAGE', callId, fromTag: 'as', uri: 'sip:bob@demo.test' }
    const signed = signContext({ call: 'CALL1', brand: 1, client: 1, from: 'appserver' }, binding, bench.keys, bench.wall)
    return callBob(bench, { body: 'hello', callId })
      .replaceAll('INVITE', 'MESSAGE')
      .replace(/^Contact: .*\n/m, '')
      .replace(/^Content-Type: .*$/m, 'Content-Type: text/plain')
      .replace(/^Strowger-Context: .*$/m, `Strowger-Context: ${signed}`)
  }

  test('is challenged, and goes to the application server with our context, off every record and route (RFC 3428 §11.1, §4)', () => {
    bench.receive(alice.request('MESSAGE', 'sip:102@demo.test', lines), alice.hop)
    expect(statusOf(bench.takeOne().message)).toBe(407)
    alice.authorized('MESSAGE', 'sip:102@demo.test', lines)
    const { message, hop } = bench.takeOne()
    expect(hop.remote).toEqual(APPSERVER.remote)
    expect(bench.policy.verifyContext(message as SipRequest, bench.wall)).toMatchObject({ brand: 1, client: 1, user: 1, from: 'phone' })
    expect(['Record-Route', 'Proxy-Authorization', 'Contact'].flatMap(name => message.headers.raw(name))).toEqual([])
    bench.receive(answerTo({ message, hop }, 202), APPSERVER)
    expect(statusOf(bench.takeOne().message)).toBe(202)
    expect(bench.facts.filter(({ kind }) => kind !== 'replied')).toEqual([])
  })

  test('from an application server goes to the phones of the user; without one it is 480 (RFC 3428 §7)', () => {
    send(bench, toBob())
    expect(statusOf(bench.takeOne().message)).toBe(480)
    const bob = new ScriptedPhone(bench, 'bob', { hop: phoneAt(5090) })
    bob.register()
    bench.take()
    send(bench, toBob())
    const sent = bench.takeOne()
    expect([sent.hop.remote, (sent.message as SipRequest).uri.user]).toEqual([bob.hop.remote, 'bob'])
    expect([...sent.message.headers.raw('Record-Route'), ...sent.message.headers.raw('Strowger-Context')]).toEqual([])
    bench.receive(answerTo(sent, 200), bob.hop)
    expect(statusOf(bench.takeOne().message)).toBe(200)
    expect(bench.media).toEqual([])
  })
})

describe('a call to phones', () => {
  const context = (uri: string): string =>
    signContext(
      { call: 'CALL1', brand: 1, client: 1, from: 'appserver' },
      { method: 'INVITE', callId: 'b-leg', fromTag: 'as', uri },
      bench.keys,
      bench.wall,
    )

  function inviteBob(header = context('sip:bob@demo.test')): void {
    bench.receive(
      [
        'INVITE sip:bob@demo.test SIP/2.0',
        'Via: SIP/2.0/UDP 127.0.0.1:6060;branch=z9hG4bK-as1',
        'Max-Forwards: 69',
        'Route: <sip:127.0.0.1:5060;lr>',
        'From: <sip:101@demo.test>;tag=as',
        'To: <sip:bob@demo.test>',
        'Call-ID: b-leg',
        'CSeq: 1 INVITE',
        'Contact: <sip:CALL1@127.0.0.1:6060>',
        `Strowger-Context: ${header}`,
        'Content-Type: application/sdp',
        '',
        SDP,
      ].join('\n'),
      APPSERVER,
    )
  }

  test('nobody registered is 480', () => {
    inviteBob()
    expect(statusOf(bench.takeOne().message)).toBe(480)
    expect(bench.facts.map(f => f.kind)).toEqual(['replied'])
  })

  test('a forged context is nobody we know: it is challenged like a phone', () => {
    inviteBob('k.t.f.m')
    expect(statusOf(bench.takeOne().message)).toBe(407)
  })

  test('the phones ring at once; the first 200 wins, the other is cancelled with its reason (RFC 3261 §16.7, RFC 3326)', () => {
    const [one, two] = [
      new ScriptedPhone(bench, 'bob', { hop: phoneAt(5090) }),
      new ScriptedPhone(bench, 'bob', { hop: phoneAt(5091, 'TCP') }),
    ]
    one.register()
    bench.take()
    two.register()
    bench.take()
    inviteBob()
    const rings = bench.take()
    expect(rings.map(r => [(r.message as SipRequest).method, r.hop.transport, r.hop.remote.port])).toEqual([
      ['INVITE', 'UDP', 5090],
      ['INVITE', 'TCP', 5091],
    ])
    expect(rings.every(r => r.message.headers.raw('Strowger-Context').length === 0 && r.message.headers.raw('Route').length === 0)).toBe(
      true,
    )
    expect(new Set(bench.media.map(m => m.session)).size).toBe(2)
    bench.receive(answerTo(rings[0]!, 180, [], '', 't1'), one.hop)
    bench.receive(answerTo(rings[1]!, 180, [], '', 't2'), two.hop)
    bench.take()
    bench.receive(answerTo(rings[1]!, 200, [`Contact: <${two.contact}>`], SDP, 't2'), two.hop)
    const after = bench.take()
    expect(after.map(s => summary(s.message)).sort()).toEqual(['200 1 INVITE', 'CANCEL'])
    expect(text(after.find(s => summary(s.message) === 'CANCEL')!.message)).toContain('Reason: SIP;cause=200')
    bench.receive(answerTo(rings[0]!, 487, [], '', 't1'), one.hop)
    expect(bench.take().map(s => summary(s.message))).toEqual(['ACK'])
    expect(bench.facts.filter(f => f.kind === 'release')).toHaveLength(1)
  })

  test('a BYE of the application server reaches the phone over its flow, and the relay is told at once', () => {
    const bob = new ScriptedPhone(bench, 'bob', { hop: phoneAt(5091, 'TCP') })
    bob.register()
    bench.take()
    inviteBob()
    const ring = bench.takeOne()
    bench.receive(answerTo(ring, 200, [`Contact: <sip:bob@10.0.0.1:9>`], SDP), bob.hop)
    const ok = bench.takeOne().message
    const routes = ok.headers
      .raw('Record-Route')
      .join(',')
      .split(/,(?=\s*<)/)
      .map(r => r.trim())
      .reverse()
    bench.receive(
      [
        'BYE sip:bob@10.0.0.1:9 SIP/2.0',
        'Via: SIP/2.0/UDP 127.0.0.1:6060;branch=z9hG4bK-as2',
        'Max-Forwards: 70',
        ...routes.map(r => `Route: ${r}`),
        'From: <sip:101@demo.test>;tag=as',
        `To: ${ok.headers.raw('To')[0]}`,
        'Call-ID: b-leg',
        'CSeq: 2 BYE',
        '',
        '',
      ].join('\n'),
      APPSERVER,
    )
    const bye = bench.takeOne()
    expect(bye.hop).toMatchObject({ transport: 'TCP', remote: { port: 5091 }, flow: 5091 })
    expect(bye.message.headers.raw('Route')).toEqual([])
    expect(bench.facts.at(-1)).toMatchObject({ kind: 'release', call: 'CALL1', outsideTag: 'far', count: true })
  })

  test('a stranger with the right tags and route is refused (threat: in-dialog hijack)', () => {
    const bob = new ScriptedPhone(bench, 'bob', { hop: phoneAt(5090) })
    bob.register()
    bench.take()
    inviteBob()
    const ring = bench.takeOne()
    const routes = ring.message.headers
      .raw('Record-Route')
      .join(',')
      .split(/,(?=\s*<)/)
      .map(r => r.trim())
    bench.receive(
      [
        'BYE sip:CALL1@127.0.0.1:6060 SIP/2.0',
        'Via: SIP/2.0/UDP 127.0.0.66:9;branch=z9hG4bK-x',
        'Max-Forwards: 70',
        ...routes.map(r => `Route: ${r}`),
        'From: <sip:bob@demo.test>;tag=far',
        'To: <sip:101@demo.test>;tag=as',
        'Call-ID: b-leg',
        'CSeq: 9 BYE',
        '',
        '',
      ].join('\n'),
      phoneAt(9, 'UDP', '127.0.0.66'),
    )
    expect(statusOf(bench.takeOne().message)).toBe(403)
  })
})
