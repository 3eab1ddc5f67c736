/** The constants and keyed functions that steps may read: signatures, digests, own addresses, the directory. */
import { randomBytes } from 'node:crypto'
import { isEmergency } from '@strowger/domain'
import { CONTEXT_HEADER, callId, type Keys, signContext, signToken, verifyContext, verifyToken } from '@strowger/runtime'
import type { Hop } from '@strowger/sip-transaction'
import { nodeToken } from '@strowger/sip-transaction/node'
import { bindingOf } from '@strowger/sip-ua'
import type { Bans } from './brute-force/bans.ts'
import { type FlowToken, readRouteToken, writeRouteToken } from './core/route-token.ts'
import type { Overload, Policy } from './core/step.ts'
import { type Digest, digestPolicy } from './digest.ts'
import type { Directory } from './directory.ts'

export interface PolicyOptions {
  readonly role: Policy['role']
  readonly own: Policy['own']
  /** Where the application server knows us. */
  readonly inside: () => Hop['local']
  /** Where calls of outside parties go. */
  readonly appserver: { readonly address: string; readonly port: number }
  readonly keys: Keys
  readonly nonceSeconds: number
  readonly directory: Directory
  /** Names the process; made up where it is not given. */
  readonly boot?: string | undefined
  /** Instead of nonces of its own. */
  readonly digest?: Digest | undefined
  /** Of users that are guessed at; the users' proxy has them. */
  readonly bans?: Bans | undefined
  /** How long phones of the highest q ring before those of the next one; the users' proxy has phones. Default 15. */
  readonly nextPhonesSeconds?: number | undefined
  readonly draining: () => boolean
  readonly leaving: () => boolean
  readonly overload: Overload
  /** User parts and `tel:` numbers of emergency calls. */
  readonly emergency: readonly string[]
  readonly named: Policy['named']
}

/** What a daemon adds to the options of its role. */
export type LivePolicy = Pick<PolicyOptions, 'own' | 'inside' | 'draining' | 'leaving' | 'overload' | 'emergency' | 'named'>

/** A name for a process that no earlier one had. */
export function newBoot(): string {
  return randomBytes(4).toString('hex')
}

export function makePolicy(options: PolicyOptions): Policy {
  const { role, own, appserver, keys, directory, emergency } = options
  const isAppserver = ({ transport, remote }: Pick<Hop, 'transport' | 'remote'>): boolean =>
    transport === 'UDP' && remote.address === appserver.address && remote.port === appserver.port
  return {
    role,
    own,
    boot: options.boot ?? newBoot(),
    appserver: { transport: 'UDP', ...appserver },
    isAppserver,
    localFor: flow => (isAppserver({ transport: flow.transport, remote: flow }) ? options.inside() : localFor(own, flow)),
    newCallId: () => callId(),
    token: nodeToken,
    signContext: (context, request, wall) => signContext(context, bindingOf(request), keys, wall),
    verifyContext: (request, wall) => {
      const header = request.headers.raw(CONTEXT_HEADER)[0]
      return header === undefined ? undefined : verifyContext(header, bindingOf(request), keys, wall)
    },
    signRoute: token => signToken(writeRouteToken(token), keys),
    verifyRoute: user => {
      const text = verifyToken(user, keys)
      return text === undefined ? undefined : readRouteToken(text)
    },
    ...(options.digest ?? digestPolicy(options.nonceSeconds, options.bans)),
    domainOf: host =>
      directory.domainOf(
        host,
        own.map(o => o.address),
      ),
    providerAt: from => directory.providerAt(from.remote.address, from.remote.port),
    carriersFor: (brand, client, number) => directory.carriersFor(brand, client, number),
    nextPhonesMs: (options.nextPhonesSeconds ?? NEXT_PHONES_SECONDS) * 1000,
    overload: options.overload,
    isEmergency: uri => isEmergency(uri, emergency),
    named: options.named,
    draining: options.draining,
    leaving: options.leaving,
    allowedMethods: `INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, ${role === 'users-proxy' ? 'MESSAGE, ' : ''}REGISTER`,
  }
}

const NEXT_PHONES_SECONDS = 15

/** Where the far end has heard us, or we listen now. */
function localFor(own: Policy['own'], flow: FlowToken): Hop['local'] {
  const same = own.filter(({ transport }) => transport === flow.transport)
  const listener = same.find(({ port }) => port === flow.own) ?? same[0] ?? own[0]!
  return { address: listener.address, port: listener.port }
}
