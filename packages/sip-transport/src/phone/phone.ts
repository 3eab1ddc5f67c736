/** A phone in a few lines: registers, calls and is called, over real sockets. RFC 3261 §8, §10, §13. */
import type { SipResponse } from '@strowger/sip-parser'
import type { StateBody } from '@strowger/sip-ua/events'
import { defined } from '../defined.ts'
import { SipEndpoint } from '../endpoint.ts'
import { parseListen } from '../listen-address.ts'
import type { OutgoingRequest } from '../requests.ts'
import type { CallOptions } from './call-options.ts'
import { OpenPhone } from './open-phone.ts'
import type { PhoneCall } from './phone-call.ts'
import type { PublishOptions, SubscribeOptions } from './phone-events.ts'
import type { PhoneOptions } from './phone-options.ts'
import type { PhonePublication } from './phone-publication.ts'
import type { GrantedRegistration, RegistrationNews } from './phone-registration.ts'
import type { PhoneSubscription } from './phone-subscription.ts'

/** Made by {@link openPhone}. */
export interface Phone extends AsyncDisposable {
  /** Where it listens, `udp:127.0.0.1:5060`, with the ports that were given. */
  readonly on: readonly string[]
  /** The same as URIs to call it by: `sip:alice@127.0.0.1:5060`. */
  readonly uris: readonly string[]
  /** Where others reach us: the Contact of our requests. */
  readonly contact: string
  /** Calls from others, as they come. When 100 wait here, more are answered 486. */
  readonly calls: AsyncIterable<PhoneCall>
  /** What becomes of our registration, from the first `register` on; the last 100 wait here. */
  readonly registration: AsyncIterable<RegistrationNews>
  /** Calls `to`, once it is known where that leads. @throws {TransportError} `no-target`; the reason of `signal` when that is aborted before. */
  call(to: string, options?: CallOptions): Promise<PhoneCall>
  /**
   * Resolves to what was granted, and keeps the binding alive. When it rejects, the phone tries again by itself, first after half a minute or
   * so, then less and less often, until {@link unregister}; {@link registration} tells how that goes.
   * @throws {TransportError} `not-registered`, with the `status` of the refusal, if there was one.
   */
  register(): Promise<GrantedRegistration>
  /** Removes the binding; also ends the tries of a registration that failed. */
  unregister(): Promise<void>
  /** Hears of the state of `target`: a state at once, and each newer one. @throws {TransportError} `no-target`. */
  subscribe(target: string, options: SubscribeOptions): Promise<PhoneSubscription>
  /**
   * Publishes a state of our own; resolves when the server has it, and keeps it published.
   * @throws {TransportError} `no-target`, `not-published`.
   */
  publish(body: StateBody, options: PublishOptions): Promise<PhonePublication>
  /**
   * A request outside of calls, MESSAGE or OPTIONS: one final response. It goes by the proxy, comes from us, and answers challenges.
   * @throws {TransportError} `no-target`, `timeout`, `unreachable`, `closed`; the reason of `signal` when that is aborted.
   */
  request(request: OutgoingRequest, options?: { readonly signal?: AbortSignal | undefined }): Promise<SipResponse>
  /** Hangs up what is up, and waits for the far ends to say that they heard, two seconds at most. */
  close(): Promise<void>
}

/**
 * Opens the sockets.
 * @throws {TransportError} with the errno name as `code`, `EADDRINUSE`; `bad-listen`, `bad-certificate`, `no-target` for options that cannot be
 * read.
 */
export async function openPhone(options: PhoneOptions): Promise<Phone> {
  const { on, timers, tap, tls, webSocket } = options
  const [first, ...more] = on
  let phone: OpenPhone | undefined
  const endpoint = await SipEndpoint.open({
    listen: [parseListen(first), ...more.map(parseListen)],
    layer: { findMerged: true },
    core: { onOutput: (output, now) => phone?.take(output, now), onFlowClosed: flow => phone?.flowClosed(flow) },
    ...defined({ timers, tap, tls, webSocket }),
  })
  try {
    phone = new OpenPhone(endpoint, options)
  } catch (error) {
    await endpoint.close()
    throw error
  }
  options.signal?.addEventListener('abort', () => void phone?.close(), { once: true })
  return phone
}
