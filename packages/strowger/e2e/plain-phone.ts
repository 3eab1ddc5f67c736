/** A phone of plain text over UDP, for tests that need a call and nothing else of SIP: it shares no code with what it tests. */
import { createHash, randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

export interface Account {
  readonly username: string
  readonly password: string
  readonly domain: string
}

export class PlainPhone {
  readonly #socket: Socket
  readonly #proxy: { readonly address: string; readonly port: number }
  readonly #account: Account
  readonly #callId: string = randomBytes(8).toString('hex')
  readonly #tag: string = randomBytes(4).toString('hex')
  readonly #received: string[] = []
  #sequence = 0

  private constructor(socket: Socket, proxy: string, account: Account) {
    this.#socket = socket
    const [address, port] = proxy.split(':') as [string, string]
    this.#proxy = { address, port: Number(port) }
    this.#account = account
    socket.on('message', bytes => {
      const text = bytes.toString()
      this.#received.push(text)
      if (text.startsWith('BYE ')) this.#send(answerTo(text))
    })
  }

  static async open(proxy: string, account: Account): Promise<PlainPhone> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new PlainPhone(socket, proxy, account)
  }

  /** The first message that starts so and has not been waited for. */
  async receive(start: string): Promise<string> {
    for (;;) {
      const index = this.#received.findIndex(text => text.startsWith(start))
      if (index >= 0) return this.#received.splice(index, 1)[0]!
      await once(this.#socket, 'message')
    }
  }

  /** Calls with digest (RFC 7616) and acknowledges the answer, or gives the final response of a refusal. */
  async call(number: string): Promise<string> {
    const uri = `sip:${number}@${this.#account.domain}`
    this.#invite(uri, '')
    const challenge = await this.receive('SIP/2.0 407')
    this.#acknowledge(uri, challenge)
    this.#invite(uri, this.#authorization(uri, challenge))
    const final = await this.#final()
    const target = final.startsWith('SIP/2.0 2') ? (/^Contact: <?([^>\r]+)/im.exec(final)?.[1] ?? uri) : uri
    this.#acknowledge(target, final)
    return final
  }

  close(): void {
    this.#socket.close()
  }

  async #final(): Promise<string> {
    for (;;) {
      const response = await this.receive('SIP/2.0 ')
      if (!response.startsWith('SIP/2.0 1')) return response
    }
  }

  #invite(uri: string, authorization: string): void {
    this.#sequence += 1
    const body = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 43998 RTP/AVP 0\r\n'
    const contact = `Contact: <sip:${this.#account.username}@127.0.0.1:${this.#socket.address().port}>`
    this.#request('INVITE', uri, `<${uri}>`, [contact, authorization, 'Content-Type: application/sdp'], body)
  }

  #acknowledge(uri: string, response: string): void {
    const to = /^To: (.*)$/im.exec(response)?.[1]?.trim() ?? ''
    const routes = response.startsWith('SIP/2.0 2')
      ? recordRoutes(response)
          .reverse()
          .map(route => `Route: ${route}`)
      : []
    this.#request('ACK', uri, to, routes, '')
  }

  #request(method: string, uri: string, to: string, more: readonly string[], body: string): void {
    const { username, domain } = this.#account
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.#socket.address().port};branch=z9hG4bK${randomBytes(8).toString('hex')};rport`,
      `From: <sip:${username}@${domain}>;tag=${this.#tag}`,
      `To: ${to}`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${this.#sequence} ${method}`,
      'Max-Forwards: 70',
      ...more.filter(line => line !== ''),
      `Content-Length: ${body.length}`,
    ]
    this.#send(`${lines.join('\r\n')}\r\n\r\n${body}`)
  }

  #authorization(uri: string, challenge: string): string {
    const line = challenge.split('\r\n').find(header => /^Proxy-Authenticate:.*algorithm=MD5/i.test(header)) ?? ''
    const nonce = /nonce="([^"]+)"/.exec(line)?.[1] ?? ''
    const { username, password, domain } = this.#account
    const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
    const response = md5(`${md5(`${username}:${domain}:${password}`)}:${nonce}:00000001:c:auth:${md5(`INVITE:${uri}`)}`)
    const values = `username="${username}", realm="${domain}", nonce="${nonce}", uri="${uri}", response="${response}"`
    return `Proxy-Authorization: Digest ${values}, algorithm=MD5, qop=auth, nc=00000001, cnonce="c"`
  }

  #send(text: string): void {
    this.#socket.send(text, this.#proxy.port, this.#proxy.address)
  }
}

function recordRoutes(response: string): string[] {
  return [...response.matchAll(/^Record-Route: (.*)$/gim)].flatMap(([, value]) => value!.split(',').map(route => route.trim()))
}

/** 200 with what identifies the transaction. RFC 3261 §8.2.6.2 */
function answerTo(request: string): string {
  const kept = request.split('\r\n').filter(line => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
  return ['SIP/2.0 200 OK', ...kept, 'Content-Length: 0', '', ''].join('\r\n')
}
