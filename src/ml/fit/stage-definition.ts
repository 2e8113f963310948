import { option, optional, type OptionSpec, type OptionTable, type ResolvedOptions } from '../../common/options.ts'
import type { SavedTable } from '../spark/write/saved-table.ts'
import { wrongParameter } from './errors.ts'
import type { FitData } from './fit-data.ts'

/** A stage of a pipeline: Spark's name, its parameters with Spark's names and defaults, and what it learns. */
export interface StageDefinition<T extends OptionTable = OptionTable> {
  /** StringIndexer. */
  readonly name: string
  /** What it is saved as, below org.apache.spark.ml: feature.StringIndexerModel. */
  readonly className: string
  readonly params: T
  /** Of parameters that are right one by one. @throws AnalysisError PLAN_INVALID_OPTION */
  check?(params: ResolvedOptions<T>): void
  /** What is saved in `data/`. A stage without one learns nothing. @throws AnalysisError ML_FIT_FAILED, ML_SCHEMA_MISMATCH */
  fit?(data: FitData, params: ResolvedOptions<T>): SavedTable
}

const isName = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isNames = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isName) && new Set(value).size === value.length

export const columnOption = (doc: string): OptionSpec<string> => option.value<string>('', doc, 'the name of a column', isName)
export const columnsOption = (doc: string): OptionSpec<readonly string[]> => option.value<readonly string[]>([], doc, 'a list of different names of columns', isNames)

/** A number from `min` up to `max`. */
export const numberOption = (defaultValue: number, doc: string, min = -Infinity, max = Infinity): OptionSpec<number> => {
  const range = `${min === -Infinity ? '' : ` from ${min}`}${max === Infinity ? '' : ` up to ${max}`}`
  return option.value(defaultValue, doc, `a number${range}`, value => typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max)
}

export const handleInvalidOption = option.oneOf(['error', 'skip', 'keep'], 'error', 'What becomes of a row with a value that was not learned.')

/** One column in and out, or several. */
export const columnParams = Object.freeze({
  inputCol: optional(columnOption('The column that is read.')),
  outputCol: optional(columnOption('The column that is made.')),
  inputCols: optional(columnsOption('The columns that are read, instead of inputCol.')),
  outputCols: optional(columnsOption('The columns that are made, one for each of inputCols.')),
})

interface Columns {
  readonly inputCol: string | undefined
  readonly outputCol: string | undefined
  readonly inputCols: readonly string[] | undefined
  readonly outputCols: readonly string[] | undefined
}

export function inputsOf({ inputCol, inputCols }: Columns): readonly string[] {
  return inputCol === undefined ? (inputCols ?? []) : [inputCol]
}

/** @throws AnalysisError PLAN_INVALID_OPTION */
export function checkColumns(stage: string, { inputCol, outputCol, inputCols, outputCols }: Columns): void {
  const isOne = inputCol !== undefined && outputCol !== undefined && inputCols === undefined && outputCols === undefined
  const isMany = inputCol === undefined && outputCol === undefined && inputCols !== undefined && outputCols !== undefined
  if (!isOne && !isMany) throw wrongParameter(stage, 'give either inputCol and outputCol or inputCols and outputCols')
  if (inputCols !== undefined && inputCols.length !== outputCols?.length) throw wrongParameter(stage, `inputCols has ${inputCols.length} names and outputCols ${outputCols?.length}`)
}

/** Keeps the types of the parameters inside. */
export function defineStage<const T extends OptionTable>(definition: StageDefinition<T>): StageDefinition<T> {
  return Object.freeze(definition)
}
