import { parse, responseTo, type SipRequest, To, utf8Bytes } from '@strowger/sip-parser'
import { Registrar } from '@strowger/sip-ua/registrar'

const registrar = new Registrar({ limits: { maxContacts: 3 } })
const aor = 'alice@example.com'

function answer(request: SipRequest, now: number) {
  const to = request.headers.get(To)!.uri // who it is, and whether they may, was asked before: `/digest`
  const { status, reason, headers = [] } = registrar.register(request, `${to.user}@${to.host}`, now)
  return responseTo(request, status, { toTag: 'a6c85cf', headers, ...(reason !== undefined && { reason }) })
}

const lines = [
  `REGISTER sip:example.com SIP/2.0`,
  'Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK74bf9',
  `From: <sip:${aor}>;tag=a1`,
  `To: <sip:${aor}>`,
]
const register = parse(utf8Bytes([...lines, 'Call-ID: 1', 'CSeq: 1 REGISTER', 'Contact: <sip:alice@192.0.2.7>', '', ''].join('\r\n')))
if (register.kind === 'request') answer(register, Date.now())
console.log(registrar.of(aor, Date.now()).map(({ contact }) => contact)) // sip:alice@192.0.2.7
console.log(registrar.bindings.count) // 1
