import type { Schema } from '../columnar/schema.ts'
import { makeError } from '../common/errors.ts'
import type { Expr } from './expr.ts'
import { findGenerator, generatorNames } from './generators.ts'
import type { GeneratorSignature } from './generator-table.ts'
import { argumentOf, castTo, resolve, type ResolvedExpr, typeMismatch } from './resolve.ts'

/**
 * Types a generator call over a schema.
 * @throws AnalysisError PLAN_UNKNOWN_FUNCTION, PLAN_TYPE_MISMATCH
 */
export function resolveGenerator(name: string, args: readonly Expr[], schema: Schema): { readonly args: readonly ResolvedExpr[]; readonly signature: GeneratorSignature } {
  const entry = findGenerator(name)
  if (entry === undefined) throw makeError('PLAN_UNKNOWN_FUNCTION', `select() calls the generator ${name}(), which is not among ${generatorNames().join(', ')}.`, { context: { name } })
  const resolved = args.map(a => resolve(a, schema, 'select()'))
  const signature = entry.resolve(resolved.map(argumentOf))
  if (signature === undefined) throw typeMismatch(entry.usage, entry.name, resolved.map(a => a.type), 'select()')
  return { args: resolved.map((a, i) => castTo(a, signature.args[i] ?? a.type, 'ansi', 'select()')), signature }
}
