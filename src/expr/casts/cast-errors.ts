import { makeError } from '../../common/errors.ts'
import { type DataType, typeName } from '../../columnar/data-type.ts'

/** Text longer than this is cut in messages. */
const shownLength = 100

/** The text does not read as a value of the type. */
export function castInvalidInput(value: string, from: DataType, to: DataType): Error {
  const shown = value.length > shownLength ? `${value.slice(0, shownLength)}…` : value
  return makeError(
    'EXPR_CAST_INVALID_INPUT',
    `The ${typeName(from)} ${JSON.stringify(shown)} cannot be cast to ${typeName(to)}. Use tryCast() to get null instead, or correct the input.`,
    { context: { value: shown, from: typeName(from), to: typeName(to) } },
  )
}

/** The number does not fit the type. */
export function castOverflow(value: number | bigint | string, from: DataType, to: DataType): Error {
  return makeError(
    'EXPR_CAST_OVERFLOW',
    `The ${typeName(from)} ${value} is beyond ${typeName(to)}${to.kind === 'integer' ? ' of ±(2^53 − 1)' : ''}. Use tryCast() to get null instead, or a wider type.`,
    { context: { value: String(value), from: typeName(from), to: typeName(to) } },
  )
}
