/**
 * The rows of the configuration: what an installation is told, as opposed to what happens in it. Every change of these tables is
 * written to `change` and reaches the `Configuration` of every process. Tables are named in the singular; a column `clientId` here
 * is `client_id` in SQL.
 */
import type { NumberingPlan } from '@strowger/domain'

/** An operator: carriers, numbers and clients of its own. */
export interface Brand {
  readonly id: number
  readonly name: string
  /** Shared by its residential devices and retail accounts. */
  readonly domain: string | null
}

/** How numbers are dialled. Numbers are E.164 with `+` everywhere inside. */
export interface TransformationRuleSet extends NumberingPlan {
  readonly id: number
  readonly brandId: number
  readonly name: string
}

export interface Client {
  readonly id: number
  readonly brandId: number
  readonly type: 'vpbx' | 'residential' | 'retail' | 'wholesale'
  readonly name: string
  /** SIP domain and digest realm, lower case; null where the brand's is used. */
  readonly domain: string | null
  readonly transformationRuleSetId: number | null
  /** Presented by users that have no number of their own. */
  readonly outgoingDdiId: number | null
  readonly timeZone: string
}

/** What registers: a SIP user name and the digest hashes of its password, never the password. RFC 7616 §3.4.2, RFC 8760 §2.5 */
export interface Terminal {
  readonly id: number
  readonly clientId: number
  /** The SIP user name. */
  readonly name: string
  /** Lower case. Together with the name this is the address of record, and it is the realm of both hashes. */
  readonly domain: string
  readonly ha1Md5: string
  readonly ha1Sha256: string
}

export interface User {
  readonly id: number
  readonly clientId: number
  readonly name: string
  readonly terminalId: number | null
  /** The extension shown when this user calls. */
  readonly extensionId: number | null
  readonly outgoingDdiId: number | null
}

export interface Extension {
  readonly id: number
  readonly clientId: number
  readonly number: string
  /** Later: ivr, huntGroup, queue, conference, friend, voicemail … */
  readonly routeType: 'user' | 'number' | 'none'
  readonly userId: number | null
  /** E.164, of the route type `number`. */
  readonly numberValue: string | null
}

export interface Ddi {
  readonly id: number
  readonly brandId: number
  /** Null: assigned to nobody. */
  readonly clientId: number | null
  /** With `+`; unique. */
  readonly e164: string
  /** `out` refuses calls from outside. */
  readonly type: 'inout' | 'out'
  readonly routeType: 'user' | 'none'
  readonly userId: number | null
  readonly ddiProviderId: number | null
  /** Caller name shown to the callee. */
  readonly displayName: string | null
}

/** Takes calls out. */
export interface Carrier {
  readonly id: number
  readonly brandId: number
  readonly name: string
  readonly transformationRuleSetId: number | null
}

export interface CarrierServer {
  readonly id: number
  readonly carrierId: number
  readonly address: string
  readonly port: number
  readonly transport: 'udp' | 'tcp' | 'tls'
}

/** Brings calls in. */
export interface DdiProvider {
  readonly id: number
  readonly brandId: number
  readonly name: string
  readonly transformationRuleSetId: number | null
}

export interface DdiProviderAddress {
  readonly id: number
  readonly ddiProviderId: number
  readonly ip: string
  /** Null: any. */
  readonly port: number | null
}

export interface RoutingPattern {
  readonly id: number
  readonly brandId: number
  readonly name: string
  /** Of the E.164 number, with `+`; empty fits every number. */
  readonly prefix: string
}

export interface OutgoingRouting {
  readonly id: number
  readonly brandId: number
  /** Null: all clients of the brand. */
  readonly clientId: number | null
  /** Null: every number. */
  readonly routingPatternId: number | null
  readonly mode: 'static' | 'block'
  readonly carrierId: number | null
  /** Lower is tried first. */
  readonly priority: number
  readonly weight: number
  readonly stopper: boolean
}

/** A code to dial after a star. */
export interface Service {
  readonly id: number
  readonly clientId: number
  readonly name: 'echo' | (string & {})
  /** Without the star. */
  readonly code: string
  readonly takesArgument: boolean
}

/** The tables of the configuration. */
export interface Tables {
  readonly brand: Brand
  readonly transformationRuleSet: TransformationRuleSet
  readonly client: Client
  readonly terminal: Terminal
  readonly user: User
  readonly extension: Extension
  readonly ddi: Ddi
  readonly carrier: Carrier
  readonly carrierServer: CarrierServer
  readonly ddiProvider: DdiProvider
  readonly ddiProviderAddress: DdiProviderAddress
  readonly routingPattern: RoutingPattern
  readonly outgoingRouting: OutgoingRouting
  readonly service: Service
}

export type TableName = keyof Tables
export type NewRow<T extends TableName> = Omit<Tables[T], 'id'>
export type Patch<T extends TableName> = Partial<NewRow<T>>

/** In an order in which rows may be inserted. */
export const TABLE_NAMES: readonly TableName[] = [
  'brand',
  'transformationRuleSet',
  'client',
  'terminal',
  'user',
  'extension',
  'ddiProvider',
  'ddi',
  'carrier',
  'carrierServer',
  'ddiProviderAddress',
  'routingPattern',
  'outgoingRouting',
  'service',
]

/** Columns that a database without booleans keeps as 0 and 1. */
export const BOOLEANS: { readonly [T in TableName]?: readonly (keyof Tables[T] & string)[] } = {
  outgoingRouting: ['stopper'],
  service: ['takesArgument'],
}
