/** What the demo shows: lines for a person as it happens, or one JSON document for a program. */
import type { Cdr } from '@strowger/domain'
import { earLine } from './ear-report.ts'
import type { Rung } from './ladder.ts'
import { ladderHead, ladderLine } from './ladder-view.ts'
import type { StepReport } from './run-demo.ts'

export interface View {
  begin(name: string): void
  rung(rung: Rung, sinceMs: number): void
  report(report: StepReport, cdr: Cdr | undefined): void
  end(ok: boolean, reports: readonly StepReport[]): void
}

export function viewFor({ json, write }: { readonly json: boolean; readonly write: (text: string) => void }): View {
  return json ? jsonView(write) : linesView(write)
}

function jsonView(write: (text: string) => void): View {
  const nothing = (): void => {}
  return {
    begin: nothing,
    rung: nothing,
    report: nothing,
    end: (ok, steps) => write(`${JSON.stringify({ ok, steps }, undefined, 2)}\n`),
  }
}

function linesView(write: (text: string) => void): View {
  let count = 0
  return {
    begin: name => write(`\n${++count}. ${name}\n\n${ladderHead()}`),
    rung: (rung, sinceMs) => write(ladderLine(rung, sinceMs)),
    report(report, cdr) {
      const lines = [
        ...report.ears.map(earLine),
        ...(cdr ? [recordLine(cdr)] : []),
        ...report.problems.map(problem => `FAILED: ${problem}`),
      ]
      if (lines.length > 0) write(`\n${lines.map(line => `  ${line}\n`).join('')}`)
    },
    end(ok, reports) {
      const failed = reports.filter(report => !report.ok).map(report => report.name)
      write(ok ? '\nOK: every call was set up, heard and recorded.\n' : `\nFAILED: ${failed.join('; ')}.\n`)
    },
  }
}

function recordLine({ call, direction, caller, callee, durationMs, status, hungUpBy, legs }: Cdr): string {
  const media = legs.map(({ leg, packets, lost }) => `leg ${leg} ${packets} packets, ${lost ?? '?'} lost`).join('; ')
  const duration = `${(durationMs / 1000).toFixed(1)} s`
  return `record ${call}: ${direction}, ${caller} to ${callee}, ${duration}, status ${status}, ended by the ${hungUpBy}; ${media}`
}
