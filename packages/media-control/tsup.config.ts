/** How the published files are built: ES modules for the pure core and for the sockets, and their types. */
import { defineConfig, type Options } from 'tsup'

const config: Options = {
  entry: ['src/index.ts', 'src/udp.ts'],
  format: 'esm',
  target: 'node20',
  dts: { compilerOptions: { composite: false, incremental: false } },
  sourcemap: true,
}

export default defineConfig(config) as Options
