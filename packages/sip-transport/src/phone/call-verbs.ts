/** The verbs of one call, bound to its agent. RFC 3261 §13 to §15. */
import type { UserAgent } from '@strowger/sip-ua/call'
import type { CallVerbs } from './live-call.ts'

/** `act` gives the time, and drains afterwards. */
export function callVerbs(agent: UserAgent, id: string, act: <T>(act: (now: number) => T) => T): CallVerbs {
  return {
    state: () => agent.find(id)?.state ?? 'ended',
    session: dialog => agent.session(id, dialog),
    ring: (status, content) => act(now => agent.ring(now, id, status, content)),
    answer: content => act(now => agent.answer(now, id, content)),
    refuse: (status, headers) => act(now => agent.refuse(now, id, status, headers)),
    hangUp: how => act(now => agent.hangUp(now, id, how)),
    offer: (description, options) => act(now => agent.offer(now, id, description, options)),
    answerOffer: (description, options) => act(now => agent.answerOffer(now, id, description, options)),
    refuseOffer: (status, options) => act(now => agent.refuseOffer(now, id, status, options)),
    prack: content => act(now => agent.prack(now, id, content)),
    request: (method, options) => act(now => agent.request(now, id, method, options)),
    respond: (requestId, status, options) => act(now => agent.respond(now, id, requestId, status, options)),
  }
}
