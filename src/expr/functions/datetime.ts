import type { FunctionEntry } from '../function-table.ts'
import { dateArithmeticFunctions } from './datetime-arithmetic.ts'
import { epochFunctions } from './datetime-epoch.ts'
import { dateFieldFunctions } from './datetime-fields.ts'
import { dateFormatFunctions } from './datetime-format.ts'
import { makeDateFunctions } from './datetime-make.ts'
import { clockFunctions } from './datetime-now.ts'
import { dateParseFunctions } from './datetime-parse.ts'
import { truncFunctions } from './datetime-trunc.ts'

/** All functions of dates and times. */
export const datetimeFunctions: readonly FunctionEntry[] = [
  ...clockFunctions,
  ...dateFieldFunctions,
  ...truncFunctions,
  ...dateArithmeticFunctions,
  ...makeDateFunctions,
  ...dateParseFunctions,
  ...dateFormatFunctions,
  ...epochFunctions,
]
