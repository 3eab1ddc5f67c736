/** `U` and `L`: takes where a party listens, and answers where the other one is to send. RFC 3264 §5, §6, §8.4. */
import { isIP } from 'node:net'
import { type RtppError, type RtppLookup, type RtppPort, type RtppUpdate, rtppError } from '@strowger/media-control/rtpproxy'
import { isUnspecified } from '@strowger/sdp'
import { isPublic } from '../address-rules.ts'
import { lineOf } from '../ng/session.ts'
import { RelayError } from '../relay-error.ts'
import type { Side, Stream, Streams } from './streams.ts'

/** Makes the stream where there is none yet. */
export function update(streams: Streams, command: RtppUpdate): RtppPort | RtppError {
  if (command.notify) return rtppError('no-notification')
  const fault = faultOf(command)
  if (fault) return fault
  const found = streams.find(command)
  if (found) return take(streams, found.stream, found.side, command)
  if (streams.board.draining) return rtppError('draining')
  try {
    return take(streams, streams.open(command, interfacesOf(streams, command)), 'near', command)
  } catch (error) {
    if (error instanceof RelayError && error.code === 'ports-exhausted') return rtppError('ports-exhausted')
    throw error
  }
}

/** `from` is whoever made the offer, and the address that of the other one. Port 0 says that nobody made one. */
export function lookup(streams: Streams, command: RtppLookup): RtppPort | RtppError {
  const fault = faultOf(command)
  if (fault) return fault
  const found = streams.find(command)
  return found ? take(streams, found.stream, found.side === 'near' ? 'far' : 'near', command) : { kind: 'port', port: 0 }
}

/** What this relay cannot do is not among its extensions, and refused where it is asked for all the same. */
function faultOf({ address, ptimeMs, newPort }: RtppUpdate | RtppLookup): RtppError | undefined {
  if (ptimeMs !== undefined || newPort) return rtppError('stream-modifier')
  return isIP(address) === 0 ? rtppError('media-address') : undefined
}

function take({ board }: Streams, stream: Stream, side: Side, command: RtppUpdate | RtppLookup): RtppPort {
  const [leg, other] = side === 'near' ? [stream.near, stream.far] : [stream.far, stream.near]
  const [own, towards] = [leg.party.media[0]!, other.party.media[0]!]
  const { address, port, symmetry } = command
  const held = isUnspecified(address)
  lineOf(leg, 0).flowing = !held
  const silent = held || !lineOf(other, 0).flowing
  own.hold(silent)
  towards.hold(silent)
  const learn = symmetry === 'asymmetric' ? 'exact' : isPublic(address) ? 'host' : 'any'
  if (port === 0) own.disconnect()
  else if (!held || own.remote === undefined) own.connect({ address, port, learn })
  if (command.weak) stream.holds.weak[side] = true
  else if (command.command === 'update') stream.holds.strong = true
  if (side === 'far') stream.session.answered = true
  stream.session.signalled = Date.now()
  board.onChange(stream.session.id)
  return { kind: 'port', port: towards.local.port, address: towards.local.address }
}

/** Where the message came from and where it goes; the family of the address decides where nothing is said. */
function interfacesOf({ board }: Streams, { directions = [], address, family }: RtppUpdate): Readonly<Record<Side, string>> {
  const own = isIP(address) === 6 ? 6 : 4
  const [near, far] = directions.map(direction => board.bridgeEnd(direction))
  return { near: board.interfaceFor(near, own), far: board.interfaceFor(far, family ?? own) }
}
