/** `strowger cdr [--json] [--limit N]`: finished calls, the latest first. */
import type { Cdr, CdrLeg } from '@strowger/domain'
import { withStore } from './with-store.ts'

export async function cdr(options: { config?: string; json?: boolean; limit: number }): Promise<void> {
  if (!Number.isSafeInteger(options.limit) || options.limit < 1) throw new Error('--limit must be a whole number above 0')
  const cdrs = await withStore(options, store => store.cdrs.list({ limit: options.limit }))
  process.stdout.write(options.json ? `${JSON.stringify(cdrs.map(cdrJson), undefined, 2)}\n` : cdrTable(cdrs))
}

/** Times in UTC with milliseconds (ISO 8601); `answer` is null when nobody answered; `durationMs` is the answered part. */
export function cdrJson(cdr: Cdr): object {
  const { brandId, clientId, userId, startMs, answerMs, endMs, call, ...rest } = cdr
  const tenant = { brand: brandId, client: clientId, ...(userId === undefined ? {} : { user: userId }) }
  return { call, tenant, start: iso(startMs), answer: answerMs === null ? null : iso(answerMs), end: iso(endMs), ...rest }
}

export function cdrTable(cdrs: readonly Cdr[]): string {
  const rows = cdrs.map(cdr => [
    iso(cdr.startMs),
    cdr.direction,
    cdr.caller,
    cdr.callee,
    `${(cdr.durationMs / 1000).toFixed(1)} s`,
    String(cdr.status),
    cdr.hungUpBy,
    cdr.legs.map(legText).join('; '),
    cdr.call,
  ])
  const table = [['start (UTC)', 'direction', 'caller', 'callee', 'duration', 'status', 'ended by', 'media', 'call'], ...rows]
  const widths = table[0]!.map((_, column) => Math.max(...table.map(row => row[column]!.length)))
  return table
    .map(
      row =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

function legText({ leg, packets, lost, jitterMs, roundTripMs, mos }: CdrLeg): string {
  const heard = [
    ...(jitterMs === null ? [] : [`jitter ${jitterMs} ms`]),
    ...(roundTripMs === null ? [] : [`round trip ${Math.round(roundTripMs * 10) / 10} ms`]),
    ...(mos === null ? [] : [`MOS ${mos.toFixed(1)}`]),
  ]
  return [`${leg}: ${packets} packets`, `${lost ?? '?'} lost`, ...heard].join(', ')
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
