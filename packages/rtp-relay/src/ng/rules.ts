/** Reads what an NG command wants done to an SDP. Names are written with spaces or hyphens by different senders; both are taken. */
import { isIP } from 'node:net'
import type { BDict } from '@strowger/media-control'
import { refuse } from './refusal.ts'

export interface Rules {
  readonly replaceOrigin: boolean
  readonly replaceSessionConnection: boolean
  /** Where the sender of the SDP is, in place of what its c= lines say. */
  readonly remoteAddress: string | undefined
  /** Where the SIP message came from. */
  readonly signalling: string | undefined
  /** Media may come from a host that neither the SDP nor the signalling names. */
  readonly asymmetric: boolean
  /** Names of interfaces: towards the sender, towards the receiver. */
  readonly interfaces: readonly [string | undefined, string | undefined]
  /** Of the receiver, where it is to differ. */
  readonly family: 4 | 6 | undefined
  readonly mux: ReadonlySet<string>
}

export function readRules(command: BDict): Rules {
  if (/^force/.test(textOf(command, 'ICE') ?? '')) throw refuse('ICE is not there yet: send ICE=remove')
  const flags = new Set(listOf(command, 'flags'))
  const replace = new Set(listOf(command, 'replace'))
  const [, receivedFrom] = listOf(command, 'received-from')
  const [towardsSender, towardsReceiver] = listOf(command, 'direction')
  const signalling = receivedFrom !== undefined && isIP(receivedFrom) > 0 ? receivedFrom : undefined
  return {
    replaceOrigin: replace.has('origin') || flags.has('replace-origin'),
    replaceSessionConnection: replace.has('session-connection') || flags.has('replace-session-connection'),
    remoteAddress: textOf(command, 'media-address') ?? (sourceCounts(flags) ? signalling : undefined),
    signalling,
    asymmetric: flags.has('asymmetric'),
    interfaces: [towardsSender, towardsReceiver],
    family: familyOf(textOf(command, 'address-family')),
    mux: new Set(listOf(command, 'rtcp-mux')),
  }
}

function sourceCounts(flags: ReadonlySet<string>): boolean {
  return flags.has('sip-source-address') && !flags.has('trust-address')
}

function familyOf(text: string | undefined): 4 | 6 | undefined {
  return text === undefined ? undefined : text.toUpperCase() === 'IP6' ? 6 : 4
}

function fieldOf(command: BDict, name: string): unknown {
  return command[name] ?? command[name.replaceAll('-', ' ')]
}

function textOf(command: BDict, name: string): string | undefined {
  const value = fieldOf(command, name)
  return typeof value === 'string' ? value : undefined
}

function listOf(command: BDict, name: string): string[] {
  const value = fieldOf(command, name)
  const list = Array.isArray(value) ? value : typeof value === 'string' ? [value] : []
  const texts = list.filter(item => typeof item === 'string')
  return NAMES.has(name) ? texts.map(text => text.toLowerCase().replaceAll(' ', '-')) : texts
}

/** Lists of words of the protocol; the others hold addresses and names of ours. */
const NAMES: ReadonlySet<string> = new Set(['flags', 'replace', 'rtcp-mux'])
