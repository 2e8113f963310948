import { makeError } from '../common/errors.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'
import { type DataType, field, type Field, isIntegral, isNumeric, typeName } from '../columnar/data-type.ts'
import { fieldIndex, type Schema } from '../columnar/schema.ts'
import { resolve } from '../expr/resolve.ts'
import type { ScoreNode } from './logical-plan.ts'

/** The part of a model's signature that typing needs (see ml/model.ts; the plan knows it as data). */
export interface PlannedSignature {
  readonly inputs: readonly { readonly name: string; readonly kind: 'number' | 'category' | 'vector' | 'tensor' | 'column'; readonly size?: number }[]
  readonly outputs: readonly { readonly name: string; readonly type: DataType; readonly nullable: boolean }[]
}

/**
 * The columns that score() adds. Checks every input of the model against the row.
 * @throws AnalysisError ML_SCHEMA_MISMATCH
 */
export function scoreFields(plan: ScoreNode, input: Schema): Field[] {
  const signature = plan.model.signature as unknown as PlannedSignature
  for (const wanted of signature.inputs) {
    const given = plan.inputs.find(i => i.name === wanted.name)
    const absent = given?.expr.kind === 'column' && fieldIndex(input, given.expr.name) < 0
    if (given === undefined || absent) throw inputMissing(plan.model.label, wanted.name, input)
    const { type } = resolve(given.expr, input, 'score()')
    if (!accepts(wanted, type)) throw inputType(plan.model.label, wanted, type)
  }
  return plan.outputs.map(({ column, output }) => {
    const found = signature.outputs.find(o => o.name === output)
    if (found === undefined) throw outputMissing(plan.model.label, output, signature.outputs.map(o => o.name))
    return field(column, found.type, found.nullable)
  })
}

function accepts(wanted: PlannedSignature['inputs'][number], type: DataType): boolean {
  if (type.kind === 'null') return true
  switch (wanted.kind) {
    case 'number':
      return isNumeric(type) || type.kind === 'boolean'
    case 'category':
      return type.kind === 'string' || isIntegral(type)
    case 'vector':
      return (type.kind === 'vector' && type.size === wanted.size) || (type.kind === 'array' && isNumeric(type.element))
    case 'tensor':
      return isNumeric(type) || ['boolean', 'string', 'vector', 'array'].includes(type.kind)
    case 'column':
      return true
  }
}

function inputMissing(label: string, name: string, input: Schema): Error {
  const columns = input.fields.map(f => f.name)
  return makeError(
    'ML_SCHEMA_MISMATCH',
    `Model "${label}" needs the input "${name}", but there are only the columns ${quoteList(columns)}.${didYouMean(name, columns)} Add a column of that name, or map one with { input: { ${name}: 'column' } }.`,
    { context: { model: label, input: name, columns } },
  )
}

function inputType(label: string, wanted: PlannedSignature['inputs'][number], type: DataType): Error {
  const takes = { number: 'a number', category: 'text or a whole number', vector: `a vector of ${wanted.size} numbers`, tensor: 'a vector, an array or a single value', column: 'any column' }[wanted.kind]
  return makeError('ML_SCHEMA_MISMATCH', `Model "${label}" takes ${takes} as input "${wanted.name}", but the column is a ${typeName(type)}. Cast it, or map another column.`, {
    context: { model: label, input: wanted.name, type: typeName(type) },
  })
}

function outputMissing(label: string, name: string, names: readonly string[]): Error {
  return makeError('ML_SCHEMA_MISMATCH', `Model "${label}" has no output "${name}", only ${quoteList(names)}.${didYouMean(name, names)}`, {
    context: { model: label, output: name, outputs: names },
  })
}
