import { arrayType, booleanType, type DataType, type Field, field, float64Type, nullType, stringType, vectorType } from '../../columnar/data-type.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import { makeSchema, type Schema } from '../../columnar/schema.ts'
import { isNullAt, nullVector, Vector } from '../../columnar/vector.ts'
import { makeError } from '../../common/errors.ts'
import type { Guess } from '../../formats/guess.ts'
import { typeOfGuess } from '../../formats/guess.ts'
import type { ModelInput, ModelSignature } from '../model.ts'

/** Kept in the output, so that rows can be matched where a model drops some. */
export const rowId = 'rid'

/** Which columns of the file a model needs, as which types, and how they become its inputs. */
export interface InputPlan {
  readonly schema: Schema
  inputs(batch: RecordBatch): Vector[]
}

/**
 * Matches the columns of a file to the inputs of a model by name; a column that is not there is missing in every row.
 * The inputs of a model that does not know their names, none of which is a column, take as many columns in their order.
 * A single tensor of k values that is no column itself takes the file's k columns in their order: such models (most ONNX
 * files) do not know the names of their features.
 * @throws AnalysisError ML_SCHEMA_MISMATCH
 */
export function planInputs(signature: ModelSignature, columns: ReadonlyMap<string, Guess>): InputPlan {
  const fields = new Map<string, Field>()
  const want = (name: string, type: DataType): void => {
    fields.set(name, field(name, type))
  }
  const byPosition = positionalColumns(signature, columns)
  const binds = signature.inputs.map((input, k): ((batch: RecordBatch) => Vector) => {
    const name = byPosition === undefined ? input.name : byPosition[k]
    const guess = columns.get(name)
    if (guess !== undefined) {
      want(name, typeFor(input, guess))
      return batch => batch.column(name)
    }
    const parts = stackedColumns(signature, input, columns)
    if (parts === undefined) return batch => nullVector(nullType, batch.numRows)
    for (const name of parts) want(name, float64Type)
    return batch => stack(batch, parts)
  })
  const id = columns.get(rowId)
  if (id !== undefined && !fields.has(rowId)) want(rowId, plainType(rowId, id))
  return { schema: makeSchema([...fields.values()]), inputs: batch => binds.map(bind => bind(batch)) }
}

function typeFor(input: ModelInput, guess: Guess): DataType {
  switch (input.kind) {
    case 'number':
      return guess.kind === 'boolean' ? booleanType : float64Type
    case 'category':
      return ['integer', 'int64', 'huge', 'float64'].includes(guess.kind) ? float64Type : guess.kind === 'boolean' ? booleanType : stringType
    case 'vector':
      return vectorType(input.size ?? 0)
    case 'tensor':
      return tensorType(input, guess)
    case 'column':
      return plainType(input.name, guess)
  }
}

function tensorType({ element, shape = [] }: ModelInput, guess: Guess): DataType {
  let type: DataType = element === 'string' ? stringType : element === 'boolean' ? booleanType : float64Type
  if (guess.kind !== 'array') return type
  for (const _ of shape) type = arrayType(type)
  return type
}

/** As a reader without a schema would have it; text that looks like a date stays text. */
function plainType(name: string, guess: Guess): DataType {
  switch (guess.kind) {
    case 'null':
      return nullType
    case 'date':
    case 'timestamp':
      return stringType
    case 'huge':
    // Numbers among which there is "NaN" or "Infinity"; other mixtures are told apart by row.
    case 'mixed':
      return float64Type
    case 'array':
      return arrayType(plainType(name, guess.element))
    default:
      return typeOfGuess(guess, name, 'the input')
  }
}

function positionalColumns({ inputs, isUnnamed }: ModelSignature, columns: ReadonlyMap<string, Guess>): readonly string[] | undefined {
  const names = [...columns.keys()].filter(name => name !== rowId)
  const isForeign = isUnnamed === true && !inputs.some(input => columns.has(input.name))
  return isForeign && names.length === inputs.length ? names : undefined
}

function stackedColumns(signature: ModelSignature, input: ModelInput, columns: ReadonlyMap<string, Guess>): readonly string[] | undefined {
  if (signature.inputs.length > 1 || input.kind !== 'tensor' || input.element === 'string' || input.shape?.length !== 1) return undefined
  const names = [...columns.keys()].filter(name => name !== rowId)
  const [size] = input.shape
  if (size === null || size === names.length) return names
  throw makeError(
    'ML_SCHEMA_MISMATCH',
    `The model takes ${size} values as "${input.name}" and does not know their names; the input has the ${names.length} columns ${names.join(', ')}. Give exactly ${size} columns in the order of training, one column "${input.name}" of arrays, or a features.json beside the model (docs/models.md).`,
    { context: { input: input.name, size, columns: names } },
  )
}

/** Columns side by side: one vector a row, NaN where a value is missing. */
function stack(batch: RecordBatch, names: readonly string[]): Vector {
  const width = names.length
  const values = new Float64Array(batch.numRows * width)
  names.forEach((name, k) => {
    const column = batch.column(name)
    const from = column.values as Float64Array
    for (let row = 0; row < batch.numRows; row++) values[row * width + k] = isNullAt(column, row) ? NaN : from[row]
  })
  return new Vector(vectorType(width), batch.numRows, null, values)
}
