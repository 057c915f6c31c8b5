import preact from '@preact/preset-vite'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

/** Builds the student page and that of the helpdesk into `dist/page`. The content policy of the server allows files of its own only:
 *  nothing may be inlined, neither as a script nor as a `data:` asset. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/creation-motdepasse/',
  plugins: [preact({ devToolsEnabled: false }), compressed()],
  build: {
    outDir: join(import.meta.dirname, '../../dist/page'),
    emptyOutDir: true,
    rolldownOptions: {
      input: ['index.html', 'helpdesk.html'].map((page) => join(import.meta.dirname, page)),
    },
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ['es2022', 'safari16'],
  },
})

/** Beside each script and style its compressed forms, made once: the server hands out the smallest that a browser takes.
 *  Only what is the same for everybody is compressed; answers of the API never are (BREACH). */
function compressed(): Plugin {
  return {
    name: 'compressed',
    // As they were written: other plugins still touch them before.
    async writeBundle({ dir = '' }, bundle) {
      const files = Object.keys(bundle).filter((name) => /\.(js|css|svg)$/.test(name))
      for (const file of files) {
        const source = await readFile(join(dir, file))
        await writeFile(join(dir, `${file}.br`), brotliCompressSync(source))
        await writeFile(join(dir, `${file}.gz`), gzipSync(source, { level: 9 }))
      }
    },
  }
}
