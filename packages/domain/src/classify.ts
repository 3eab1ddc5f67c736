/** What a user's dialled text is: service code, extension, external number, or nothing; always decided in this order. */
import { type NumberingPlan, normalizeE164 } from './e164.ts'

/** What classification asks of a client's directory. Rows of the store fit; they come back in the answer. */
export interface DialView<S extends ServiceCode = ServiceCode, E = unknown> {
  readonly services: Iterable<S>
  extension(number: string): E | undefined
  readonly plan?: NumberingPlan
}

export interface ServiceCode {
  /** Without the star: `43`. */
  readonly code: string
  /** The code is a prefix; what follows it is the argument (`*94102`). */
  readonly takesArgument: boolean
}

export type Dialled<S, E> =
  | { readonly kind: 'service'; readonly service: S; readonly argument: string }
  | { readonly kind: 'extension'; readonly extension: E; readonly number: string }
  | { readonly kind: 'external'; readonly e164: string }
  | { readonly kind: 'unknown'; readonly what: 'service' | 'number' }

/**
 * `dialled`: the decoded user part of the Request-URI. An extension masks an equal external number.
 * `unknown` is answered with 404.
 */
export function classify<S extends ServiceCode, E>(dialled: string, view: DialView<S, E>): Dialled<S, E> {
  if (dialled.startsWith('*')) return classifyService(dialled.slice(1), view.services)
  const extension = view.extension(dialled)
  if (extension !== undefined) return { kind: 'extension', extension, number: dialled }
  const number = normalizeE164(dialled, view.plan)
  return number === undefined ? { kind: 'unknown', what: 'number' } : { kind: 'external', e164: number }
}

/** A whole code wins over one that takes an argument; of those the longest. */
function classifyService<S extends ServiceCode, E>(digits: string, services: Iterable<S>): Dialled<S, E> {
  let best: S | undefined
  for (const service of services) {
    if (!service.takesArgument && service.code === digits) return { kind: 'service', service, argument: '' }
    if (!service.takesArgument || !digits.startsWith(service.code) || digits.length === service.code.length) continue
    if (best === undefined || service.code.length > best.code.length) best = service
  }
  if (best === undefined) return { kind: 'unknown', what: 'service' }
  return { kind: 'service', service: best, argument: digits.slice(best.code.length) }
}
