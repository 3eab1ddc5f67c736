/** A phone on real sockets: registers, calls, is called. Loopback, free ports. RFC 3261 §10, §13, RFC 3725 §4.1. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { inspect } from 'node:util'
import { utf8, utf8Bytes } from '@strowger/sip-parser'
import { afterEach, describe, expect, it } from 'vitest'
import {
  CallEndedError,
  type CallOptions,
  type Endpoint,
  listen,
  MessageWatch,
  openPhone,
  type Phone,
  type PhoneCall,
  type PhoneOptions,
} from '../src/index.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function phone(name: string, more: Partial<PhoneOptions> = {}): Promise<Phone> {
  const opened = await openPhone({ on: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'], aor: `sip:${name}@127.0.0.1`, ...more })
  open.push(opened)
  return opened
}

async function incoming(phone: Phone): Promise<PhoneCall> {
  const { value } = await phone.calls[Symbol.asyncIterator]().next()
  return value as PhoneCall
}

/** A call that is up. */
async function talk(from: Phone, to: Phone, options: CallOptions = {}): Promise<{ call: PhoneCall; called: PhoneCall }> {
  const [call, called] = await Promise.all([from.call(to.contact, { offer: sdp('alice'), ...options }), incoming(to)])
  called.answer(sdp('bob'))
  await Promise.all([call.answered, called.answered])
  return { call, called }
}

const sdp = (name: string): Uint8Array => utf8Bytes(`v=0\r\ns=${name}\r\n`)
const text = (description: Uint8Array | undefined): string => (description === undefined ? 'none' : /s=(.*)\r/.exec(utf8(description))![1]!)

describe('a phone', () => {
  it.each(['udp', 'tcp'])('calls another over %s, holds, and hears who hung up (§13, §14, §15)', async transport => {
    const [alice, bob] = [await phone('alice'), await phone('bob', { on: [`${transport}:127.0.0.1:0`] })]
    const [call, called] = await Promise.all([alice.call(bob.contact, { offer: sdp('alice') }), incoming(bob)])
    expect(text(called.offered)).toBe('alice')
    expect(called.ring()).toBe(true)
    expect((await call.next('progress')).status).toBe(180)
    called.answer(sdp('bob'))
    expect(text((await call.next('answer')).answer)).toBe('bob')
    await called.next('confirmed')
    call.offer(sdp('hold'))
    expect(text((await called.next('offer')).offer)).toBe('hold')
    called.answerOffer(sdp('held'))
    expect(text((await call.next('answer')).answer)).toBe('held')
    called.hangUp()
    expect(await call.ended).toMatchObject({ by: 'them', status: 200 })
    expect(await called.ended).toMatchObject({ by: 'us' })
    expect(call.hangUp()).toBe(false)
  })

  it('connects two others by giving each the description of the other (RFC 3725 §4.1)', async () => {
    const [exchange, alice, bob] = [await phone('click'), await phone('alice'), await phone('bob')]
    const [first, one] = await Promise.all([exchange.call(alice.contact), incoming(alice)])
    expect(one.offered).toBeUndefined()
    one.answer(sdp('alice'))
    const { offer } = await first.next('offer')
    const [second, two] = await Promise.all([exchange.call(bob.contact, { offer: offer! }), incoming(bob)])
    expect(text(two.offered)).toBe('alice')
    two.answer(sdp('bob'))
    first.answerOffer((await second.next('answer')).answer)
    expect(text((await one.next('answer')).answer)).toBe('bob')
    await exchange.close()
    expect(await Promise.all([one.ended, two.ended])).toMatchObject([{ by: 'them' }, { by: 'them' }])
  })

  it('hears a refusal as an error of what it waits for, and of the call (§13.2.2.3)', async () => {
    const [alice, bob] = [await phone('alice'), await phone('bob')]
    const [call, called] = await Promise.all([alice.call(bob.contact, { offer: sdp('alice') }), incoming(bob)])
    const answer = call.next('answer')
    called.refuse()
    await expect(answer).rejects.toMatchObject({ code: 'call-ended', message: `${bob.contact} answered 486 Busy Here` })
    expect(await call.ended).toMatchObject({ by: 'them', status: 486 })
    await expect(call.next('answer')).rejects.toBeInstanceOf(CallEndedError)
  })

  it('cancels a call that rings when it closes (§9.1)', async () => {
    const [alice, bob] = [await phone('alice'), await phone('bob')]
    const [call, called] = await Promise.all([alice.call(bob.contact, { offer: sdp('alice') }), incoming(bob)])
    called.ring()
    await call.next('progress')
    await alice.close()
    expect(await called.ended).toMatchObject({ by: 'them' })
    expect(await call.ended).toMatchObject({ status: 487 })
  })

  it('waits for the answer to a BYE sent just before it closes (§15.1.1)', async () => {
    const watch = new MessageWatch()
    watch.after(0)
    const [alice, bob] = [await phone('alice', { tap: watch.tap }), await phone('bob')]
    const { call, called } = await talk(alice, bob)
    call.hangUp()
    await alice.close()
    expect(watch.after(0).messages.at(-1)).toMatchObject({ direction: 'in', status: 200 })
    expect(await called.ended).toMatchObject({ by: 'them' })
  })

  it('tells the answer that counts, and what was agreed (§13.2.2.4)', async () => {
    const [alice, bob] = [await phone('alice'), await phone('bob')]
    const [call, called] = await Promise.all([alice.call(bob.uris[0]!, { offer: sdp('alice') }), incoming(bob)])
    called.ring(183, sdp('early'), { headers: { 'X-Early': 'yes' } })
    expect((await call.next('progress')).response.headers.raw('X-Early')).toEqual(['yes'])
    expect([call.state, called.state]).toEqual(['early', 'ringing'])
    called.answer()
    const { answer, response } = await call.answered
    expect([text(answer), response?.status]).toEqual(['early', 200])
    expect(text((await called.answered).answer)).toBe('alice')
    expect([text(call.session.local), text(call.session.remote)]).toEqual(['alice', 'early'])
    expect([call.state, called.state]).toEqual(['confirmed', 'confirmed'])
  })

  it('ends a call whose signal is aborted, however far it has come (§9.1, §15)', async () => {
    const [alice, bob] = [await phone('alice'), await phone('bob')]
    const [ringing, up] = [new AbortController(), new AbortController()]
    const [first, rung] = await Promise.all([alice.call(bob.contact, { offer: sdp('a'), signal: ringing.signal }), incoming(bob)])
    rung.ring()
    await first.next('progress')
    ringing.abort()
    await expect(first.answered).rejects.toThrow(`we gave up calling ${bob.contact}`)
    const { called } = await talk(alice, bob, { signal: up.signal })
    up.abort()
    expect(await called.ended).toMatchObject({ by: 'them', status: 200 })
    await expect(alice.call(bob.contact, { signal: up.signal })).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('says how long it lets a call ring (§13.2.1)', async () => {
    const [alice, bob] = [await phone('alice'), await phone('bob')]
    const [, called] = await Promise.all([alice.call(bob.contact, { ringSeconds: 20, headers: { Subject: 'lunch' } }), incoming(bob)])
    expect(['Expires', 'Subject'].map(name => called.request?.headers.raw(name)[0])).toEqual(['20', 'lunch'])
    called.refuse(603, { headers: { 'Retry-After': '60' } })
    expect((await called.ended).status).toBe(603)
  })

  it('says in words how a call ended, and does not print the messages (§15)', async () => {
    const [alice, bob] = [await phone('alice'), await phone('bob')]
    const { call, called } = await talk(alice, bob)
    called.hangUp()
    const error = await call.next('offer').catch(error => error)
    expect(error.message).toBe(`${bob.contact} hung up`)
    expect(error.ended.request.method).toBe('BYE')
    expect(inspect(error)).not.toContain('ended:')
    await expect(called.next('offer')).rejects.toThrow('we hung up on sip:alice@127.0.0.1')
    const silent = await alice.call('sip:127.0.0.1:1', { offer: sdp('alice') })
    await expect(silent.answered).rejects.toThrow('sip:127.0.0.1:1 cannot be reached (503)')
  })

  it('leaves what reads like no address to its user (RFC 3263 §4)', async () => {
    const alice = await phone('alice', { resolver: { naptr: async () => [], srv: async () => [], address: async () => [] } })
    await expect(alice.call('sip:nobody@nowhere.invalid')).rejects.toMatchObject({ code: 'no-target' })
    await expect(alice.call('bob')).rejects.toMatchObject({ code: 'no-target' })
    await expect(alice.call('tel:+34910000001')).rejects.toThrow(
      'tel:+34910000001 leads to no address we can send to: a tel: URI needs a proxy',
    )
    await expect(openPhone({ on: ['sctp:127.0.0.1:1'], aor: 'sip:a@b' })).rejects.toMatchObject({ code: 'bad-listen' })
  })

  it('sends a request in a call, and serves one (§12.2)', async () => {
    const [alice, bob] = [await phone('alice'), await phone('bob')]
    const [call, called] = await Promise.all([alice.call(bob.contact, { offer: sdp('alice') }), incoming(bob)])
    called.answer(sdp('bob'))
    await call.next('confirmed')
    call.send('INFO', { contentType: 'text/plain', body: utf8Bytes('5') })
    const { id, request } = await called.next('request')
    expect([request.method, utf8(request.body)]).toEqual(['INFO', '5'])
    called.respond(id, 200)
    expect(await call.next('response')).toMatchObject({ status: 200 })
  })
})

describe('a phone of a platform', () => {
  it('shows its messages to who watches (§7)', async () => {
    const watch = new MessageWatch()
    watch.after(0)
    const [alice, bob] = [await phone('alice', { tap: watch.tap }), await phone('bob')]
    const [call, called] = await Promise.all([alice.call(bob.contact, { offer: sdp('alice') }), incoming(bob)])
    called.refuse()
    await call.ended
    expect(watch.after(0).messages.map(({ direction, method, status }) => `${direction} ${status ?? method}`)).toEqual([
      'out INVITE',
      'in 486',
      'out ACK',
    ])
  })

  it('refuses a call that comes by two ways the second time: 482 (§8.2.2.2)', async () => {
    const bob = await phone('bob')
    const raw = createSocket('udp4').bind(0, '127.0.0.1')
    open.push({ close: async () => void raw.close() })
    await once(raw, 'listening')
    const statuses: string[] = []
    raw.on('message', bytes => statuses.push(String(bytes).slice(8, 11)))
    const invite = (branch: string): string =>
      [
        `INVITE ${bob.contact} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${raw.address().port};branch=z9hG4bK-${branch}`,
        'Max-Forwards: 70',
        'From: <sip:x@127.0.0.1>;tag=x',
        `To: <${bob.contact}>`,
        'Call-ID: merged',
        'CSeq: 1 INVITE',
        'Contact: <sip:x@127.0.0.1>',
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n')
    const port = Number(bob.contact.split(':')[2])
    raw.send(invite('one'), port, '127.0.0.1')
    const called = await incoming(bob)
    called.ring()
    raw.send(invite('two'), port, '127.0.0.1')
    await expect.poll(() => statuses).toEqual(['180', '482'])
    called.refuse()
  })

  it('keeps its password from realms that are not its own (§22.1)', async () => {
    const server = await listen({ on: ['udp:127.0.0.1:0'] })
    open.push(server)
    const answered: boolean[] = []
    void (async () => {
      for await (const { request, respond } of server.requests) {
        answered.push(request.headers.raw('Authorization').length > 0)
        respond(401, { headers: { 'WWW-Authenticate': 'Digest realm="theirs", nonce="n", algorithm=SHA-256, qop="auth"' } })
      }
    })()
    const alice = await phone('alice', { password: 'secret', realm: 'ours' })
    const call = await alice.call(`sip:${server.on[0]!.slice(4)}`, { offer: sdp('alice') })
    expect(await call.ended).toMatchObject({ status: 401 })
    expect(answered).toEqual([false])
  })
})

describe('a phone and its registrar', () => {
  async function registrar(status: number): Promise<{ readonly server: Endpoint; readonly proxy: string }> {
    const server = await listen({ on: ['udp:127.0.0.1:0'] })
    open.push(server)
    void (async () => {
      for await (const { request, respond } of server.requests)
        respond(request.method === 'REGISTER' ? status : 405, { headers: { Contact: request.headers.raw('Contact') } })
    })()
    return { server, proxy: `sip:${server.on[0]!.slice(4)}` }
  }

  it('is bound, and unbound (§10.2)', async () => {
    const { proxy } = await registrar(200)
    const alice = await phone('alice', { aor: 'sip:alice@example.com', proxy })
    await alice.register()
    await alice.unregister()
  })

  it('says when the registrar does not want it (§10.3)', async () => {
    const { proxy } = await registrar(403)
    const alice = await phone('alice', { aor: 'sip:alice@example.com', proxy })
    await expect(alice.register()).rejects.toMatchObject({
      code: 'not-registered',
      status: 403,
      message: 'sip:example.com answered 403 Forbidden to the REGISTER of sip:alice@example.com',
    })
  })

  it('sends a request by way of its sockets, as `listen` does', async () => {
    const { server } = await registrar(200)
    const alice = await phone('alice')
    const response = await alice.request({ method: 'OPTIONS', uri: `sip:${server.on[0]!.slice(4)}` })
    expect(response.status).toBe(405)
  })
})
