import type { FunctionEntry } from '../function-table.ts'
import { arrayAccessFunctions } from './collections-access.ts'
import { arrayBuildFunctions } from './collections-build.ts'
import { arrayOrderFunctions } from './collections-order.ts'
import { sequenceFunctions } from './collections-sequence.ts'
import { arraySetFunctions } from './collections-sets.ts'
import { arrayZipFunctions } from './collections-zip.ts'
import { structFunctions } from './structs.ts'

/** All functions of arrays and structs; concat() and reverse() of arrays are in concat-arrays.ts. */
export const collectionFunctions: readonly FunctionEntry[] = [
  ...arrayAccessFunctions,
  ...arrayBuildFunctions,
  ...arraySetFunctions,
  ...arrayOrderFunctions,
  ...sequenceFunctions,
  ...arrayZipFunctions,
  ...structFunctions,
]
