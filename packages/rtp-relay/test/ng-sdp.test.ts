/** What becomes of an SDP where rtpengines have ways of their own, and that the media go where it says. RFC 3264 §5, §6. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onStage, type Stage, sdpOf, seen, target } from '../e2e/ng-script.ts'
import { startTestRole, type TestRole } from './media-role.ts'
import { rtp } from './phone.ts'

describe('our relay, as an rtpengine', () => {
  let role: TestRole
  const on = (run: (stage: Stage) => Promise<void>) => (): Promise<void> => onStage(role.ng, run)
  const directionOf = (sdp: ReturnType<typeof seen>): string | undefined =>
    sdp.media[0]!.attributes.find(({ name }) => ['sendrecv', 'sendonly', 'recvonly', 'inactive'].includes(name))?.name

  beforeAll(async () => {
    role = await startTestRole()
  })
  afterAll(() => role.stop())

  it.each([
    ['inactive', 'sendrecv', 'inactive'],
    ['sendonly', 'inactive', 'sendonly'],
    ['recvonly', 'sendonly', 'recvonly'],
    ['sendonly', 'recvonly', 'recvonly'],
    ['inactive', 'sendonly', 'sendonly'],
    ['sendrecv', 'inactive', 'inactive'],
  ])('tells of a session %s whose line is %s that it is %s', async (session, line, told) => {
    await onStage(role.ng, async stage => {
      expect(directionOf(seen(await stage.offer(sdpOf(4000, [`a=${line}`], [`a=${session}`]))))).toBe(told)
    })
  })

  it(
    'tells ports of its own for what is not of UDP, and asks nobody there whether he is silent',
    on(async stage => {
      const tcp = ['m=application 4002 TCP/BFCP *', 'a=setup:actpass']
      const sdp = seen(await stage.offer(sdpOf(4000, tcp)))
      seen(await stage.answer(sdpOf(5000, tcp)))
      expect(sdp.media[1]).toMatchObject({ protocol: 'TCP/BFCP', formats: ['*'] })
      expect([4002, 0]).not.toContain(sdp.media[1]?.port)
      const [a] = role.board.sessions.get(stage.callId)!.legs
      expect(a!.party.media.map(media => media.silent(Date.now()) !== undefined)).toEqual([true, false])
    }),
  )

  it(
    'leaves message lines to their two ends',
    on(async stage => {
      const sdp = seen(await stage.offer(sdpOf(4000, ['m=message 4002 TCP/MSRP *', 'a=path:msrp://a.example.com:4002/x;tcp'])))
      expect(sdp.media[1]).toMatchObject({ port: 4002, connection: { address: '127.0.0.1' } })
    }),
  )

  it(
    'strips the last codec from an offer, and from no answer',
    on(async stage => {
      const flags = ['trust-address', 'codec-strip-PCMA']
      expect(seen(await stage.offer(sdpOf(4000), { flags })).media[0]?.formats).toEqual([])
      expect(seen(await stage.answer(sdpOf(5000), { flags })).media[0]?.formats).toEqual(['8', '101'])
    }),
  )

  it(
    'offers rtcp-mux again for lines after one that has it, and hears RTCP where it said (RFC 5761 §5.1.1)',
    on(async stage => {
      const lines = ['a=rtcp-mux', 'm=video 4002 RTP/AVP 31']
      seen(await stage.offer(sdpOf(4000, lines)))
      seen(await stage.answer(sdpOf(5000, lines)))
      const again = seen(await stage.offer(sdpOf(4000, lines), { 'to-tag': 'B' }))
      expect(target(again, 1).rtcpPort).toBe(again.media[1]?.port)
      expect(seen(await stage.answer(sdpOf(5000, lines))).media[1]?.attributes.map(({ name }) => name)).not.toContain('rtcp-mux')
    }),
  )

  it(
    'answers with the protocol that was offered, and offers the one that was answered (RFC 3264 §6)',
    on(async stage => {
      const feedback = (port: number): string => sdpOf(port).replace('RTP/AVP', 'RTP/AVPF')
      const protocolOf = (sdp: ReturnType<typeof seen>): string | undefined => sdp.media[0]?.protocol
      expect(protocolOf(seen(await stage.offer(feedback(4000))))).toBe('RTP/AVPF')
      expect(protocolOf(seen(await stage.answer(sdpOf(5000))))).toBe('RTP/AVPF')
      expect(protocolOf(seen(await stage.offer(feedback(4000), { 'to-tag': 'B' })))).toBe('RTP/AVP')
      expect(protocolOf(seen(await stage.offer(sdpOf(4000), { 'to-tag': 'B' })))).toBe('RTP/AVP')
    }),
  )

  it(
    'hears the second of two that answer one offer, tells it ports of its own, and the first its old ones (RFC 3261 §13.2.2.4)',
    on(async stage => {
      const [a, b, c] = [await stage.ear(), await stage.ear(), await stage.ear()]
      const first = target(seen(await stage.offer(sdpOf(a.port))))
      const toB = target(seen(await stage.answer(sdpOf(b.port))))
      const toC = target(seen(await stage.answer(sdpOf(c.port), { 'to-tag': 'C' })))
      expect(toC.port).not.toBe(toB.port)
      c.send(first, rtp(1, { ssrc: 0xc }))
      expect((await a.next()).bytes).toEqual(rtp(1, { ssrc: 0xc }))
      const own = target(seen(await stage.offer(sdpOf(a.port), { 'to-tag': 'C' })))
      expect(own.port).not.toBe(first.port)
      c.send(own, rtp(2, { ssrc: 0xc }))
      expect((await a.next()).bytes).toEqual(rtp(2, { ssrc: 0xc }))
      expect(target(seen(await stage.offer(sdpOf(a.port), { 'to-tag': 'B' })))).toEqual(first)
      const deleted = await stage.client.request({ command: 'delete', 'call-id': stage.callId, 'from-tag': 'A', 'to-tag': 'C' })
      expect(deleted).not.toHaveProperty('warning')
      expect(role.board.sessions.has(stage.callId)).toBe(true)
    }),
  )

  it(
    'relays each pair of ports of an m-line that has several (RFC 8866 §5.14)',
    on(async stage => {
      const two = (port: number): string => sdpOf(port).replace(`m=audio ${port}`, `m=audio ${port}/2`)
      const a = await stage.neighbours()
      const b = await stage.neighbours()
      const offered = seen(await stage.offer(two(a[0].port)))
      const answered = seen(await stage.answer(two(b[0].port)))
      expect([offered.media[0]?.portCount, answered.media[0]?.portCount]).toEqual([2, 2])
      for (const pair of [0, 1]) {
        const [toA, toB] = [answered, offered].map(sdp => target(sdp)).map(one => ({ ...one, port: one.port + 2 * pair }))
        a[pair]!.send(toA!, rtp(pair, { ssrc: 0xa }))
        expect(await b[pair]!.next()).toMatchObject({ bytes: rtp(pair, { ssrc: 0xa }), from: { port: toB!.port } })
        b[pair]!.send(toB!, rtp(pair, { ssrc: 0xb }))
        expect(await a[pair]!.next()).toMatchObject({ bytes: rtp(pair, { ssrc: 0xb }), from: { port: toA!.port } })
      }
      const { tags, totals } = await stage.client.request({ command: 'query', 'call-id': stage.callId })
      expect(totals?.RTP.packets).toBe(4)
      expect(tags?.A?.medias[0]?.streams.map(stream => stream.stats.packets)).toEqual([1, 0, 1, 0])
      await stage.client.request({ command: 'delete', 'call-id': stage.callId, 'delete-delay': 0 })
      await expect.poll(() => role.board.relay.counters().ports).toBe(0)
    }),
  )

  it(
    'has no more ports in one line than it says',
    on(async stage => {
      await expect(stage.offer(sdpOf(4000).replace('4000', '4000/9'))).rejects.toThrow('More than 8 ports in one m-line')
      expect(role.board.sessions.has(stage.callId)).toBe(false)
    }),
  )
})
