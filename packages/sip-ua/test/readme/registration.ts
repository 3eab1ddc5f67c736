import { Registration } from '@strowger/sip-ua'
import { nodeHash as hash, nodeRandom as random, nodeToken as token } from '@strowger/sip-ua/node'

const phone = new Registration({
  registrar: 'sip:example.com',
  aor: 'sip:alice@example.com',
  contact: 'sip:alice@192.0.2.7:5060',
  ...{ username: 'alice', password: 'secret' },
  ...{ hash, token, random },
})
phone.start(0)
for (let output = phone.poll(); output; output = phone.poll())
  if (output.kind === 'send') console.log(output.request.method, 'to', output.hop.host) // REGISTER to example.com
