import type { DocumentPart } from '../document.ts'

export interface CategoryNames {
  readonly names: readonly string[]
  /** The categories were whole numbers when the model was trained. */
  readonly areNumbers: boolean
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
    const names = textCategories(encoding, offsets.int32s(), Uint8Array.from(values.int32s()))
    return names.length === 0 ? undefined : { names, areNumbers: false }
  })
}

function textCategories(encoding: DocumentPart, offsets: Int32Array, bytes: Uint8Array): readonly string[] {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const names: string[] = []
  for (let k = 0; k + 1 < offsets.length; k++) {
    if (offsets[k] < 0 || offsets[k + 1] < offsets[k] || offsets[k + 1] > bytes.length) throw encoding.wrong('has offsets out of order')
    try {
      names.push(decoder.decode(bytes.subarray(offsets[k], offsets[k + 1])))
    } catch {
      throw encoding.wrong('has a category that is not UTF-8')
    }
  }
  return names
}
