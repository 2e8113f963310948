import type { FunctionEntry } from '../../function-table.ts'
import { bitFunctions } from './bits.ts'
import { elementaryFunctions } from './elementary.ts'
import { numberTextFunctions } from './number-text.ts'
import { randomFunctions } from './random.ts'
import { roundingFunctions } from './rounding.ts'
import { signFunctions } from './sign.ts'

export const mathFunctions: readonly FunctionEntry[] = [
  ...signFunctions,
  ...roundingFunctions,
  ...elementaryFunctions,
  ...bitFunctions,
  ...numberTextFunctions,
  ...randomFunctions,
]
