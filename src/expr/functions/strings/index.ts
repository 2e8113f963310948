import type { FunctionEntry } from '../../function-table.ts'
import { caseFunctions } from './case.ts'
import { characterFunctions } from './characters.ts'
import { concatFunctions } from './concat.ts'
import { encodingFunctions } from './encoding.ts'
import { lengthFunctions } from './length.ts'
import { likeFunctions } from './like.ts'
import { maskFunctions } from './mask.ts'
import { padFunctions } from './pad.ts'
import { replaceFunctions } from './replace.ts'
import { searchFunctions } from './search.ts'
import { sentenceFunctions } from './sentences.ts'
import { substringFunctions } from './substring.ts'
import { trimFunctions } from './trim.ts'
import { urlFunctions } from './url.ts'

export const stringFunctions: readonly FunctionEntry[] = [
  ...lengthFunctions,
  ...concatFunctions,
  ...substringFunctions,
  ...caseFunctions,
  ...trimFunctions,
  ...padFunctions,
  ...searchFunctions,
  ...replaceFunctions,
  ...likeFunctions,
  ...characterFunctions,
  ...encodingFunctions,
  ...urlFunctions,
  ...maskFunctions,
  ...sentenceFunctions,
]
