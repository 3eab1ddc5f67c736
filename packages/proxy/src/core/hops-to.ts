/**
 * The ways to a target, best first. A phone that came by a connection is reached by that one; when it is gone, by a new one to its Contact,
 * provided the Contact names the very host it came from and no NAT is between: we open no connection to where somebody else says. RFC 5626 §5.3.
 */
import type { Uri } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import type { NamedAddress } from '@strowger/sip-transport'
import type { FlowToken } from './route-token.ts'
import type { Policy } from './step.ts'

/** `uri`: the Request-URI it will carry, the phone's Contact. Empty when the flow is gone and there is no other way. */
export function hopsTo(flow: FlowToken, uri: Uri, policy: Pick<Policy, 'boot' | 'localFor'>): readonly Hop[] {
  const direct = hopOf(flow, policy)
  if (flow.flow === undefined) return [direct]
  // The numbers of an earlier process name no connection of ours.
  const known = flow.boot === policy.boot ? [{ ...direct, flow: flow.flow }] : []
  const contact = contactOf(flow, uri)
  return contact === undefined ? known : [...known, { ...contact, local: policy.localFor({ ...flow, transport: contact.transport }) }]
}

/** `name` is for the transport, which wants to see it proved. */
export function hopOf(flow: FlowToken, policy: Pick<Policy, 'localFor'>): Hop {
  const { transport, address, port, name } = flow
  const remote: NamedAddress = { address, port, ...(name !== undefined && { name }) }
  return { transport, remote, local: policy.localFor(flow) }
}

function contactOf(flow: FlowToken, uri: Uri): Pick<Hop, 'transport' | 'remote'> | undefined {
  const transport = (uri.params.get('transport') ?? 'udp').toUpperCase()
  if (flow.nat === true || uri.scheme !== 'sip' || uri.host !== flow.address) return undefined
  if (transport !== 'UDP' && transport !== 'TCP') return undefined
  return { transport, remote: { address: flow.address, port: uri.port ?? 5060 } }
}
