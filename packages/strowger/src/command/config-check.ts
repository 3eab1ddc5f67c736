/** `strowger config check FILE`: every problem at once, exit 1 when there is one. */
import { ConfigError, loadConfig, problemText } from '@strowger/runtime'

export function configCheck(file: string): void {
  try {
    loadConfig(file)
    console.log(`${file}: no problem`)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const problem of error.problems) console.log(problemText(problem))
    process.exitCode = 1
  }
}
