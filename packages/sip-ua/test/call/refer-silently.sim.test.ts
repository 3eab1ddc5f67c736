/** A REFER whose sender does not want to hear of it, over a call. RFC 4488 §4, §5. */
import { expect, test } from 'vitest'
import { acceptRefer, referDraft, takeRefer } from '../../src/events/index.ts'
import { Net, type Script, sdp } from './net.ts'

test('a REFER that requires norefersub is understood, and answered with Refer-Sub: false (RFC 4488 §4)', () => {
  const net = new Net()
  const answers: Script = (output, { agent, now, name }) => {
    if (output.kind === 'incoming') agent.answer(now, output.call, { description: sdp(name) })
    if (output.kind !== 'request') return
    const taken = takeRefer(output.request)
    if ('refusal' in taken) throw new Error(`refused with ${taken.refusal.status}`)
    const { answer, step } = acceptRefer(taken.offer, now)
    expect(step).toBeUndefined()
    agent.respond(now, output.call, output.id, answer.status, answer)
  }
  const [alice, bob] = [net.party('alice', () => {}), net.party('bob', answers)]
  const call = net.call(alice, bob)
  net.advance(1000)
  const draft = referDraft({ referTo: 'sip:carol@carol.test', subscribe: false })
  alice.agent.request(alice.now, call, draft.method, draft)
  net.drain()
  net.advance(1000)
  expect(alice.of('response').map(({ status, response }) => [status, response?.headers.raw('Refer-Sub')])).toEqual([[202, ['false']]])
})
