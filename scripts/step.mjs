/** One line per step with its seconds, and child processes that a Ctrl-C ends: what the scripts share. Plain Node, no dependency. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** A sentence for the person at the terminal; no stack. */
export class Problem extends Error {}

/** Runs `work` and prints `name … 1.2 s`. The result of `work`, when it is text, is added to the line. */
export async function step(name, work) {
  const since = performance.now()
  if (process.stdout.isTTY) process.stdout.write(`${name} …`)
  try {
    const note = await work()
    const seconds = ((performance.now() - since) / 1000).toFixed(1)
    process.stdout.write(`${process.stdout.isTTY ? '\r' : ''}${name} … ${seconds} s${typeof note === 'string' ? ` (${note})` : ''}\n`)
    return note
  } catch (error) {
    process.stdout.write(`${process.stdout.isTTY ? '\r' : ''}${name} … failed\n`)
    throw error
  }
}

/** Prints what went wrong and leaves. */
export function fail(error) {
  process.stderr.write(`\n${error instanceof Problem ? error.message : (error?.stack ?? error)}\n`)
  process.exit(1)
}

const running = new Set()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => leave(signal))

/** While set, signals are somebody else's: the supervisor takes them. */
let handsOff = false
export function handOverSignals() {
  handsOff = true
}

function leave(signal) {
  if (handsOff) return
  for (const child of running) child.kill(signal)
  process.exit(signal === 'SIGINT' ? 130 : 143)
}

/**
 * Runs a program to its end.
 * @param {{ cwd?: string, env?: object, quiet?: boolean, file?: number }} [options] `quiet` keeps its output and shows it only when it fails
 * @returns {Promise<{ code: number, output: string }>} `code` is 128 and more after a signal
 */
export function execute(program, args, options = {}) {
  const stdio = options.quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit']
  const child = spawn(program, args, { cwd: options.cwd ?? root, env: { ...process.env, ...options.env }, stdio })
  running.add(child)
  const chunks = []
  child.stdout?.on('data', chunk => chunks.push(chunk))
  child.stderr?.on('data', chunk => chunks.push(chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve({ code: signal === null ? code : 128, output: Buffer.concat(chunks).toString() })
    })
  })
}

/** Runs a program quietly; its output is the problem's text when it fails. @returns its output */
export async function must(program, args, options = {}) {
  const { code, output } = await execute(program, args, { quiet: true, ...options })
  if (code !== 0) throw new Problem(`${[program, ...args].join(' ')} ended with ${code}\n${output}`)
  return output
}
