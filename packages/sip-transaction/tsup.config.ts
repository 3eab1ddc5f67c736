import { defineConfig } from 'tsup'

/** The npm build: ES modules with declarations and source maps. */
export default defineConfig({
  entry: ['src/index.ts', 'src/node.ts', 'src/diagram.ts'],
  format: 'esm',
  target: 'es2023',
  dts: true,
  sourcemap: true,
  clean: false,
})
