/** A process that may have only so many files, and strangers who take all they get: calls go on, and afterwards all is as before. RFC 3261 §26.1.5. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SDP } from '../overload/asker.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { until } from '../until.ts'
import { extent } from './extent.ts'
import { typed } from './messages.ts'
import { StreamStranger } from './strangers.ts'
import { eventCount, Witness } from './witness.ts'

/** With fewer a process cannot start: Node opens the modules of a program at once. */
const FILES = 1024

describe('file descriptors', () => {
  let platform: Platform
  beforeAll(async () => {
    platform = await startPlatform({ inside: ['prlimit', `--nofile=${FILES}:${FILES}`], config: { log: { level: 'warn' } } })
  })
  afterAll(() => platform?.stop())

  test('more connections than descriptors: who is in a call goes on, calls begin over UDP, and once they have gone connections come in', async () => {
    const witness = await Witness.of(platform)
    const call = await witness.phone.call(`sip:${platform.demo.services.echo}@${platform.demo.domain}`, { offer: SDP })
    await call.answered
    const flood: StreamStranger[] = []
    for (let i = 0; i < extent(FILES + 200, 5000); i++) flood.push(await StreamStranger.tcp(platform.users, `127.0.1.${1 + (i % 100)}`))
    await until('some to be refused', async () => (await eventCount(platform, 'connection-refused')) > 0)
    call.offer(SDP)
    expect(await call.next('answer', 'offer refused')).toMatchObject({ kind: 'answer' })
    await witness.call()
    call.hangUp()
    await call.ended
    for (const stranger of flood) stranger.close()
    const late = await until('a connection that is taken', async () => {
      const stranger = await StreamStranger.tcp(platform.users)
      stranger.send(typed({ transport: 'TCP' }))
      await until('an answer or the end', () => stranger.isClosed || stranger.received.length > 0)
      return !stranger.isClosed && stranger
    })
    expect(late.received).toMatch(/^SIP\/2\.0 200 /)
    late.close()
    await witness.unharmed()
    await witness.stop()
  })
})
