/** What our relay does for each command of rtpproxy's protocol. Playing, recording, copying and `G` are unknown to it: `E0`. */
import { type RtppDelete, type RtppDone, type RtppError, type RtppHandlers, rtppError } from '@strowger/media-control/rtpproxy'
import { info, query } from './ask.ts'
import type { Streams } from './streams.ts'
import { lookup, update } from './update.ts'

/** `silenceMs`: of the board's sessions; `Q` tells how much of it is left. */
export function rtppHandlers(streams: Streams, silenceMs: number): RtppHandlers {
  return {
    features: FEATURES,
    update: command => update(streams, command),
    lookup: command => lookup(streams, command),
    delete: command => deleteStreams(streams, command),
    'delete-all': () => deleteAll(streams),
    query: command => query(streams, command, silenceMs),
    info: () => info(streams),
  }
}

/** A weak delete undoes a weak hold, a strong one the strong hold; the stream ends with its last. */
function deleteStreams(streams: Streams, command: RtppDelete): RtppDone | RtppError {
  const found = [...streams.findAll(command)]
  if (found.length === 0) return rtppError('unknown-session')
  for (const { stream, side } of found) {
    if (command.weak) stream.weak[side] = false
    else stream.strong = false
    if (!stream.strong && !stream.weak.near && !stream.weak.far) streams.end(stream)
  }
  return { kind: 'done' }
}

/** Sessions that NG began go on. */
function deleteAll(streams: Streams): RtppDone {
  for (const stream of [...streams.all()]) streams.end(stream)
  return { kind: 'done' }
}

/** Several streams of a call, `VF` itself, `Q`. */
const FEATURES = ['20050322', '20060704', '20080403']
