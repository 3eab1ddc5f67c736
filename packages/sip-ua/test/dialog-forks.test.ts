import { describe, expect, it } from 'vitest'
import { cancelForks, type DialogForks, endEarlyForks, type ForkStep, forksOf, takeResponse, withDialog } from '../src/dialog-forks.ts'
import { request, response } from './messages.ts'

const start = forksOf(request(['Contact: <sip:alice@192.0.2.1>']))
const CONTACT = ['Contact: <sip:bob@192.0.2.4>']

/** Steps as short text, `answered b1`. */
const show = (step: ForkStep): string => {
  if (step.kind === 'ended') return `ended ${step.dialogs.map(dialog => dialog.remoteTag).join(' ')}`
  if (step.kind === 'refused') return `refused ${step.status}`
  if (step.kind === 'progress') return `progress ${step.status} ${step.dialog?.remoteTag ?? '-'}${step.isNew ? ' new' : ''}`
  return `${step.kind} ${step.dialog.remoteTag}`
}
/** Feeds `180 b1` and the like. */
const feed = (forks: DialogForks, ...responses: string[]) => {
  const steps: string[] = []
  let now = forks
  for (const text of responses) {
    const [status, tag] = text.split(' ')
    const taken = takeResponse(now, response(Number(status), tag, CONTACT))
    now = taken.forks
    steps.push(taken.steps.map(show).join(', '))
  }
  return { forks: now, steps }
}

describe('the responses to an INVITE', () => {
  it.each<[string, string[], string[]]>([
    ['100 makes no dialog (RFC 3261 §12.1)', ['100', '180'], ['progress 100 -', 'progress 180 -']],
    ['a 180 and its repetition are one early dialog (RFC 3261 §12.1.2)', ['180 b1', '183 b1'], ['progress 180 b1 new', 'progress 183 b1']],
    ['two phones ring in two early dialogs (RFC 3261 §13.2.2.1)', ['180 b1', '180 b2'], ['progress 180 b1 new', 'progress 180 b2 new']],
    [
      '199 ends the one early dialog, and makes none (RFC 6228 §4)',
      ['180 b1', '180 b2', '199 b1', '199 b3', '200 b2'],
      ['progress 180 b1 new', 'progress 180 b2 new', 'ended b1', '', 'answered b2'],
    ],
    [
      'the first 2xx is the call, a second one is ended with BYE (RFC 3261 §13.2.2.4)',
      ['180 b1', '200 b2', '200 b1'],
      ['progress 180 b1 new', 'answered b2', 'ack and bye b1'],
    ],
    [
      'the same 2xx again gets the same ACK again (RFC 3261 §13.2.2.4)',
      ['200 b1', '200 b1', '200 b2', '200 b2'],
      ['answered b1', 'ack again b1', 'ack and bye b2', 'ack again b2'],
    ],
    ['a 1xx overtaken by its 2xx says nothing (RFC 3261 §13.2.2.4)', ['200 b1', '180 b1'], ['answered b1', '']],
    [
      'a refusal ends every early dialog (RFC 3261 §12.3)',
      ['180 b1', '180 b2', '486 b2', '486 b2'],
      ['progress 180 b1 new', 'progress 180 b2 new', 'ended b1 b2, refused 486', ''],
    ],
    ['a refusal without early dialogs is only that (RFC 3261 §13.2.2.3)', ['404 b1'], ['refused 404']],
    ['a 2xx after the refusal is acknowledged and ended (RFC 3261 §13.2.2.4)', ['486 b1', '200 b2'], ['refused 486', 'ack and bye b2']],
    ['a 2xx without tag is a call with an old peer (RFC 3261 §12.1.2)', ['200'], ['answered ']],
  ])('%s', (_, responses, steps) => {
    expect(feed(start, ...responses).steps).toEqual(steps)
  })

  it('a 2xx that crosses our CANCEL is acknowledged and ended (RFC 3261 §9.1)', () => {
    const ringing = feed(start, '180 b1').forks
    expect(feed(cancelForks(ringing), '200 b1', '200 b1').steps).toEqual(['ack and bye b1', 'ack again b1'])
    expect(feed(cancelForks(ringing), '487 b1').steps).toEqual(['ended b1, refused 487'])
  })

  it('a 2xx whose tag cannot be sent back is a refusal (RFC 3261 §8.1.3.2)', () => {
    const [first] = takeResponse(start, response(200, '"\\\u0000"')).steps
    expect(first).toEqual({ kind: 'refused', status: 500 })
    expect(takeResponse(feed(start, '200 b1').forks, response(200, '"\\\u0000"')).steps).toEqual([])
  })

  it('early dialogs are over 64*T1 after the 2xx (RFC 3261 §13.2.2.4)', () => {
    const { forks } = feed(start, '180 b1', '200 b2')
    const ended = endEarlyForks(forks)
    expect(ended.steps.map(show)).toEqual(['ended b1'])
    expect(endEarlyForks(ended.forks).steps).toEqual([])
  })

  it('a dialog the caller went on with keeps its count when confirmed (RFC 3261 §13.2.2.4)', () => {
    const { forks } = feed(start, '180 b1')
    const used = withDialog(forks, { ...forks.dialogs[0]!, localSequence: 314160 })
    const [step] = takeResponse(used, response(200, 'b1', CONTACT)).steps
    expect(step).toMatchObject({
      kind: 'answered',
      dialog: { localSequence: 314160, state: 'confirmed', remoteTarget: 'sip:bob@192.0.2.4' },
    })
  })

  it('is plain data all along (RFC 3261 §12)', () => {
    const { forks } = feed(start, '180 b1', '200 b2')
    expect(JSON.parse(JSON.stringify(forks))).toEqual(forks)
  })
})
