/** Who may change a call that is up: its own phone, from wherever its NAT puts it, and nobody with a copy of its tags. RFC 3261 §12.2.2, RFC 5626 §5.3. */

import { parse, type SipResponse } from '@strowger/sip-parser'
import { openPhone, type Phone, type TapEvent } from '@strowger/sip-transport'
import { nodeHash } from '@strowger/sip-ua/node'
import { digestAnswer } from '@strowger/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectIdle } from '../idle.ts'
import { SDP } from '../overload/asker.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { answerTo, fresh, sdpAt, statusOf, typed, valuesOf } from './messages.ts'
import { UdpStranger } from './strangers.ts'

describe('a call that is up', () => {
  let platform: Platform
  let alice: Phone
  const seen: string[] = []
  beforeAll(async () => {
    platform = await startPlatform()
    const tap = ({ direction, bytes }: TapEvent): void => void (direction === 'out' && seen.push(Buffer.from(bytes).toString('latin1')))
    alice = await openPhone({
      on: ['udp:127.0.0.7:0'],
      aor: `sip:alice@${platform.demo.domain}`,
      password: platform.password('alice'),
      proxy: `sip:${platform.users}`,
      tap,
    })
  })
  afterAll(async () => {
    await alice?.close()
    await platform?.stop()
  })

  test.each(['INVITE', 'BYE', 'UPDATE', 'INFO', 'REFER'])(
    '%s with the right tags, Call-ID and Route from another address is refused, and the call goes on',
    async method => {
      const call = await alice.call(`sip:${platform.demo.services.echo}@${platform.demo.domain}`, { offer: SDP })
      await call.answered
      const ack = seen.findLast(text => text.startsWith('ACK') && text.includes('\r\nRoute:'))!
      const thief = await UdpStranger.open('127.0.0.69')
      const uri = ack.split(' ')[1]!
      const stolen = typed({
        ...{ method, uri, cseq: 99, from: valuesOf(ack, 'From')[0]!, to: valuesOf(ack, 'To')[0]!, callId: valuesOf(ack, 'Call-ID')[0]! },
        lines: [
          ...valuesOf(ack, 'Route').map(route => `Route: ${route}`),
          'Contact: <sip:thief@127.0.0.69>',
          'Content-Type: application/sdp',
        ],
        body: sdpAt('127.0.0.69'),
      })
      expect(statusOf(await thief.ask(stolen, platform.users))).toBe(403)
      const without = stolen.replaceAll(/Route: .*\r\n/g, '')
      expect([403, 407, 481]).toContain(
        statusOf(await thief.ask(without.replace(/branch=[^;]*/, `branch=${fresh('z9hG4bK')}`), platform.users)),
      )
      call.offer(SDP)
      expect(await call.next('answer', 'offer refused')).toMatchObject({ kind: 'answer' })
      expect(thief.came.some(({ text }) => /^(INVITE|BYE|NOTIFY)/.test(text))).toBe(false)
      thief.close()
      call.hangUp()
      await call.ended
    },
  )

  test('a phone whose NAT gives it another port is called there after its next REGISTER, whatever its Contact says (RFC 5626 §5.3, RFC 3581 §4)', async () => {
    const [first, second, trap] = [
      await UdpStranger.open('127.0.0.70'),
      await UdpStranger.open('127.0.0.70'),
      await UdpStranger.open('127.0.0.99'),
    ]
    const register = {
      method: 'REGISTER',
      uri: 'sip:demo.localhost',
      from: '<sip:bob@demo.localhost>;tag=b',
      to: '<sip:bob@demo.localhost>',
    }
    const contact = `Contact: <sip:bob@${trap.address}:${trap.port}>`
    const callId = fresh('register')
    let cseq = 0
    for (const socket of [first, second]) {
      const refused = await socket.ask(typed({ ...register, callId, cseq: ++cseq, lines: [contact] }), platform.users)
      const response = parse(Buffer.from(refused, 'latin1')) as SipResponse
      const answer = digestAnswer({ username: 'bob', password: platform.password('bob'), hash: nodeHash })
      const credentials = answer({ response, method: 'REGISTER', uri: 'sip:demo.localhost' })!.join(': ')
      const bound = await socket.ask(typed({ ...register, callId, cseq: ++cseq, lines: [contact, credentials] }), platform.users)
      expect(statusOf(bound)).toBe(200)
      expect(valuesOf(bound, 'Contact')).toHaveLength(1)
      socket.hear(({ text, from }) => {
        if (/^(INVITE|CANCEL)/.test(text))
          void socket.send(answerTo(text, text.startsWith('INVITE') ? 486 : 200), `${from.address}:${from.port}`)
      })
      const call = await alice.call(`sip:102@${platform.demo.domain}`, { offer: SDP })
      expect(await call.next('ended')).toMatchObject({ status: 486 })
      expect(socket.came.filter(({ text }) => text.startsWith('INVITE')).length).toBeGreaterThan(0)
    }
    expect(new Set(first.came.filter(({ text }) => text.startsWith('INVITE')).map(({ text }) => valuesOf(text, 'Call-ID')[0])).size).toBe(1)
    expect(trap.came).toEqual([])
    for (const socket of [first, second, trap]) socket.close()
    await expectIdle(platform, 60_000)
  })
})
