/** `npm run bench -- NAME`: what is measured, by name; each prints one line of JSON last. */
const benches: Readonly<Record<string, () => Promise<unknown>>> = {
  feed: () => import('./feed.ts'),
  'main-job': () => import('./main-job.ts'),
  provision: () => import('./provision.ts'),
  ldap: () => import('./ldap.ts'),
  reconcile: () => import('./reconcile.ts'),
  change: () => import('./change.ts'),
  login: () => import('./login.ts'),
  pass: () => import('./pass.ts'),
  web: () => import('./web.ts'),
}

const [name = ''] = process.argv.slice(2).filter((word) => !word.startsWith('-'))
const bench = benches[name]
if (bench === undefined) {
  process.stderr.write(`npm run bench -- NAME, one of: ${Object.keys(benches).join(', ')}\n`)
  process.exitCode = 2
} else await bench()
