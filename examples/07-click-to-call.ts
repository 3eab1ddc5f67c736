/** An HTTP request makes the program call two phones and connect them; media then flows without it. RFC 3725 §4.1 (flow I), §7. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answer, type Capabilities, latin1, offerFrom } from '@strowger/sdp'
import { bridge, openPhone, type Phone } from '@strowger/sip-transport'

const controller = await openPhone({ on: ['udp:127.0.0.1:0'], aor: 'sip:click@127.0.0.1' })

/** Calls `first` without an offer, so that it makes one; `second` is offered that, and from then on each hears what the other has to say. */
async function connect(first: string, second: string): Promise<void> {
  const a = await controller.call(first, { ringSeconds: 30 })
  try {
    const { offer } = await a.nextOffer()
    const b = await controller.call(second, { offer, ringSeconds: 30 })
    void bridge(a, b)
    await b.answered
  } catch (error) {
    a.hangUp()
    throw error
  }
}

const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
  connect(searchParams.get('from') ?? '', searchParams.get('to') ?? '').then(
    () => response.end('connected'),
    (error: Error) => response.writeHead(502).end(error.message),
  )
})
await once(server.listen(0, '127.0.0.1'), 'listening')

/** A phone that takes every call: it answers what it is offered, or makes an offer and hears the answer with the ACK. */
async function loopbackPhone(name: string, port: number): Promise<Phone> {
  const audio = { kind: 'audio', port, codecs: [{ name: 'PCMA', clockRate: 8000 }] }
  const media: Capabilities = { address: '127.0.0.1', sessionId: `${port}`, media: [audio] }
  const phone = await openPhone({ on: ['udp:127.0.0.1:0'], aor: `sip:${name}@127.0.0.1` })
  async function serve(): Promise<void> {
    for await (const call of phone.calls) {
      call.ended.then(() => console.log(`${name}: the call is over`))
      const reply = call.offered && answer(call.offered, media)
      if (reply?.kind === 'refuse') call.refuse(reply.status)
      else call.answer(reply?.sdp ?? offerFrom(media))
      if (call.offered) console.log(`${name} is offered\n${latin1(call.offered)}`)
      else call.next('answer', 'ended').then(told => told.kind === 'answer' && console.log(`${name} is answered\n${latin1(told.answer)}`))
    }
  }
  void serve()
  return phone
}
const [alice, bob] = [await loopbackPhone('alice', 40_000), await loopbackPhone('bob', 40_002)]

const query = new URLSearchParams({ from: alice.contact, to: bob.contact })
const click = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/?${query}`, { method: 'POST' })
console.log(`HTTP ${click.status}: ${await click.text()}`)
for (const open of [alice, controller, bob, server]) await open.close() // alice hangs up
