/** The map of the house: which room may import which (docs/architecture.md). */
const map = {
  domain: [],
  platform: [],
  registry: ['domain', 'platform'],
  'ldap-protocol': [],
  'ldap-server': ['ldap-protocol'],
  daemon: ['domain', 'registry', 'platform', 'ldap-protocol'],
  web: ['domain', 'registry', 'platform'],
  demo: ['domain', 'platform', 'registry', 'ldap-protocol', 'ldap-server', 'daemon', 'web', 'bin'],
  bin: ['domain', 'platform', 'registry', 'ldap-protocol', 'ldap-server', 'daemon', 'web', 'demo'],
}
const rooms = [...Object.keys(map), 'test', 'bench']

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'declared-only',
      comment: 'Every import is a declared dependency or a file of the house.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    {
      name: 'no-dev-dependency-in-the-product',
      severity: 'error',
      from: { path: `^(${Object.keys(map).join('|')})/`, pathNot: '^(web/page/|bin/dev\\.ts)' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'domain-is-pure',
      comment: 'No clock, no I/O: the domain uses no part of Node.',
      severity: 'error',
      from: { path: '^domain/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'only-the-registry-speaks-sql',
      comment: 'But for what reads Apogée in its own database (docs/decisions/015).',
      severity: 'error',
      from: { pathNot: '^(registry|test|bench|daemon/source/database)/' },
      to: { path: 'node_modules/(kysely|pg|oracledb|@electric-sql)/' },
    },
    {
      name: 'a-source-database-is-only-read',
      comment:
        'One file for each make of database has the driver, and it does not know the registry (docs/decisions/015).',
      severity: 'error',
      from: { path: '^daemon/source/database/', pathNot: '^daemon/source/database/(postgres|oracle)\\.ts$' },
      to: { path: '(node_modules/(kysely|pg|oracledb|@electric-sql)/|^registry/)' },
    },
    ...Object.entries(map).map(([room, allowed]) => ({
      name: `${room}-imports-its-neighbours-only`,
      severity: 'error',
      from: { path: `^${room}/` },
      to: { path: `^(${rooms.filter((other) => other !== room && !allowed.includes(other)).join('|')})/` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
