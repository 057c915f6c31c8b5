import preact from '@preact/preset-vite'
import { join } from 'node:path'
import { defineConfig } from 'vite'

/** Builds the student page and that of the helpdesk into `dist/page`. The content policy of the server allows files of its own only:
 *  nothing may be inlined, neither as a script nor as a `data:` asset. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/creation-motdepasse/',
  plugins: [preact({ devToolsEnabled: false })],
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
