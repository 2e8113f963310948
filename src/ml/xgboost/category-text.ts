import { unsupported } from '../errors.ts'

/** The names of a text column's categories, and how the code of a name is found where it is not simply its place. */
export interface CategoryText {
  readonly names: readonly string[]
  /** The code of a name, or −1. */
  readonly codeOf?: (name: string) => number
}

/**
 * Cuts the joined UTF-8 text of all categories into names. From pandas columns, XGBoost (3.1, 3.2) counts characters but
 * cuts bytes: with names beyond ASCII its offsets are of characters, and as many bytes are missing at the end as there are
 * more bytes than characters. From Arrow columns they are of bytes and nothing is missing. The file does not say which.
 *
 * Where the cuts into bytes are no whole characters, they are meant as characters; otherwise a name is first looked for
 * among those cut by bytes, then among those cut by characters. Of a name whose end is missing, its length and beginning
 * are known: a name that has both is taken for it.
 *
 * The library itself compares the cuts into bytes. Two of them may be alike, though the names are not; it then takes the
 * first of the two for both, and so does this.
 *
 * @throws AnalysisError ML_UNSUPPORTED where two names cannot be told apart any more; what `wrong` builds
 */
export function cutCategories(bytes: Uint8Array, offsets: Int32Array, wrong: (what: string) => Error): CategoryText {
  const count = Math.max(0, offsets.length - 1)
  for (let k = 0; k < count; k++) {
    if (offsets[k] < 0 || offsets[k + 1] < offsets[k] || offsets[k + 1] > bytes.length) throw wrong('has offsets out of order')
  }
  const byBytes = cutByBytes(bytes, offsets, count)
  const isAscii = bytes.every(byte => byte < 0x80)
  if (isAscii && byBytes !== undefined) return { names: byBytes }
  const characters = wholeCharacters(bytes)
  if (characters === undefined) throw wrong('has a category that is not UTF-8')
  const names: string[] = []
  const cut: CutName[] = []
  for (let k = 0; k < count; k++) {
    const name = characters.slice(offsets[k], offsets[k + 1]).join('')
    const length = offsets[k + 1] - offsets[k]
    if (offsets[k + 1] <= characters.length) names.push(name)
    else {
      names.push(`${name}…`)
      cut.push({ code: k, length, start: name })
    }
  }
  if (cut.some((a, i) => cut.some((b, j) => i !== j && a.length === b.length && a.start.startsWith(b.start)))) {
    // Where the cuts into bytes are whole, nothing need be missing at all.
    if (byBytes !== undefined) return { names: byBytes }
    throw unsupported('XGBoost', 'categories with names beyond ASCII, of which the file has lost too much', 'Save it again from columns of Arrow strings, or train with names in ASCII.')
  }
  const cutCode = (name: string): number => {
    const length = Array.from(name).length
    return cut.find(c => c.length === length && name.startsWith(c.start))?.code ?? -1
  }
  const codes = codesOf(names.map((name, code) => (cut.some(c => c.code === code) ? undefined : name)))
  const byteCodes = codesOf(byBytes ?? [])
  const first = firstAlike(bytes, offsets, count)
  return { names: byBytes ?? names, codeOf: name => first[byteCodes.get(name) ?? codes.get(name) ?? cutCode(name)] ?? -1 }
}

function codesOf(names: readonly (string | undefined)[]): ReadonlyMap<string, number> {
  const codes = new Map<string, number>()
  names.forEach((name, code) => {
    if (name !== undefined && !codes.has(name)) codes.set(name, code)
  })
  return codes
}

/** Per code: the first whose cut into bytes is the same. */
function firstAlike(bytes: Uint8Array, offsets: Int32Array, count: number): Int32Array {
  const seen = new Map<string, number>()
  return Int32Array.from({ length: count }, (_, code) => {
    const slice = Buffer.from(bytes.subarray(offsets[code], offsets[code + 1])).toString('latin1')
    const first = seen.get(slice) ?? code
    seen.set(slice, first)
    return first
  })
}

/** A name whose end is missing. */
interface CutName {
  readonly code: number
  readonly length: number
  readonly start: string
}

function cutByBytes(bytes: Uint8Array, offsets: Int32Array, count: number): string[] | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const names: string[] = []
  try {
    for (let k = 0; k < count; k++) names.push(decoder.decode(bytes.subarray(offsets[k], offsets[k + 1])))
  } catch {
    return undefined
  }
  return names
}

/** The characters (code points) of UTF-8 text, without a last one that is cut off; undefined where it is not UTF-8. */
function wholeCharacters(bytes: Uint8Array): string[] | undefined {
  try {
    // Decoding as a stream holds back what is not complete.
    return Array.from(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true }))
  } catch {
    return undefined
  }
}
