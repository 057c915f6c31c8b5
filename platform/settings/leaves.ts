import { z } from 'zod'
import { settingVariable } from './names.ts'
import { pathMark, secretMark } from './parts.ts'

/** One setting that is not a group: what the environment may say of it, and what the documentation prints. */
export interface Leaf {
  /** Its key, such as `web.port`. */
  readonly key: string
  readonly path: readonly string[]
  /** Its environment variable. */
  readonly variable: string
  /** How a text is read as its value: `json` for lists of groups. */
  readonly kind: 'text' | 'number' | 'boolean' | 'texts' | 'numbers' | 'json'
  /** The values of a closed list. */
  readonly options: readonly string[]
  readonly nullable: boolean
  readonly secret: boolean
  readonly isPath: boolean
  readonly description: string
  readonly default: unknown
}

/** Every leaf under `schema`, in its order. Records (the targets) are left to whoever knows their names. */
export function leavesOf(schema: z.core.$ZodType, path: readonly string[] = []): Leaf[] {
  const bare = unwrap(schema)
  if (bare.inner instanceof z.ZodObject) {
    return Object.entries(bare.inner.shape as Record<string, z.core.$ZodType>).flatMap(([name, child]) =>
      leavesOf(child, [...path, name]),
    )
  }
  if (bare.inner instanceof z.ZodRecord) return []
  const key = path.join('.')
  return [
    {
      key,
      path,
      variable: settingVariable(key),
      kind: kindOf(bare.inner),
      options: optionsOf(bare.inner),
      nullable: bare.nullable,
      secret: bare.format === secretMark,
      isPath: bare.format === pathMark,
      description: bare.description,
      default: bare.default,
    },
  ]
}

/** The keys of every group under `schema`, the outer ones first; '' is the whole. */
export function groupsOf(
  schema: z.core.$ZodType,
  path: readonly string[] = [],
): { path: readonly string[]; keys: string[] }[] {
  const { inner } = unwrap(schema)
  if (inner instanceof z.ZodRecord) return [{ path, keys: [] }]
  if (!(inner instanceof z.ZodObject)) return []
  const shape = inner.shape as Record<string, z.core.$ZodType>
  return [
    { path, keys: Object.keys(shape) },
    ...Object.entries(shape).flatMap(([name, child]) => groupsOf(child, [...path, name])),
  ]
}

interface Bare {
  inner: z.core.$ZodType
  nullable: boolean
  default: unknown
  description: string
  format: unknown
}

/** The schema under its defaults and alternatives, with what these say of it. */
function unwrap(schema: z.core.$ZodType): Bare {
  const meta = z.globalRegistry.get(schema)
  const outer = { description: meta?.description ?? '', format: meta?.['format'] }
  const below = (inner: z.core.$ZodType, facts: Partial<Bare> = {}): Bare => {
    const bare = { ...unwrap(inner), ...facts }
    return {
      ...bare,
      description: outer.description || bare.description,
      format: outer.format ?? bare.format,
    }
  }
  if (schema instanceof z.ZodDefault) return below(schema.def.innerType, { default: schema.def.defaultValue })
  if (schema instanceof z.ZodPrefault) return below(schema.def.innerType)
  if (schema instanceof z.ZodNullable) return below(schema.def.innerType, { nullable: true })
  if (schema instanceof z.ZodPipe) return below(schema.def.in)
  return { inner: schema, nullable: false, default: undefined, ...outer }
}

function kindOf(schema: z.core.$ZodType): Leaf['kind'] {
  if (schema instanceof z.ZodNumber) return 'number'
  if (schema instanceof z.ZodBoolean) return 'boolean'
  if (!(schema instanceof z.ZodArray)) return 'text'
  const member = unwrap(schema.element).inner
  if (member instanceof z.ZodObject) return 'json'
  return member instanceof z.ZodNumber ? 'numbers' : 'texts'
}

function optionsOf(schema: z.core.$ZodType): readonly string[] {
  if (schema instanceof z.ZodEnum) return schema.options.map(String)
  if (schema instanceof z.ZodArray) return optionsOf(unwrap(schema.element).inner)
  return []
}
