/** Registers a phone and keeps it so: the registration machine on an agent's sockets. RFC 3261 §10.2. */
import { formatUri, statusPhrase } from '@strowger/sip-parser'
import { Registration } from '@strowger/sip-ua'
import { nodeHash, nodeRandom, nodeToken } from '@strowger/sip-ua/node'
import type { Agent } from '../agent/agent.ts'

export interface PhoneAccount {
  readonly username: string
  readonly password: string
  readonly domain: string
}

export class PhoneRegistration {
  readonly #agent: Agent
  readonly #account: PhoneAccount
  readonly #machine: Registration
  #timer: NodeJS.Timeout | undefined
  #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined

  constructor(agent: Agent, account: PhoneAccount) {
    const { username, password, domain } = account
    this.#agent = agent
    this.#account = account
    this.#machine = new Registration({
      registrar: `sip:${domain}`,
      aor: `sip:${username}@${domain}`,
      contact: formatUri(agent.contact),
      username,
      password,
      realm: domain,
      expiresSeconds: 300,
      hash: nodeHash,
      token: nodeToken,
      random: nodeRandom,
    })
  }

  /** @throws Error whose message says what the registrar answered. */
  register(): Promise<void> {
    return this.#until(() => this.#machine.start(this.#agent.now()))
  }

  /** Also when the registrar does not answer: then the binding runs out by itself. */
  unregister(): Promise<void> {
    if (this.#machine.state === 'idle') return Promise.resolve()
    return this.#until(() => this.#machine.stop(this.#agent.now()))
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #until(act: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      act()
      this.#drain()
    })
  }

  #drain(): void {
    for (let output = this.#machine.poll(); output !== undefined; output = this.#machine.poll()) {
      if (output.kind === 'send') this.#agent.send(output.request, this.#told)
      else if (output.kind === 'failed') this.#waiting?.reject(new Error(this.#complaint(output.status)))
      else this.#waiting?.resolve()
    }
    clearTimeout(this.#timer)
    const delay = this.#machine.nextWake - this.#agent.now()
    if (Number.isFinite(delay)) this.#timer = setTimeout(() => this.#tell(now => this.#machine.wake(now)), Math.max(1, delay)).unref()
  }

  readonly #told = {
    response: (response: Parameters<Registration['receive']>[1]): void => this.#tell(now => this.#machine.receive(now, response)),
    failed: (): void => this.#tell(now => this.#machine.failed(now)),
  }

  #tell(event: (now: number) => void): void {
    event(this.#agent.now())
    this.#drain()
  }

  #complaint(status: number | undefined): string {
    const { username, domain } = this.#account
    const who = `${username}@${domain}`
    if (status === undefined) return `the users' proxy does not answer ${username}'s REGISTER`
    if (status === 401 || status === 403) return `${who} may not register (${status}): the password in demo.json is not the one in force`
    return `${who} may not register: ${status} ${statusPhrase(status)}`
  }
}
