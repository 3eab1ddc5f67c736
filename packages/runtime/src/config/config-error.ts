/** Every problem of a configuration at once, each with its place, its value and what is allowed. */
export interface ConfigProblem {
  /** The YAML file, or `environment`. */
  readonly file: string
  /** Counted from 1; 0 where there is no line (environment). */
  readonly line: number
  /** `usersProxy.udp`, or the name of the variable. */
  readonly key: string
  readonly value: unknown
  /** A phrase that goes on after "allowed:". */
  readonly allowed: string
}

export class ConfigError extends Error {
  readonly code: 'bad-config' = 'bad-config'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(problemText).join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** One line for a person: `strowger.yaml:3: usersProxy.udp is "x"; allowed: a whole number from 0 to 65535`. */
export function problemText(problem: ConfigProblem): string {
  const place = problem.line > 0 ? `${problem.file}:${problem.line}` : problem.file
  const value = problem.value === undefined ? '' : ` is ${JSON.stringify(problem.value)}`
  return `${place}: ${problem.key || 'the file'}${value}; allowed: ${problem.allowed}`
}
