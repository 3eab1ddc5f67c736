/** How the published files are built: one ES module and its types. */
import { defineConfig, type Options } from 'tsup'

const config: Options = {
  entry: ['src/index.ts'],
  format: 'esm',
  target: 'es2023',
  dts: { compilerOptions: { composite: false, incremental: false } },
  sourcemap: true,
}

export default defineConfig(config) as Options
