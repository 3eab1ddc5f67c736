import type { SipRequest, SipResponse } from '@strowger/sip-parser'
import { beforeEach, describe, expect, test } from 'vitest'
import { usersProxy } from '../src/users-proxy.ts'
import { callBob, inCall, routesOf, SDP, send } from './appserver.ts'
import { ScriptedPhone } from './phone.ts'
import { APPSERVER, answerTo, ProxyBench, phoneAt, type Sent, summary } from './proxy-bench.ts'

let bench: ProxyBench
let bob: ScriptedPhone

beforeEach(() => {
  bench = new ProxyBench(usersProxy)
  bob = new ScriptedPhone(bench, 'bob', { hop: phoneAt(5090) })
})

const text = (message: SipRequest | SipResponse): string => Buffer.from(message.wire).toString()
const statusOf = ({ message }: Sent): number => (message as SipResponse).status
const header = ({ message }: Sent, name: string): readonly string[] => message.headers.raw(name)

function register(...phones: readonly ScriptedPhone[]): void {
  for (const phone of phones) {
    phone.register()
    bench.take()
  }
}

function ring(): Sent {
  register(bob)
  send(bench, callBob(bench))
  return bench.takeOne()
}

/** The call is up; what the application server got. */
function up(phone: ScriptedPhone = bob, contact = phone.contact): SipResponse {
  register(phone)
  send(bench, callBob(bench))
  bench.receive(answerTo(bench.takeOne(), 200, [`Contact: <${contact}>`], SDP), phone.hop)
  return bench.takeOne().message as SipResponse
}

/** The Request-URI and Vias of a message that comes back to us from the phone, everything else as it was. */
function sentBack({ message }: Sent, uri?: string): string {
  const [head = '', body = ''] = text(message).replaceAll('\r', '').split('\n\n')
  const [line = '', ...lines] = head.split('\n').filter(l => !l.startsWith('Content-Length'))
  const start = uri === undefined ? line : `INVITE ${uri} SIP/2.0`
  return [start, 'Via: SIP/2.0/UDP 127.0.0.9:5090;branch=z9hG4bK-back', ...lines, '', body].join('\n')
}

describe('loops and breadth', () => {
  test('a request that comes back as it was is 482 (RFC 3261 §16.3 step 4)', () => {
    const back = sentBack(ring(), 'sip:bob@demo.test')
    bench.receive(back, bob.hop)
    expect(statusOf(bench.takeOne())).toBe(482)
  })

  test('one that was changed on the way is a spiral, and judged like any other (RFC 5393 §4.2)', () => {
    bench.receive(sentBack(ring()), bob.hop)
    expect(statusOf(bench.takeOne())).toBe(407)
  })

  test('the branches share the breadth, and more branches than breadth are 440 (RFC 5393 §5.3)', () => {
    register(bob, new ScriptedPhone(bench, 'bob', { hop: phoneAt(5091) }))
    send(bench, callBob(bench))
    expect(bench.take().map(s => header(s, 'Max-Breadth'))).toEqual([['30'], ['30']])
    send(bench, callBob(bench, { callId: 'narrow', extra: ['Max-Breadth: 1'] }))
    expect(statusOf(bench.takeOne())).toBe(440)
  })
})

describe('what is refused at the door', () => {
  test.each(['sips:bob@demo.test', 'mailto:bob@demo.test'])('%s is 416 (RFC 3261 §16.3 step 2)', uri => {
    bench.receive(bob.request('INVITE', uri), bob.hop)
    expect(statusOf(bench.takeOne())).toBe(416)
  })

  test('a REGISTER that requires what we lack is 420 and named (RFC 3261 §10.3 step 2)', () => {
    bench.receive(bob.request('REGISTER', 'sip:demo.test', ['Require: path, outbound, gruu']), bob.hop)
    const refusal = bench.takeOne()
    expect(statusOf(refusal)).toBe(420)
    expect(header(refusal, 'Unsupported')).toEqual(['outbound, gruu'])
  })

  test('a foreign extension required of a proxy is 420, but never for an ACK or a CANCEL (RFC 3261 §16.3 step 5)', () => {
    const extra = ['Proxy-Require: foo', 'Require: foo']
    bench.receive(bob.request('INVITE', 'sip:102@demo.test', extra), bob.hop)
    expect(statusOf(bench.takeOne())).toBe(420)
    send(bench, inCall('ACK', up(), { cseq: 1, extra }))
    expect(bench.take().map(s => summary(s.message))).toEqual(['ACK'])
    bench.receive(bob.request('CANCEL', 'sip:102@demo.test', extra), bob.hop)
    expect(statusOf(bench.takeOne())).toBe(481)
  })

  test('Require is not a proxy’s business: it is passed on (RFC 3261 §20.32)', () => {
    register(bob)
    send(bench, callBob(bench, { extra: ['Require: 100rel'] }))
    expect(header(bench.takeOne(), 'Require')).toEqual(['100rel'])
  })
})

describe('no open relay (threat: route abuse)', () => {
  test.each([
    '<sip:10.0.0.5:3306;transport=tcp;lr>',
    '<sip:127.0.0.1:5060;lr>, <sip:evil.test;lr>',
    '<sip:127.0.0.1:6060;maddr=10.0.0.5;lr>',
  ])('a preloaded Route %s leads nowhere but to the application server', route => {
    bob.authorized('INVITE', 'sip:102@demo.test', [`Contact: <${bob.contact}>`, `Route: ${route}`], SDP)
    const sent = bench.takeOne()
    expect(sent.hop.remote).toEqual(APPSERVER.remote)
    expect(header(sent, 'Route')).toEqual([])
  })

  test.each([
    ['an empty value first', (own: string) => `,${own}`],
    ['an empty value between', (own: string) => `${own},,<sip:evil.test;lr>`],
    ['an unreadable line first', (own: string) => `garbage\nRoute: ${own}`],
    ['an unreadable value last', (own: string) => `${own}, <sip:evil.test`],
    ['nothing but commas', () => ' , ,'],
  ])('a Route with %s is 400, with a tag or without, and goes nowhere (RFC 3261 §20.34)', (_, route) => {
    const own = [...routesOf(up())].reverse().join(', ')
    for (const to of ['<sip:101@demo.test>;tag=as', '<sip:101@demo.test>']) {
      const bye = bob.request('BYE', 'sip:CALL1@127.0.0.1:6060', [`Route: ${route(own)}`])
      bench.receive(bye.replace(/^To: .*$/m, `To: ${to}`), bob.hop)
      const refusal = bench.takeOne()
      expect([statusOf(refusal), refusal.hop.remote]).toEqual([400, bob.hop.remote])
    }
    bench.receive(bob.request('ACK', 'sip:CALL1@127.0.0.1:6060', [`Route: ${route(own)}`]), bob.hop)
    expect(bench.take()).toEqual([])
  })

  test('what a strict router left is not put right with an unreadable Route (RFC 3261 §16.4, §20.34)', () => {
    const [first = '', second = ''] = routesOf(up())
    const strict = inCall('BYE', up(), { uri: first.replace(/[<>]/g, ''), extra: ['Route: <sip:evil.test'] })
    send(bench, strict.replace(/^Route: .*\n/gm, '').replace('Max-Forwards', `Route: ,${second}, <sip:bob@127.0.0.9:5090>\nMax-Forwards`))
    expect(statusOf(bench.takeOne())).toBe(400)
  })

  test('a phone in a call cannot aim its requests at anybody but the application server', () => {
    const ok = up()
    const routes = [...routesOf(ok)].reverse().map(r => `Route: ${r}`)
    bench.receive(
      [
        'INFO sip:x@10.0.0.5:3306;transport=tcp SIP/2.0',
        'Via: SIP/2.0/UDP 127.0.0.9:5090;branch=z9hG4bK-aim',
        'Max-Forwards: 70',
        ...routes,
        `From: ${ok.headers.raw('To')[0]}`,
        'To: <sip:101@demo.test>;tag=as',
        'Call-ID: b-leg',
        'CSeq: 7 INFO',
        '',
        '',
      ].join('\n'),
      bob.hop,
    )
    expect(statusOf(bench.takeOne())).toBe(403)
  })

  test('a phone that answers with its own Record-Route does not aim the dialog (RFC 3261 §12.1.2)', () => {
    const sent = ring()
    const forged = answerTo(sent, 200, [], SDP).replaceAll(/Record-Route: .*/g, 'Record-Route: <sip:10.0.0.5:3306;lr>')
    bench.receive(forged, bob.hop)
    const ok = bench.takeOne()
    expect(routesOf(ok.message)).toEqual(routesOf(sent.message))
  })

  test('proxies beyond may put themselves on top (RFC 3261 §16.6 step 4)', () => {
    const sent = ring()
    bench.receive(answerTo(sent, 200, [], SDP).replace('Record-Route: ', 'Record-Route: <sip:beyond.test;lr>, '), bob.hop)
    expect(routesOf(bench.takeOne().message)).toEqual([...routesOf(sent.message), '<sip:beyond.test;lr>'])
  })

  test('a strict router’s request is put right before it is judged (RFC 3261 §16.4)', () => {
    const [first = '', second = ''] = routesOf(up())
    const strict = inCall('BYE', up(), { uri: first.replace(/[<>]/g, '') })
      .split('\n')
      .filter(l => !l.startsWith('Route'))
    strict.splice(3, 0, `Route: ${second}`, 'Route: <sip:bob@127.0.0.9:5090>')
    send(bench, strict.join('\n'))
    const bye = bench.takeOne()
    expect(text(bye.message)).toMatch(/^BYE sip:bob@127\.0\.0\.9:5090 SIP/)
    expect(header(bye, 'Route')).toEqual([])
  })
})

describe('our namespace (threat: header smuggling)', () => {
  const SPELLINGS = [
    'Strowger-Context: forged',
    'strowger-context : forged',
    'STROWGER-CONTEXT\t: forged',
    'Strowger-Context:\n~forged',
    'Strowger-Context: forged\nStrowger-Context: forged',
    'Strowger-Other: forged',
  ]

  test.each(SPELLINGS)('%j from a phone stays outside', line => {
    bob.authorized('INVITE', 'sip:102@demo.test', [`Contact: <${bob.contact}>`, ...line.split('\n')], SDP)
    const sent = bench.takeOne()
    expect(text(sent.message)).not.toContain('forged')
    expect(header(sent, 'Strowger-Context')).toHaveLength(1)
  })

  test.each(SPELLINGS)('%j crosses neither way in a call, nor in answers', line => {
    const lines = line.split('\n')
    const ok = up()
    send(bench, inCall('INFO', ok, { extra: lines }))
    const info = bench.takeOne()
    expect(text(info.message)).not.toMatch(/strowger/i)
    bench.receive(answerTo(info, 200, lines), bob.hop)
    expect(text(bench.takeOne().message)).not.toMatch(/strowger/i)
  })

  test('a refusal carries none of it either', () => {
    bench.receive(answerTo(ring(), 486, ['strowger-context : forged', 'P-Asserted-Identity: <sip:boss@demo.test>']), bob.hop)
    const [, busy] = bench.take()
    expect(statusOf(busy!)).toBe(486)
    expect(text(busy!.message)).not.toMatch(/strowger|boss/i)
  })

  test('a phone asserts no identity (RFC 3325 §5, threat: caller-id spoof)', () => {
    const extra = [`Contact: <${bob.contact}>`, 'p-asserted-identity\t: <sip:boss@demo.test>', 'Remote-Party-ID: <sip:boss@demo.test>']
    bob.authorized('INVITE', 'sip:102@demo.test', extra, SDP)
    expect(text(bench.takeOne().message)).not.toContain('boss')
  })

  test('an application server does (RFC 3325 §5)', () => {
    register(bob)
    send(bench, callBob(bench, { extra: ['P-Asserted-Identity: <sip:101@demo.test>'] }))
    expect(header(bench.takeOne(), 'P-Asserted-Identity')).toHaveLength(1)
  })
})

describe('challenges (threat: digest leak)', () => {
  test.each([401, 407])('a phone that answers %i counts as not there, and nobody sees its realm', status => {
    bench.receive(answerTo(ring(), status, ['WWW-Authenticate: Digest realm="x",nonce="y"']), bob.hop)
    const [, refusal] = bench.take()
    expect(statusOf(refusal!)).toBe(480)
    expect(text(refusal!.message)).not.toContain('realm')
  })

  test('nor does one from inside reach a phone', () => {
    bob.authorized('INVITE', 'sip:102@demo.test', [`Contact: <${bob.contact}>`], SDP)
    bench.receive(answerTo(bench.takeOne(), 407, ['Proxy-Authenticate: Digest realm="carrier",nonce="y"']), APPSERVER)
    expect(text(bench.take()[1]!.message)).not.toContain('carrier')
  })
})

describe('a response that matches nothing', () => {
  const response = (vias: readonly string[], body = ''): string =>
    [
      'SIP/2.0 200 OK',
      ...vias.map(v => `Via: ${v}`),
      'From: <sip:a@x>;tag=1',
      'To: <sip:b@x>;tag=2',
      'Call-ID: c',
      'CSeq: 9 BYE',
      'Strowger-X: y',
      '',
      body,
    ].join('\n')
  const OURS = 'SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKold'
  const THEIRS = 'SIP/2.0/UDP 127.0.0.1:6060;branch=z9hG4bKas'

  test('goes on by its next Via after a restart (RFC 3261 §16.7)', () => {
    bench.receive(response([OURS, THEIRS]), bob.hop)
    const sent = bench.takeOne()
    expect(sent.hop.remote).toEqual(APPSERVER.remote)
    expect(header(sent, 'Via')).toEqual([THEIRS])
    expect(text(sent.message)).not.toMatch(/strowger/i)
    bench.receive(response([OURS, 'SIP/2.0/UDP phone.lan;branch=z9hG4bKp;received=127.0.0.9;rport=5090']), APPSERVER)
    expect(bench.takeOne().hop.remote).toEqual(bob.hop.remote)
  })

  test.each([
    ['has a body that the relay would have to see', [OURS, THEIRS], 'v=0'],
    ['is not ours (RFC 3261 §18.1.2)', ['SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bKold', THEIRS], ''],
    ['was for us', [OURS], ''],
    ['would make us send to anybody for anybody', [OURS, 'SIP/2.0/UDP 10.0.0.5:53;branch=z9hG4bKv'], ''],
  ])('is dropped when it %s', (_, vias, body) => {
    bench.receive(response(vias, body), bob.hop)
    expect(bench.take()).toEqual([])
  })
})

describe('a flow that is gone', () => {
  const overTcp = (): ScriptedPhone => new ScriptedPhone(bench, 'bob', { hop: phoneAt(40_000, 'TCP') })

  test('a request in the dialog opens a connection to the Contact at the phone’s own address (RFC 5626 §5.3)', () => {
    const ok = up(overTcp(), 'sip:bob@127.0.0.9:5062;transport=tcp')
    bench.broken = hop => hop.flow !== undefined
    send(bench, inCall('BYE', ok, { uri: 'sip:bob@127.0.0.9:5062;transport=tcp' }))
    const { hop } = bench.takeOne()
    expect(hop).toMatchObject({ transport: 'TCP', remote: { address: '127.0.0.9', port: 5062 } })
    expect(hop.flow).toBeUndefined()
  })

  test.each(['sip:bob@10.0.0.5:3306;transport=tcp', 'sip:bob@phone.lan', 'sips:bob@127.0.0.9:5061'])(
    '%s is no way round: 430 (RFC 5626 §11.6)',
    uri => {
      const ok = up(overTcp(), uri)
      bench.broken = hop => hop.flow !== undefined
      send(bench, inCall('BYE', ok, { uri }))
      expect(bench.take().map(statusOf)).toEqual([430])
    },
  )

  test('a new call finds such a phone not there: 480', () => {
    register(new ScriptedPhone(bench, 'bob', { hop: phoneAt(40_000, 'TCP', '127.0.0.8') }))
    bench.broken = hop => hop.transport === 'TCP'
    send(bench, callBob(bench))
    expect(bench.take().map(statusOf)).toEqual([480])
    expect(bench.facts.filter(f => f.kind === 'release')).toHaveLength(1)
  })
})
