/**
 * The ways a branch may take, best first: those that DNS gave (RFC 3263 §4.3), or those to a flow. A request that is too large for a datagram
 * tries TCP at the same place before, and comes back to UDP where there is none (RFC 3261 §18.1.1).
 */
import type { Hop, Millis } from '@strowger/sip-transaction'
import { requestUriOf } from './forward.ts'
import { hopOf, hopsTo } from './hops-to.ts'
import type { FlowToken } from './route-token.ts'
import type { ProxyState } from './state.ts'
import type { BranchContext } from './step.ts'

export interface Way {
  readonly hop: Hop
  /** What the dialog's token says of it. */
  readonly flow: FlowToken
  /** TCP for the size of the request alone. */
  readonly forSize?: true
}

export function waysOf(context: BranchContext, { policy }: ProxyState): readonly Way[] {
  const { target, answers } = context
  if (answers.ways !== undefined) return answers.ways.map(flow => ({ hop: hopOf(flow, policy), flow }))
  return hopsTo(target.flow, requestUriOf(context), policy).map(hop => ({ hop, flow: target.flow }))
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
