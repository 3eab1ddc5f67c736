/** Programs under test: started on one core in one network, with the CPU they have used. Linux only. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'

const isRoot = process.getuid?.() === 0

/** Where the traffic flows: a network namespace of its own when we may make one, else the machine's loopback. */
export class Network {
  readonly own: boolean
  readonly name: string

  /** `part` tells several of one process apart. */
  constructor(part = 'loopback') {
    this.name = `strowger-bench-${process.pid}-${part}`
    this.own = isRoot && succeeds('ip', ['netns', 'add', this.name]) && succeeds('ip', ['-n', this.name, 'link', 'set', 'lo', 'up'])
    process.once('exit', this.#remove)
  }

  close(): void {
    process.off('exit', this.#remove)
    this.#remove()
  }

  readonly #remove = (): void => {
    if (this.own) succeeds('ip', ['netns', 'del', this.name])
  }

  /** The command line that runs `program` here, on `core`, before ordinary programs where we may. */
  commandOn(core: number, program: readonly string[]): readonly [string, ...string[]] {
    const priority = isRoot ? ['nice', '-n', '-10'] : []
    const inside = this.own ? ['ip', 'netns', 'exec', this.name] : []
    return ['taskset', '-c', String(core), ...priority, ...inside, ...program]
  }
}

export class Program {
  readonly #child: ChildProcess
  readonly #errors: string[] = []

  constructor([program, ...args]: readonly [string, ...string[]]) {
    this.#child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    const end = (): void => void this.#child.kill('SIGKILL')
    process.once('exit', end)
    this.#child.once('exit', () => process.off('exit', end))
    this.#child.stderr?.on('data', chunk => {
      this.#errors.push(String(chunk))
      if (this.#errors.length > 20) this.#errors.shift()
    })
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** The end of what it wrote to stderr. */
  get lastWords(): string {
    return this.#errors.join('').trim()
  }

  /** Ids of all that are alive. */
  get processes(): readonly number[] {
    return processTree(this.#child.pid!)
  }

  /** Of all its processes and threads that are alive, from the scheduler: user, system and the soft interrupts inside, seconds. */
  cpuSeconds(): number {
    return this.processes.reduce((sum, pid) => sum + runTimeOf(pid), 0) / 1e9
  }

  /** Of all its processes, what they share counted once (proportional set size), MB. */
  memoryMb(): number {
    return (
      this.processes.reduce((sum, pid) => sum + Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))![1]), 0) /
      1024
    )
  }

  /** How often one of its threads went to sleep. */
  sleeps(): number {
    return this.processes.reduce((sum, pid) => sum + sleepsOf(pid), 0)
  }

  /** Of all its processes: what is in memory and not shared twice. */
  residentBytes(): number {
    const kilobytes = (pid: number): number => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
    return processTree(this.#child.pid!).reduce((sum, pid) => sum + kilobytes(pid) * 1024, 0)
  }

  /** Until `resume`; its sockets go on filling. */
  pause(): void {
    this.#child.kill('SIGSTOP')
  }

  resume(): void {
    this.#child.kill('SIGCONT')
  }

  /** As a crash would. */
  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }

  async stop(): Promise<void> {
    if (!this.running) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    this.resume()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000)
    await gone
    clearTimeout(timer)
  }
}

/** CPU time of the whole machine that was not idle, seconds. */
export function machineBusySeconds(): number {
  const [user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.trim().split(/\s+/).slice(1).map(Number)
  return (user! + nice! + system! + irq! + softirq!) / 100
}

function processTree(root: number): number[] {
  const children = readFileSync(`/proc/${root}/task/${root}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  return [root, ...children.flatMap(processTree)]
}

/** Nanoseconds of all threads. */
export function runTimeOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    return sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
  }, 0)
}

/** Of all threads. */
function sleepsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    return sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8'))![1])
  }, 0)
}

function succeeds(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
