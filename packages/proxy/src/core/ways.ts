/**
 * The ways a branch may take, best first: those that DNS gave (RFC 3263 §4.3), or those to a flow. A request that is too large for a datagram
 * tries TCP at the same place before, and comes back to UDP where there is none (RFC 3261 §18.1.1).
 */
import type { Hop, Millis } from '@strowger/sip-transaction'
import { requestUriOf } from './forward.ts'
import { hopOf, hopsTo } from './hops-to.ts'
import { placeAt } from './known-hosts.ts'
import type { FlowToken } from './route-token.ts'
import type { ProxyState } from './state.ts'
import type { BranchContext, Target } from './step.ts'

export interface Way {
  readonly hop: Hop
  /** What the dialog's token says of it. */
  readonly flow: FlowToken
  /** TCP for the size of the request alone. */
  readonly forSize?: true
}

export function waysOf(context: BranchContext, { policy }: ProxyState): readonly Way[] {
  const { target, answers } = context
  if (answers.ways !== undefined) return answers.ways.map(flow => wayBy(hopOf(flow, policy), flow))
  return hopsTo(target.flow, requestUriOf(context), policy).map(hop => wayBy(hop, target.flow))
}

/** The rest of the dialog leaves from the same port of ours. */
function wayBy(hop: Hop, flow: FlowToken): Way {
  return { hop, flow: flow.transport === 'UDP' && hop.transport === 'UDP' ? { ...flow, own: hop.local.port } : flow }
}

/**
 * Those that are believed to answer come first, those that have been silent last; who has asked for a pause gets nothing until it is over, but for
 * emergencies. Of a dialog each request goes its way. RFC 3261 §21.5.4, RFC 3263 §4.3.
 */
export function wellFirst(context: BranchContext, ways: readonly Way[], state: ProxyState): readonly Way[] {
  const { hosts, now, policy } = state
  if (hosts.size === 0 || !mayBeAvoided(context, state)) return ways
  const troubles = ways.map(({ hop }) => hosts.troubleAt(placeAt(hop), now))
  const those = (trouble: 'silent' | 'refuses' | undefined): readonly Way[] => ways.filter((_, i) => troubles[i] === trouble)
  const last = policy.isEmergency(context.request.uri) ? those('refuses') : []
  return [...those(undefined), ...those('silent'), ...last]
}

/** Carriers one after the other: those that are in trouble at the end. A name is known only when it has been looked up. */
export function wellTargetsFirst(targets: readonly Target[], { hosts, now }: ProxyState): readonly Target[] {
  if (hosts.size === 0 || targets.length < 2) return targets
  const isWell = ({ flow: { transport, address, port, flow } }: Target): boolean =>
    flow !== undefined || hosts.troubleAt(`${transport} ${address} ${port}`, now) === undefined
  return [...targets.filter(isWell), ...targets.filter(target => !isWell(target))]
}

/** What begins something at a carrier. Of a phone nothing is remembered: there is no other way to it. */
export function mayBeAvoided({ target, token }: Pick<BranchContext, 'target' | 'token'>, { policy }: Pick<ProxyState, 'policy'>): boolean {
  return policy.role === 'trunks-proxy' && target.side === 'outside' && target.flow.flow === undefined && token === undefined
}

/** Whether its size decides the transport: by datagram to the outside, where nothing is between that a new connection cannot pass. */
export function sizeMatters({ target }: BranchContext, ways: readonly Way[], { policy }: ProxyState): boolean {
  const speaksTcp = policy.own.some(({ transport }) => transport === 'TCP')
  return speaksTcp && target.side === 'outside' && target.flow.nat !== true && ways.some(({ hop }) => hop.transport === 'UDP')
}

/** Who has refused TCP lately is not asked again. */
export function streamsFirst(ways: readonly Way[], { policy, now, tcpRefused }: ProxyState): readonly Way[] {
  return ways.flatMap((way): readonly Way[] => {
    const { transport, remote } = way.hop
    if (transport !== 'UDP' || (tcpRefused.get(placeOf(way.hop)) ?? 0) > now) return [way]
    const flow: FlowToken = { ...way.flow, transport: 'TCP' }
    return [{ hop: { transport: 'TCP', remote, local: policy.localFor(flow) }, flow, forSize: true }, way]
  })
}

/** TCP was tried for the size alone, and nobody was there. */
export function noteRefusal({ now, tcpRefused }: ProxyState, { hop }: Way): void {
  const oldest = tcpRefused.size >= MOST_REFUSALS ? tcpRefused.keys().next().value : undefined
  if (oldest !== undefined) tcpRefused.delete(oldest)
  tcpRefused.set(placeOf(hop), now + REFUSED_MS)
}

function placeOf({ remote: { address, port } }: Hop): string {
  return `${address} ${port}`
}

const REFUSED_MS: Millis = 600_000
const MOST_REFUSALS = 1000
