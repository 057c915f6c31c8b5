import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { packageRoot } from '../platform/root.ts'

/** `npm run dev`: the demonstration, started again whenever a source file changes, with the page built anew beside it. */
const children = [
  ['--watch', '--watch-preserve-output', join(packageRoot, 'bin', 'main.ts'), 'up'],
  [
    join(packageRoot, 'node_modules', 'vite', 'bin', 'vite.js'),
    'build',
    '--watch',
    '-c',
    'web/page/vite.config.ts',
  ],
].map((args) => spawn(process.execPath, args, { cwd: packageRoot, stdio: 'inherit' }))

const stop = () => children.forEach((child) => child.kill('SIGTERM'))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
for (const child of children) child.on('exit', stop)
