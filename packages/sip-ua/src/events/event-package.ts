/** What an event package lays down, as data: name, lifetimes, bodies, forking. RFC 6665 §5.4. */
import type { Event, MediaType } from '@strowger/sip-parser'

/** One row per package; nothing else in this folder knows a package by name. */
export interface EventPackage {
  /** `dialog`, `message-summary`; case counts. RFC 6665 §8.2.1. */
  readonly name: string
  /** Media types of its bodies, lower-cased, the default first. RFC 6665 §5.4.5. */
  readonly accepts: readonly string[]
  /** When SUBSCRIBE has no Expires. RFC 6665 §5.4.4. */
  readonly defaultSeconds: number
  /** Below this and below one hour: 423. Default 0. RFC 6665 §4.2.1.1. */
  readonly minSeconds?: number
  /** Granted at most. Default: whatever was asked. RFC 6665 §4.2.1.1. */
  readonly maxSeconds?: number
  /** Least time between two NOTIFYs of one subscription that only carry newer state. Default 0. RFC 6665 §5.4.10. */
  readonly throttleMs?: number
  /** Whether one SUBSCRIBE may make several subscriptions. Default false. RFC 6665 §5.4.9. */
  readonly forks?: boolean
}

/** Who a subscription is about, as JSON: package name and `id`. RFC 6665 §8.2.1. */
export interface EventName {
  /** Package and templates; case counts. */
  readonly type: string
  /** Tells subscriptions to one package in one dialog apart. */
  readonly id?: string
}

/** Other parameters say nothing about which subscription is meant. RFC 6665 §8.2.1. */
export function eventName({ type, params }: Event): EventName {
  const id = params.get('id')
  return id === undefined ? { type } : { type, id }
}

/** Byte by byte; an `id` on one side only never matches. RFC 6665 §8.2.1. */
export function sameEvent(a: EventName, b: EventName): boolean {
  return a.type === b.type && a.id === b.id
}

export function eventValue({ type, id }: EventName): Event {
  return { type, params: id === undefined ? NO_PARAMS : new Map([['id', id]]) }
}

/** Whether an Accept list takes `type`: itself, `application/*` or `*` + `/*`. An empty list takes the default of the package. RFC 3261 §20.1. */
export function accepted(list: readonly MediaType[], type: string): boolean {
  const group = `${type.split('/')[0]}/*`
  return list.some(each => each.params.get('q') !== '0' && (each.type === type || each.type === group || each.type === '*/*'))
}

const NO_PARAMS: ReadonlyMap<string, string> = new Map()
