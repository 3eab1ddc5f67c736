/** `strowger demo [--json]`: exit 0 only if every ear heard what it should. */
import { type Config, loadConfig } from '@strowger/runtime'

type RunDemo = (config: Config, options: { readonly json: boolean }) => Promise<boolean>

export async function demo(options: { config?: string; json?: boolean }): Promise<void> {
  const config = loadConfig(options.config)
  const module = '../demo/run-demo.js'
  const { runDemo } = (await import(module)) as { runDemo: RunDemo }
  process.exitCode = (await runDemo(config, { json: options.json ?? false })) ? 0 : 1
}
