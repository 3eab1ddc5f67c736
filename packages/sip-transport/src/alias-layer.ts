/**
 * A transaction layer that offers its connections for requests the other way: `alias` in the Vias of what leaves by TCP and TLS. Who listens
 * there may use them; we listen on as well. RFC 5923 §8.1.
 */
import type { MessageEdit } from '@strowger/sip-parser'
import type { ClientTransaction, Hop, Millis, SendOptions, TransactionOptions } from '@strowger/sip-transaction'
import { TimedLayer } from './tap/timed-layer.ts'

export class AliasLayer extends TimedLayer {
  readonly #listensOn: (transport: Hop['transport']) => boolean

  /** `listensOn`: whether our sent-by can be reached by it; without, there is nothing to be an alias of. */
  constructor(options: TransactionOptions, clock: () => Millis, listensOn: (transport: Hop['transport']) => boolean) {
    super(options, clock)
    this.#listensOn = listensOn
  }

  override send(now: Millis, request: MessageEdit, hop: Hop, options: SendOptions = {}): ClientTransaction {
    return super.send(now, request, hop, this.#offered(hop, options))
  }

  override sendStateless(request: MessageEdit, hop: Hop, options: Omit<SendOptions, 'giveUpMs'> = {}): void {
    super.sendStateless(request, hop, this.#offered(hop, options))
  }

  #offered<T extends SendOptions>({ transport }: Hop, options: T): T {
    if ((transport !== 'TLS' && transport !== 'TCP') || !this.#listensOn(transport)) return options
    return { ...options, via: { params: new Map([...(options.via?.params ?? []), ['alias', '']]) } }
  }
}
