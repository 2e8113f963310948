/** How the entries of the function table are written in TypeScript: the rule and its exceptions. */
import { columnMethods } from '../column.ts'

/** Entries that are written as something else than a function of their name. */
const exceptions = new Map([
  ['typeof', 'typeOf(value)'],
  ['if', 'when(condition, then).otherwise(otherwise)'],
  ['struct', 'struct({ name: value, … })'],
  ['named_struct', 'struct({ name: value, … })'],
  ['arrays_zip', 'arraysZip({ name: array, … })'],
  ['boolean', 'value.cast(t.boolean())'],
  ['int', 'value.cast(t.int32())'],
  ['bigint', 'value.cast(t.int64())'],
  ['double', 'value.cast(t.float64())'],
  ['string', 'value.cast(t.string())'],
  ['binary', 'value.cast(t.binary())'],
  ['date', 'value.cast(t.date())'],
  ['timestamp', 'value.cast(t.timestamp())'],
])

const methods = new Map(Object.entries(columnMethods).map(([method, name]) => [name, method]))

/** Names of the table that columns have as methods, and that are functions too because they take more there. */
const both = new Set(['substring', 'negative'])

/** `date_trunc` is `dateTrunc`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

export type PublicForm =
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'method'; readonly name: string }
  /** As the text says. */
  | { readonly kind: 'other'; readonly text: string }

/** How an entry is called by a program. */
export function publicForm(entry: string): PublicForm {
  const text = exceptions.get(entry)
  if (text !== undefined) return { kind: 'other', text }
  const method = methods.get(entry)
  if (method !== undefined && !both.has(entry)) return { kind: 'method', name: method }
  return { kind: 'function', name: camelCase(entry) }
}
