import tseslint from 'typescript-eslint'

/** Time, randomness and identifiers come from platform/ alone, so that a whole university
 *  can be simulated from one seed (docs/decisions/002). */
const clockAndChance = {
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: 'Time comes from platform/clock.ts.' },
    { object: 'Temporal', property: 'Now', message: 'Time comes from platform/clock.ts.' },
    { object: 'performance', property: 'now', message: 'Time comes from platform/clock.ts.' },
    { object: 'process', property: 'hrtime', message: 'Time comes from platform/clock.ts.' },
    { object: 'Math', property: 'random', message: 'Chance comes from platform/chance.ts.' },
    { object: 'crypto', property: 'randomUUID', message: 'Chance comes from platform/chance.ts.' },
    { object: 'crypto', property: 'randomBytes', message: 'Chance comes from platform/chance.ts.' },
    { object: 'crypto', property: 'getRandomValues', message: 'Chance comes from platform/chance.ts.' },
  ],
  'no-restricted-globals': [
    'error',
    { name: 'setTimeout', message: 'Time comes from platform/clock.ts.' },
    { name: 'setInterval', message: 'Time comes from platform/clock.ts.' },
  ],
  'no-restricted-syntax': [
    'error',
    {
      selector: "NewExpression[callee.name='Date'][arguments.length=0]",
      message: 'Time comes from platform/clock.ts.',
    },
    { selector: "CallExpression[callee.name='Date']", message: 'Time comes from platform/clock.ts.' },
    {
      selector:
        'ImportDeclaration[source.value=/^(node:)?crypto$/] ImportSpecifier[imported.name=/^(randomUUID|randomBytes|randomInt|randomFill|randomFillSync|webcrypto)$/]',
      message: 'Chance comes from platform/chance.ts.',
    },
    {
      selector: 'ImportDeclaration[source.value=/^(node:)?timers/]',
      message: 'Time comes from platform/clock.ts.',
    },
  ],
}

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'var', 'coverage', '**/*.cjs'] },
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      ...clockAndChance,
      eqeqeq: 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['platform/clock.ts', 'platform/chance.ts', 'web/page/**', 'test/**'],
    rules: {
      'no-restricted-properties': 'off',
      'no-restricted-globals': 'off',
      'no-restricted-syntax': 'off',
    },
  },
  { files: ['eslint.config.js'], ...tseslint.configs.disableTypeChecked },
)
