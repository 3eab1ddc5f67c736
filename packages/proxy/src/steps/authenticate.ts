/** Challenges a phone until its credentials hold. No transaction, no memory. RFC 3261 §22, RFC 8760. */
import { Authorization, From, ProxyAuthorization, type SipRequest, To, UserAgent } from '@strowger/sip-parser'
import { type Context, type Credentials, type Effect, type House, next, reply, type Step, type Verdict, withChanges } from '../core/step.ts'

export const authenticate: Step = (context, house) => {
  const { request } = context
  if (request.method === 'ACK' || request.method === 'CANCEL') return next(context)
  const effect = credentialsOf(request, house)
  if (effect === undefined) return challenge(context, house, false, domainOf(request, house))
  const found = context.answers.credentials
  if (found === undefined) return { kind: 'ask', effect }
  return judge(context, house, found, effect)
}

/** Wrong password, unknown user and unknown domain get the very same answer (RFC 3261 §22.1 leaves it to us; threat: enumeration). */
function judge(context: Context, house: House, found: Credentials | 'unknown', { username, domain }: Asked): Verdict<Context> {
  const who = { user: `${username}@${domain}`, source: context.from.remote.address }
  const verdict = house.policy.checkDigest(context.request, who, found, house.wall)
  if (verdict === 'barred') return reply(403)
  if (verdict === 'malformed') return reply(400, { reason: 'Malformed Credentials' })
  if (verdict !== 'ok' || found === 'unknown') return challenge(context, house, verdict === 'stale', domain)
  // Credentials are for us and go no further (RFC 3261 §22.3).
  const changes = withChanges(context.changes, { remove: ['Authorization', 'Proxy-Authorization'] })
  return next<Context>({ ...context, identity: found.identity, changes })
}

function challenge(context: Context, house: House, stale: boolean, domain: string): Verdict<Context> {
  const registering = context.request.method === 'REGISTER'
  const name = registering ? 'WWW-Authenticate' : 'Proxy-Authenticate'
  const headers = house.policy
    .challenges(domain, stale, house.wall, context.request.headers.get(UserAgent), context.from.remote.address)
    .map(value => [name, value] as const)
  return reply(registering ? 401 : 407, { headers })
}

type Asked = Effect & { readonly ask: 'credentials' }

function credentialsOf(request: SipRequest, house: House): Asked | undefined {
  const all = request.method === 'REGISTER' ? request.headers.all(Authorization) : request.headers.all(ProxyAuthorization)
  const domain = domainOf(request, house)
  const ours = all.find(a => (a.params.get('realm') ?? '').toLowerCase() === domain) ?? all[0]
  const username = ours?.params.get('username')
  return username === undefined ? undefined : { ask: 'credentials', username, domain }
}

/** The realm: the domain of the address of record, or the one that an address of ours stands for. */
function domainOf(request: SipRequest, house: House): string {
  const who = request.method === 'REGISTER' ? request.headers.get(To) : request.headers.get(From)
  return house.policy.domainOf((who?.uri.host ?? '').toLowerCase())
}
