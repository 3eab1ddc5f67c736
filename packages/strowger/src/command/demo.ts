/** `strowger demo [--json]`: exit 0 only if every ear heard what it should. */
import { loadConfig } from '@strowger/runtime'
import { runDemo } from '../demo/run-demo.ts'

export async function demo(options: { config?: string; json?: boolean; seconds?: number }): Promise<void> {
  const { json = false, seconds = 2 } = options
  if (!(seconds >= 1 && seconds <= 3600)) throw new Error('--seconds must be a number from 1 to 3600')
  const write = (text: string): void => void process.stdout.write(text)
  const ok = await runDemo(loadConfig(options.config), { json, seconds, write })
  process.exitCode = ok ? 0 : 1
}
