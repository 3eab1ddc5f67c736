import { authorize, challenges, ha1, Nonces, verify } from '@strowger/sip-ua/digest'
import { nodeHash as hash, nodeSign, nodeToken } from '@strowger/sip-ua/node'

const nonces = new Nonces({ issuer: nodeToken(), sign: nodeSign() })
const [realm, username, method, uri] = ['example.com', '101', 'REGISTER', 'sip:example.com'] as const
const asked = challenges({ realm, nonce: nonces.issue(0) }) // one WWW-Authenticate each, SHA-256 first

const answer = authorize({ challenges: asked, username, password: 'secret', method, uri, hash, cnonce: nodeToken() })
if (answer === undefined) throw new Error('no algorithm that we know')
const verdict = verify({
  ...{ authorization: answer, method, realm, hash },
  ha1Of: algorithm => ha1(hash, algorithm, username, realm, 'secret'), // what the database keeps
  nonceOk: (nonce, nc) => nonces.check(nonce, nc, 1000),
})
console.log(verdict) // ok
