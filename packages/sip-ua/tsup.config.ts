import { defineConfig } from 'tsup'

/** The published files; inside the workspace `tsc -b` builds. */
export default defineConfig({
  entry: ['src/index.ts', 'src/node.ts', 'src/{digest,call,events,registrar,rules}/index.ts'],
  format: ['esm'],
  target: 'es2023',
  dts: { compilerOptions: { composite: false, incremental: false, types: ['node'] } },
  sourcemap: true,
  clean: false,
})
