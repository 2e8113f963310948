import { makeError } from '../common/errors.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'
import { arrayType, type DataType, field, type Field, float64Type, isIntegral, isNumeric, sameType, stringType, structType, typeName } from '../columnar/data-type.ts'
import { fieldIndex, type Schema } from '../columnar/schema.ts'
import { resolve } from '../expr/resolve.ts'
import type { ModelReference, NamedExpr, ScoreFallback, ScoreNode } from './logical-plan.ts'

/** The part of a model's signature that typing needs (see ml/model.ts; the plan knows it as data). */
export interface PlannedSignature {
  readonly inputs: readonly { readonly name: string; readonly kind: 'number' | 'category' | 'vector' | 'tensor' | 'column'; readonly size?: number }[]
  readonly outputs: readonly { readonly name: string; readonly type: DataType; readonly nullable: boolean; readonly contributors?: readonly string[] }[]
}

/** The type of a column that explains: the inputs that moved the answer most, the largest first. */
const explanationType = arrayType(structType([field('name', stringType, false), field('contribution', float64Type, false)]), false)

/**
 * The columns that score() adds. Checks every input of the model against the row.
 * @throws AnalysisError ML_SCHEMA_MISMATCH
 */
export function scoreFields(plan: ScoreNode, input: Schema): Field[] {
  const { model, fallback } = plan
  checkInputs(model, plan.inputs, input)
  if (fallback?.kind === 'model') checkInputs(fallback.model, fallback.inputs, input)
  const outputs = plan.outputs.map(({ column, output }, i) => {
    const found = outputOf(model, output)
    return field(column, found.type, found.nullable || isNullableInstead(fallback, model, output, found.type, i))
  })
  const provenance = plan.provenance.map(({ column, fact }) => {
    const isNullable = fact === 'name' || fact === 'version' || (fact === 'digest' && fallback?.kind === 'constants')
    return field(column, stringType, isNullable)
  })
  return [...outputs, ...provenance, ...explanation(plan)]
}

function checkInputs(model: ModelReference, inputs: readonly NamedExpr[], input: Schema): void {
  for (const wanted of signatureOf(model).inputs) {
    const given = inputs.find(i => i.name === wanted.name)
    const absent = given?.expr.kind === 'column' && fieldIndex(input, given.expr.name) < 0
    if (given === undefined || absent) throw inputMissing(model.label, wanted.name, input)
    const { type } = resolve(given.expr, input, 'score()')
    if (!accepts(wanted, type)) throw inputType(model.label, wanted, type)
  }
}

function outputOf(model: ModelReference, name: string): PlannedSignature['outputs'][number] {
  const { outputs } = signatureOf(model)
  const found = outputs.find(o => o.name === name)
  if (found === undefined) throw outputMissing(model.label, name, outputs.map(o => o.name))
  return found
}

/** What stands in for an output must be of its type; answers whether it may be null. */
function isNullableInstead(fallback: ScoreFallback | null, model: ModelReference, output: string, type: DataType, i: number): boolean {
  if (fallback === null) return false
  if (fallback.kind === 'model') {
    const given = outputOf(fallback.model, output)
    if (!sameType(given.type, type)) throw fallbackType(model.label, output, type, `the output of model "${fallback.model.label}" is a ${typeName(given.type)}`)
    return given.nullable
  }
  const value = fallback.values[i]
  if (value.value === null) return true
  if (!sameType(value.type, type)) throw fallbackType(model.label, output, type, `the constant given for it is a ${typeName(value.type)}`)
  return false
}

function explanation({ explain, model, fallback }: ScoreNode): Field[] {
  if (explain === null) return []
  const found = signatureOf(model).outputs.find(o => o.name === 'contributions')
  if (found?.contributors === undefined) throw notExplained(model.label, found !== undefined)
  return [field(explain.column, explanationType, fallback !== null)]
}

function signatureOf(model: ModelReference): PlannedSignature {
  return model.signature as unknown as PlannedSignature
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

function fallbackType(label: string, output: string, type: DataType, given: string): Error {
  return makeError('ML_SCHEMA_MISMATCH', `Output "${output}" of model "${label}" is a ${typeName(type)}, but ${given}, so that it cannot stand in for it. Give another fallback, or null.`, {
    context: { model: label, output, type: typeName(type) },
  })
}

function notExplained(label: string, hasContributions: boolean): Error {
  const why = hasContributions ? 'its contributions are not one number for each input (it has several classes or targets)' : 'it has no contributions'
  return makeError('ML_SCHEMA_MISMATCH', `Model "${label}" cannot be explained: ${why}. Leave explain out; docs/models.md says which models have contributions.`, {
    context: { model: label, output: 'contributions' },
  })
}
