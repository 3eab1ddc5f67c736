/** A call of which the relay says that nobody sends any more is over on both sides. RFC 3261 §15. */
import type { NgReply, NgSilent } from '@strowger/media-control'
import { log } from '@strowger/runtime'
import { afterEach, describe, expect, test } from 'vitest'
import { SilenceWatch } from '../src/silence-watch.ts'
import { scene } from './scene.ts'

const { placed, up } = scene()

describe('a call without media', () => {
  test('is hung up on both sides by the platform, once (RFC 3261 §15.1.1)', () => {
    const { net, alice, bob } = up()
    const { call } = net.facts('attempt')[0] as { call: string }
    for (const id of ['nobody', call, call]) net.calls.silent(id, net.now, net.wall)
    net.advance(2000)
    expect([alice.asked.at(-1), bob.asked.at(-1)]).toEqual(['BYE', 'BYE'])
    expect(net.facts('end')).toMatchObject([{ by: 'platform', status: 200, cause: 'no media' }])
  })

  test('goes on while it rings', () => {
    const { net, alice, bob } = placed()
    net.calls.silent((net.facts('attempt')[0] as { call: string }).call, net.now, net.wall)
    bob.answer()
    net.advance(100)
    expect(net.facts('answer')).toHaveLength(1)
    expect(net.facts('end')).toEqual([])
    alice.send('BYE')
    net.advance(100)
    expect(net.facts('end')).toMatchObject([{ by: 'caller' }])
  })
})

describe('the watch', () => {
  const asked: NgSilent[] = []
  const silent: string[] = []
  let watch: SilenceWatch | undefined
  afterEach(() => watch?.close())

  const watching = (replies: readonly (NgReply | Error)[], hasCalls = true): SilenceWatch => {
    const left = [...replies]
    asked.length = silent.length = 0
    watch = new SilenceWatch({
      ask: async command => {
        asked.push(command)
        const reply = left.shift()
        if (reply === undefined || reply instanceof Error) throw reply ?? new Error('no more')
        return reply
      },
      log: log('appserver', { level: 'error', pretty: false, write: () => {} }),
      hasCalls: () => hasCalls,
      onSilent: calls => silent.push(...calls),
    })
    return watch
  }

  test('names each call once, goes on where it was, and bears a relay that does not answer', async () => {
    const sessions = { result: 'ok', last: 3, epoch: 7, calls: ['x.y.a', 'x.y.b', 'z.a'] }
    const it = watching([sessions, new Error('timeout'), { result: 'ok', last: 3, epoch: 7, calls: [] }])
    for (let time = 0; time < 3; time++) await it.ask()
    expect(silent).toEqual(['x.y', 'z'])
    expect(asked.map(({ after, epoch }) => [after, epoch])).toEqual([
      [0, 0],
      [3, 7],
      [3, 7],
    ])
  })

  test('asks nothing while there are no calls', async () => {
    await watching([], false).ask()
    expect(asked).toEqual([])
  })
})
