import { findPackageJSON } from 'node:module'
import { readFileSync } from 'node:fs'
import { dirname, extname } from 'node:path'

const manifestFile = findPackageJSON('..', import.meta.url)
if (manifestFile === undefined) throw new Error('the package.json of Matricule is missing beside its code')
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as { version: string }

/** Absolute path of the package: the folder of `package.json`, `schemas/` and, once built, `dist/`.
 *  The same in the checkout (`platform/root.ts`) and in the tarball (`dist/platform/root.js`). */
export const packageRoot: string = dirname(manifestFile)

/** The version in `package.json`, such as `0.1.0`. */
export const packageVersion: string = manifest.version

/** True when the TypeScript sources run as they are (checkout, image), false from the built `dist/`. */
export const runsFromSources: boolean = extname(import.meta.filename) === '.ts'

/** Where the worker `name` lies beside the module of `meta` (its `import.meta`): `name.ts` in the checkout,
 *  `name.js` in `dist/`. A literal `.ts` address would not be rewritten by the build. */
export function workerUrl(name: string, meta: { readonly url: string; readonly filename: string }): URL {
  return new URL(`./${name}${extname(meta.filename)}`, meta.url)
}
