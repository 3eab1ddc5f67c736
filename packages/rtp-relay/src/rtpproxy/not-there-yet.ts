/** `P`, `R`, `C` fail, as where an rtpproxy finds no prompt or no disk; `S` and `N` find nothing to stop, which is no error there either. */
import { type RtppDone, type RtppError, type RtppErrorName, type RtppHandlers, rtppError } from '@strowger/media-control/rtpproxy'
import type { Asked, Streams } from './streams.ts'

type Handlers = Pick<RtppHandlers, 'play' | 'stop-play' | 'record' | 'stop-record' | 'copy'>

/** `refused` is told the command's name, for a log that says more than a code can. */
export function notThereYet(streams: Streams, refused: (command: string) => void): Handlers {
  const fail =
    (code: RtppErrorName) =>
    (asked: Asked & { readonly command: string }): RtppError => {
      if (!streams.find(asked)) return rtppError('unknown-session')
      refused(asked.command)
      return rtppError(code)
    }
  const stop = (asked: Asked): RtppDone | RtppError => (streams.find(asked) ? { kind: 'done' } : rtppError('unknown-session'))
  return {
    play: fail('play-failed'),
    record: fail('copy-failed'),
    copy: fail('copy-failed'),
    'stop-play': stop,
    'stop-record': stop,
  }
}
