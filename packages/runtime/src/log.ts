/** JSON lines on standard output: `{ level, time, role, msg, call? }`. Put the call's id into `call`. */
import { type Logger, pino } from 'pino'
import { LogSink } from './log-sink.ts'

export type { Logger } from 'pino'

export interface LogOptions {
  readonly level?: 'debug' | 'info' | 'warn' | 'error'
  /** `12:00:00.000 users-proxy info registered {…}` for a person's terminal. */
  readonly pretty?: boolean
  /** Where lines go; standard output when not given. */
  readonly write?: (line: string) => void
}

export function log(role: string, options: LogOptions = {}): Logger {
  const write = options.write ?? new LogSink().write
  const destination = { write: options.pretty ? (line: string) => write(prettyLine(line)) : write }
  return pino(
    {
      level: options.level ?? 'info',
      base: { role },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label }) },
    },
    destination,
  )
}

/** What a person reads of a JSON line. */
export function prettyLine(line: string): string {
  const { level, time, role, msg, ...more } = JSON.parse(line) as Record<string, unknown>
  const rest = Object.keys(more).length > 0 ? ` ${JSON.stringify(more)}` : ''
  return `${String(time).slice(11, 23)} ${role} ${level} ${msg ?? ''}${rest}\n`
}
