/** A set of an rtpengine and our relay, of which one is killed: new calls go to the other, and running ones with their next offer. RFC 3264 §8. */
import { once } from 'node:events'
import { NgRelaySet } from '@strowger/media-control/udp'
import { afterEach, describe, expect, it } from 'vitest'
import { needing } from '../../../e2e/peers.ts'
import { freePort } from '../../../e2e/ports.ts'
import { startRtpengine } from '../../../e2e/rtpengine.ts'
import { startTestRole } from '../test/media-role.ts'
import { Ear, rtp } from '../test/phone.ts'
import { sdpOf, seen, target } from './ng-script.ts'

const { title, skip } = needing('a set of an rtpengine and our relay', 'rtpengine')

describe.skipIf(skip)(title, () => {
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
  })

  async function stage(): Promise<{
    set: NgRelaySet
    down: string[]
    kill: { theirs(): Promise<void>; ours(): Promise<void> }
    theirs: string
    ours: string
  }> {
    const from = await freePort(100)
    const engine = await startRtpengine({ ports: { from, to: from + 99 } })
    closing.push(() => engine.stop())
    const role = await startTestRole()
    closing.push(() => role.stop())
    const down: string[] = []
    const relays = [{ address: '127.0.0.1', port: engine.udp }, role.ng]
    const set = await NgRelaySet.open({
      relays,
      giveUpMs: 1000,
      retransmitMs: [250],
      pingMs: 100,
      changed: output => {
        if (output.kind === 'down') down.push(output.relay)
      },
    })
    closing.push(() => set.close())
    const theirs = `127.0.0.1:${engine.udp}`
    const ours = `127.0.0.1:${role.ng.port}`
    const killTheirs = async (): Promise<void> => {
      engine.process.kill('SIGKILL')
      await once(engine.process, 'exit')
    }
    return { set, down, kill: { theirs: killTheirs, ours: () => role.stop() }, theirs, ours }
  }

  it.each(['theirs', 'ours'] as const)('%s is killed', async victim => {
    const { set, down, kill, ...names } = await stage()
    const [dead, left] = victim === 'theirs' ? [names.theirs, names.ours] : [names.ours, names.theirs]
    const [a, b] = [await Ear.open(), await Ear.open()]
    closing.push(
      () => a.close(),
      () => b.close(),
    )
    const call = async (id: string): Promise<void> => {
      const session = { 'call-id': id, 'from-tag': 'A', replace: ['origin', 'session-connection'], ICE: 'remove', flags: ['trust-address'] }
      const toB = target(seen(await set.request({ ...session, command: 'offer', sdp: sdpOf(a.port) })))
      const toA = target(seen(await set.request({ ...session, command: 'answer', 'to-tag': 'B', sdp: sdpOf(b.port) })))
      a.send(toA, rtp(1, { ssrc: 0xa }))
      expect((await b.next()).from.port).toBe(toB.port)
    }
    const ids = Array.from({ length: 12 }, (_, at) => `set-${victim}-${at}`)
    for (const id of ids) await call(id)
    const before = set.counts().relays
    expect([before[dead]!.sessions, before[left]!.sessions].every(count => count > 0)).toBe(true)
    await kill[victim]()
    await expect.poll(() => down).toEqual([dead])
    for (const id of [...ids, 'new-1', 'new-2', 'new-3', 'new-4']) await call(id)
    expect(set.counts()).toMatchObject({ moved: before[dead]!.sessions, relays: { [dead]: { sessions: 0 }, [left]: { sessions: 16 } } })
    for (const id of ids) await set.request({ command: 'delete', 'call-id': id, 'delete-delay': 0 })
  })
})
