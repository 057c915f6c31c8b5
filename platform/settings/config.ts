import { join } from 'node:path'
import { leavesOf } from './leaves.ts'
import { settingsSchema, type SettingsTree } from './schema.ts'
import { houseTargets } from './targets.ts'
import { at, freeze, setAt } from './tree.ts'

type DeepReadonly<Value> = Value extends readonly (infer Member)[]
  ? readonly DeepReadonly<Member>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value

type Tree = DeepReadonly<SettingsTree>

export type Contact = Pick<Faculty, 'name_fr' | 'name_en' | 'contact'>
export type Faculty = Tree['faculties'][number]
/** A directory to keep; `profile` is the name of a profile of the house, or the absolute path of a module. */
export type Target = Omit<Tree['targets'][string], 'keep'>

/** Every setting that may be shown. All paths are absolute; whatever has a default has a value. */
export type Config = Omit<
  Tree,
  'home' | 'registry' | 'source' | 'letters' | 'web' | 'keys' | 'contacts' | 'targets'
> & {
  readonly home: string
  readonly registry: Omit<Tree['registry'], 'url'>
  readonly source: Omit<Tree['source'], 'url'>
  readonly letters: Omit<Tree['letters'], 'smtp_url' | 'bounces'> & {
    readonly bounces: Omit<Tree['letters']['bounces'], 'url'>
  }
  readonly web: Omit<Tree['web'], 'limiter_url'>
  readonly keys: Omit<Tree['keys'], 'master_file'> & { readonly master_file: string }
  readonly contacts: readonly Contact[]
  readonly targets: Readonly<Record<string, Target>>
}

/** Settings that hold credentials, apart so that `Config` can be logged whole. */
export interface Secrets {
  readonly registry: { /** Empty: the embedded registry. */ readonly url: string }
  readonly source: { readonly url: string | null }
  readonly letters: {
    readonly smtp_url: string | null
    /** Null: nothing that comes back is read. */
    readonly bounces_url: string | null
  }
  readonly web: { readonly limiter_url: string | null }
}

export interface Settings {
  readonly config: Config
  readonly secrets: Secrets
  /** The file that was read, or null. */
  readonly file: string | null
}

export interface Settling {
  readonly tree: SettingsTree
  /** The home where the settings name none. */
  readonly home: string
  readonly file: string | null
  readonly resolvePath: (key: string, value: string) => string
}

/** The settings as the rooms read them: secrets apart, paths absolute, what is derived filled in, unchangeable. */
export function settle({ tree, home: defaultHome, file, resolvePath }: Settling): Settings {
  for (const { key, path, isPath } of leavesOf(settingsSchema)) {
    const value = at(tree, path)
    if (isPath && typeof value === 'string') setAt(tree, path, resolvePath(key, value))
  }
  const home = tree.home ?? defaultHome
  const { registry, source, letters, web, keys, contacts, address, ...rest } = tree
  const { url: registryUrl, ...registryRest } = registry
  const { url: sourceUrl, ...sourceRest } = source
  const { smtp_url, bounces, ...lettersRest } = letters
  const { url: bounces_url, ...bouncesRest } = bounces
  const { limiter_url, ...webRest } = web
  const config: Config = {
    ...rest,
    home,
    registry: registryRest,
    source: sourceRest,
    letters: { ...lettersRest, bounces: bouncesRest },
    web: webRest,
    address: { ...address, own_domains: [...new Set([address.domain, ...address.own_domains])] },
    keys: { ...keys, master_file: keys.master_file ?? join(home, 'keys.json') },
    contacts:
      contacts ?? tree.faculties.map(({ name_fr, name_en, contact }) => ({ name_fr, name_en, contact })),
    targets: targetsOf(tree, resolvePath),
  }
  const secrets: Secrets = {
    registry: { url: registryUrl },
    source: { url: sourceUrl },
    letters: { smtp_url, bounces_url },
    web: { limiter_url },
  }
  return freeze({ config, secrets, file })
}

/** The targets to keep, those of the house first. */
function targetsOf({ targets }: SettingsTree, resolvePath: Settling['resolvePath']): Record<string, Target> {
  const order = [...new Set<string>([...houseTargets, ...Object.keys(targets)])]
  return Object.fromEntries(
    order.flatMap((name) => {
      const found = targets[name]
      if (found?.keep !== true) return []
      const { keep: _kept, ...target } = found
      const absolute = (key: 'password_file' | 'ca_file') =>
        target[key] === null ? null : resolvePath(`targets.${name}.${key}`, target[key])
      const isModule = /[/\\]|\.[cm]?[jt]s$/.test(target.profile)
      const profile = isModule
        ? resolvePath(`targets.${name}.profile`, target.profile)
        : target.profile || name
      return [
        [
          name,
          { ...target, profile, password_file: absolute('password_file'), ca_file: absolute('ca_file') },
        ],
      ]
    }),
  )
}
