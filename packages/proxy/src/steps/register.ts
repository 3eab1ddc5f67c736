/** Hands a REGISTER to the registrar, which answers it. RFC 3261 §10.3. */
import { To } from '@strowger/sip-parser'
import { next, reply, type Step } from '../core/step.ts'

export const register: Step = (context, { policy }) => {
  const { request, identity, answers } = context
  if (request.method !== 'REGISTER') return next(context)
  if (answers.bind !== undefined) return { kind: 'reply', reply: answers.bind }
  const to = request.headers.get(To)
  const aor = `${to?.uri.user ?? ''}@${policy.domainOf((to?.uri.host ?? '').toLowerCase())}`
  // Nobody registers for somebody else (RFC 3261 §10.3 step 4).
  if (identity?.aor !== aor) return reply(403)
  return { kind: 'ask', effect: { ask: 'bind', aor } }
}
