/** What our relay does for each command of rtpproxy's protocol. Playing, recording and copying are not there yet, and are answered as what failed. */
import { type RtppDelete, type RtppDone, type RtppError, type RtppHandlers, rtppError } from '@strowger/media-control/rtpproxy'
import { info, query, statistics } from './ask.ts'
import { notThereYet } from './not-there-yet.ts'
import type { Streams } from './streams.ts'
import { lookup, update } from './update.ts'

/** `silenceMs`: of the board's sessions; `Q` tells how much of it is left. `refused` is told of what this relay cannot do yet. */
export function rtppHandlers(streams: Streams, silenceMs: number, refused: (command: string) => void = () => {}): RtppHandlers {
  return {
    features: FEATURES,
    update: command => update(streams, command),
    lookup: command => lookup(streams, command),
    delete: command => deleteStreams(streams, command),
    'delete-all': () => deleteAll(streams),
    query: command => query(streams, command, silenceMs),
    info: () => info(streams),
    statistics: command => statistics(streams, command),
    ...notThereYet(streams, refused),
  }
}

/** A weak delete undoes a weak hold, a strong one the strong hold; the stream ends with its last. */
function deleteStreams(streams: Streams, command: RtppDelete): RtppDone | RtppError {
  const found = [...streams.findAll(command)]
  if (found.length === 0) return rtppError('unknown-session')
  for (const { stream, side } of found) {
    const { holds, session } = stream
    if (command.weak) holds.weak[side] = false
    else holds.strong = false
    streams.board.onChange(session.id)
    if (!holds.strong && !holds.weak.near && !holds.weak.far) streams.end(stream)
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
