/** A registrar with digest authentication, over UDP and TCP, and phones that come and go. RFC 3261 §10.3, §22.4, RFC 8760. */
import * as sip from '@strowger/sip-parser'
import { type HeaderTexts, listen, openPhone } from '@strowger/sip-transport'
import { Authenticator, ha1, Nonces } from '@strowger/sip-ua/digest'
import { nodeHash as hash, nodeSign, nodeToken } from '@strowger/sip-ua/node'

type Binding = { uri: sip.Uri; callId: string; sequence: number; until: number }
const bindings = new Map<string, Binding[]>()
const passwords = new Map(Object.entries({ alice: 'walnut', bob: 'hazel' }))
const [realm, shortest, longest] = ['example.com', 60, 7200]
const nonces = new Nonces({ issuer: nodeToken(), sign: nodeSign() })
const ha1Of = (name: string, algorithm: 'MD5' | 'SHA-256') =>
  passwords.has(name) ? ha1(hash, algorithm, name, realm, passwords.get(name)!) : undefined
const door = new Authenticator({ realm, nonces, hash, ha1Of })

function answer(request: sip.SipRequest, now: number): [status: number, headers?: HeaderTexts] {
  const { method, headers } = request
  if (method !== 'REGISTER') return [405, { Allow: 'REGISTER' }]
  if (headers.has(sip.Require)) return [420, { Unsupported: headers.all(sip.Require) }]

  const who = door.check(request, now)
  if (who.kind === 'ask') return [who.status, { [who.header]: who.values }]
  const { user, host } = headers.get(sip.To)!.uri
  if (who.kind !== 'user' || user !== who.username || host !== realm) return [403]

  const contacts = headers.all(sip.Contact)
  const [wanted = 3600, callId, { sequence }] = [headers.get(sip.Expires), headers.get(sip.CallId)!, headers.get(sip.CSeq)!]
  const all = contacts.includes('*')
  if (headers.readAll(sip.Contact).kind === 'malformed' || (all && (contacts.length > 1 || wanted !== 0))) return [400]
  const secondsOf = ({ params }: sip.NameAddr) => Math.min(sip.parseValue(sip.Expires, params.get('expires')) ?? wanted, longest)
  const given = contacts.filter(contact => contact !== '*').map(contact => ({ uri: contact.uri, seconds: secondsOf(contact) }))
  if (given.some(({ seconds }) => seconds > 0 && seconds < shortest)) return [423, { 'Min-Expires': `${shortest}` }]
  const known = (bindings.get(user) ?? []).filter(({ until }) => until > now)
  const kept = known.filter(({ uri }) => !all && !given.some(other => sip.sameUri(other.uri, uri)))
  if (known.some(one => !kept.includes(one) && one.callId === callId && one.sequence >= sequence)) return [500]
  for (const { uri, seconds } of given) if (seconds > 0) kept.push({ uri, callId, sequence, until: now + seconds * 1000 })
  bindings.set(user, kept)
  return [200, { Contact: kept.map(({ uri, until }) => `<${sip.formatUri(uri)}>;expires=${Math.ceil((until - now) / 1000)}`) }]
}

const registrar = await listen({ on: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'] })
async function serve(): Promise<void> {
  for await (const { request, respond } of registrar.requests) {
    const [status, headers = {}] = answer(request, performance.now())
    console.log(`${request.method} for ${request.headers.get(sip.To)?.uri.user}: ${status}`, headers)
    respond(status, { headers })
  }
}
const served = serve()
const [udp, tcp] = registrar.uris
const alice = { aor: 'sip:alice@example.com', password: 'walnut' }
const desk = await openPhone({ ...alice, on: ['udp:127.0.0.1:0'], proxy: udp, expiresSeconds: 30 })
const mobile = await openPhone({ ...alice, on: ['tcp:127.0.0.1:0'], proxy: tcp })
const thief = await openPhone({ ...alice, on: ['udp:127.0.0.1:0'], proxy: udp, username: 'bob', password: 'hazel' })
const refused = (error: Error) => console.log(error.message)
for (const phone of [desk, mobile, thief]) await phone.register().then(granted => console.log(granted.contacts.length, 'bound'), refused)
await desk.unregister()
for (const open of [desk, mobile, thief, registrar]) await open.close()
await served
