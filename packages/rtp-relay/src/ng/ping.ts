/** `ping`: the relay is there. */
import type { NgReply } from '@strowger/media-control'

export function ping(): NgReply {
  return { result: 'pong' }
}
