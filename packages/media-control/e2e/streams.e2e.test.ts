/** Our clients over TCP and WebSocket, and plain HTTP, against a real rtpengine: the same calls as over UDP. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needing } from '../../../e2e/peers.ts'
import { freePort } from '../../../e2e/ports.ts'
import { type Rtpengine, startRtpengine } from '../../../e2e/rtpengine.ts'
import type { NgCommand, NgReply } from '../src/index.ts'
import { NgTcpClient, NgWebSocketClient } from '../src/node.ts'

const { title, skip } = needing('rtpengine over connections', 'rtpengine')

describe.skipIf(skip)(title, () => {
  let engine: Rtpengine
  beforeAll(async () => {
    const from = await freePort(40)
    engine = await startRtpengine({ ports: { from, to: from + 39 } })
  })
  afterAll(() => engine?.stop())

  // It cuts its TCP stream by bencode only: JSON over TCP it never answers.
  test('TCP, bencode', async () => {
    const client = await NgTcpClient.open({ address: '127.0.0.1', port: engine.tcp })
    await call(command => client.request(command))
    await client.close()
  })

  test.each(['bencode', 'json'] as const)('WebSocket, %s', async format => {
    const client = await NgWebSocketClient.open({ url: `ws://127.0.0.1:${engine.http}/`, format })
    await call(command => client.request(command))
    await client.close()
  })

  test('HTTP', async () => {
    const answer = await fetch(`http://127.0.0.1:${engine.http}/ng`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-rtpengine-ng' },
      body: '1 d7:command4:pinge',
    })
    expect((await answer.text()).trim()).toBe('1 d6:result4:ponge')
  })
})

async function call(ask: (command: NgCommand) => Promise<NgReply>): Promise<void> {
  expect((await ask({ command: 'ping' })).result).toBe('pong')
  const session = { 'call-id': 'streams', 'from-tag': 'a' }
  const offered = await ask({ command: 'offer', ...session, sdp: SDP, replace: ['origin'], ICE: 'remove' })
  expect(String(offered.sdp)).toContain('c=IN IP4 127.0.0.1')
  const answered = await ask({ command: 'answer', ...session, 'to-tag': 'b', sdp: SDP, replace: ['origin'], ICE: 'remove' })
  expect(answered.result).toBe('ok')
  expect((await ask({ command: 'list' })).calls).toEqual(['streams'])
  await ask({ command: 'delete', ...session, 'delete-delay': 0 })
  await expect(ask({ command: 'query', 'call-id': 'streams' })).rejects.toMatchObject({ code: 'refused', message: 'Unknown call-id' })
}

const SDP = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 4000 RTP/AVP 8', ''].join('\r\n')
