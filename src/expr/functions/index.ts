import { assert } from '../../common/assert.ts'
import type { FunctionEntry } from '../function-table.ts'
import { arithmeticFunctions } from './arithmetic.ts'
import { collectionFunctions } from './collections.ts'
import { comparisonFunctions } from './comparison.ts'
import { datetimeFunctions } from './datetime.ts'
import { castFunctions } from './cast-functions.ts'
import { conditionalFunctions } from './conditional.ts'
import { extremeFunctions } from './extremes.ts'
import { formatNumberFunctions } from './format/format-number.ts'
import { formatStringFunctions } from './format/format-string.ts'
import { digestFunctions } from './hash/digests.ts'
import { hashFunctions } from './hash/hash-functions.ts'
import { logicFunctions } from './logic.ts'
import { mathFunctions } from './math/index.ts'
import { regexpFunctions } from './regexp/index.ts'
import { windowFunctions } from './window.ts'
import { stringFunctions } from './strings/index.ts'

/** The function table: every family adds its entries here. */
export const allFunctions: readonly FunctionEntry[] = Object.freeze([
  ...arithmeticFunctions,
  ...comparisonFunctions,
  ...logicFunctions,
  ...datetimeFunctions,
  ...collectionFunctions,
  ...castFunctions,
  ...conditionalFunctions,
  ...extremeFunctions,
  ...mathFunctions,
  ...stringFunctions,
  ...regexpFunctions,
  ...formatStringFunctions,
  ...formatNumberFunctions,
  ...hashFunctions,
  ...digestFunctions,
  ...windowFunctions,
])

const byName = new Map<string, FunctionEntry>()
for (const entry of allFunctions) {
  for (const name of [entry.name, ...(entry.aliases ?? [])]) {
    assert(!byName.has(name), `Two functions are called ${name}().`)
    byName.set(name, entry)
  }
}

/** A function by its name or alias; names are in lower case. */
export function findFunction(name: string): FunctionEntry | undefined {
  return byName.get(name) ?? byName.get(name.toLowerCase())
}

export function functionNames(): readonly string[] {
  return [...byName.keys()]
}
