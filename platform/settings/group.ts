import { z } from 'zod'

/** A key of the settings with what it means, in one English sentence. */
export function key<Schema extends z.ZodType>(schema: Schema, description: string): Schema {
  return schema.meta({ ...schema.meta(), description })
}

/** A strict group of keys, each with its default, so that the whole group may be absent. */
export function group<Shape extends z.ZodRawShape>(description: string, shape: Shape) {
  return z.strictObject(shape).meta({ description })
}
