import type { DocumentPart } from '../document.ts'
import { cutCategories } from './category-text.ts'

export interface CategoryNames {
  readonly names: readonly string[]
  /** The categories were whole numbers when the model was trained. */
  readonly areNumbers: boolean
  /** The code of a name, or −1; where it is undefined, the place among `names`. */
  readonly codeOf?: (name: string) => number
}

/**
 * The categories of each feature in order of their codes, where the file has them (3.1 and newer); undefined for features
 * without. `cats.enc[feature]` is text as UTF-8 `values` (signed bytes) cut by `offsets`, or whole numbers as `values`.
 *
 * @throws AnalysisError ML_UNREADABLE
 */
export function readCategoryNames(model: DocumentPart, features: number): (CategoryNames | undefined)[] {
  const encodings = model.find('cats')?.find('enc')?.list() ?? []
  if (encodings.length === 0) return new Array<undefined>(features).fill(undefined)
  if (encodings.length !== features) throw model.wrong(`has categories for ${encodings.length} features of ${features}`)
  return encodings.map(encoding => {
    const offsets = encoding.find('offsets')
    const values = encoding.get('values')
    if (offsets === undefined) {
      const numbers = values.float64s()
      if (!numbers.every(Number.isSafeInteger)) throw encoding.wrong('has a category that is not a whole number')
      return numbers.length === 0 ? undefined : { names: Array.from(numbers, String), areNumbers: true }
    }
    const text = cutCategories(Uint8Array.from(values.int32s()), offsets.int32s(), what => encoding.wrong(what))
    return text.names.length === 0 ? undefined : { ...text, areNumbers: false }
  })
}
