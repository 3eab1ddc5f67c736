/** Reads the fields of an NG command: names with spaces or hyphens, lists that are single words, numbers that are digits. */
import type { BDict } from '@strowger/media-control'

export function fieldOf(command: BDict, name: string): unknown {
  return command[name] ?? (name.includes('-') ? command[spaced(name)] : undefined)
}

export function textOf(command: BDict, name: string): string | undefined {
  const value = fieldOf(command, name)
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
}

export function numberOf(command: BDict, name: string): number | undefined {
  const text = textOf(command, name)
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

/** As it was written. */
export function listOf(command: BDict, name: string): string[] {
  const value = fieldOf(command, name)
  if (value === undefined) return []
  const list = Array.isArray(value) ? value : [value]
  return list.filter(item => typeof item === 'string')
}

/** Of words of the protocol, in lower case and with hyphens. */
export function wordsOf(command: BDict, name: string): string[] {
  return listOf(command, name).map(wordOf)
}

export function wordOf(text: string): string {
  const lower = text.toLowerCase()
  return lower.includes(' ') ? lower.replaceAll(' ', '-') : lower
}

/** The few names that are asked for, written with spaces. */
function spaced(name: string): string {
  const known = SPACED.get(name)
  if (known !== undefined) return known
  const made = name.replaceAll('-', ' ')
  SPACED.set(name, made)
  return made
}

const SPACED: Map<string, string> = new Map()
