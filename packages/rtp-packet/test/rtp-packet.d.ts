/** What the tests and benchmarks use of npm's rtp-packet, which has no types of its own. */
declare module 'rtp-packet' {
  export interface Parsed {
    readonly marker: boolean
    readonly payloadType: number
    readonly sequenceNumber: number
    readonly timestamp: number
    readonly ssrc: number
    readonly csrc: readonly number[]
    readonly payload: Buffer
    readonly headerLength: number
    readonly extensions: Readonly<Record<string, Buffer>> | null
  }
  export function parse(bytes: Buffer): Parsed | null
  export function serialize(fields: {
    readonly payloadType: number
    readonly sequenceNumber: number
    readonly timestamp: number
    readonly ssrc: number
    readonly marker?: boolean
    readonly csrc?: readonly number[]
    readonly extensions?: Readonly<Record<string, Buffer>>
    readonly payload?: Uint8Array
  }): Buffer
  export function parseRTCPCompound(bytes: Buffer): readonly Readonly<Record<string, unknown>>[]
  export function buildSR(fields: Readonly<Record<string, unknown>>): Buffer
  export function buildRR(fields: Readonly<Record<string, number>>): Buffer
  export function buildSDES(ssrc: number, cname: string): Buffer
  export function buildBYE(ssrcs: readonly number[], reason?: string): Buffer
  export function buildPLI(ssrc: number, mediaSsrc: number): Buffer
  export function buildNACK(ssrc: number, mediaSsrc: number, lost: readonly number[]): Buffer
  export function buildFIR(ssrc: number, mediaSsrc: number, sequence: number): Buffer
  export function buildREMB(ssrc: number, ssrcs: readonly number[], bitrate: number): Buffer
  export function buildCompound(packets: readonly Uint8Array[]): Buffer
}
