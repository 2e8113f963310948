import { fail, notScored } from './errors.ts'
import type { Mojo } from './mojo.ts'
import { linesOf, unescapeLine } from './mojo-files.ts'
import { maxColumns } from './mojo-info.ts'

/** One column of the data and the features that it becomes. */
export interface EncodedColumn {
  readonly name: string
  /** Categories in order of their codes; undefined for a number, which becomes one feature as it is. */
  readonly categories: readonly string[] | undefined
  /** The first feature that it becomes, and how many there are. */
  readonly feature: number
  readonly width: number
  /** Writes the features of a code, NaN for an unknown category, to row[at …]; undefined where the code is the feature. */
  readonly encode: Encode | undefined
}

type Encode = (code: number, row: Float64Array, at: number) => void

const maxCategories = 10_000_000

/**
 * How categories become features: `categorical_encoding` of the model. Most models take codes; the others were trained on
 * columns made from the original ones, which the file has beside its own.
 */
export function readColumns(mojo: Mojo): EncodedColumn[] {
  const encoding = mojo.info.find('_genmodel_encoding') ?? 'AUTO'
  switch (encoding) {
    case 'AUTO':
    case 'Enum':
    case 'SortByResponse':
    case 'OneHotInternal':
      return mojo.columns.slice(0, mojo.features).map((name, f) => ({ name, categories: mojo.domains[f], feature: f, width: 1, encode: undefined }))
    case 'LabelEncoder':
      return encoded(mojo, categories => numbered(categories.map((c, code) => (/^[+-]?\d+$/.test(c) ? Number(c) : code))), 'inPlace')
    case 'EnumLimited':
      return encoded(mojo, (categories, column) => numbered(limitedCodes(categories, mojo.domains[column])), 'inPlace')
    case 'Eigen':
      return encoded(mojo, eigenNumbers(mojo), 'inPlace')
    case 'OneHotExplicit':
      return encoded(mojo, categories => oneHot(categories.length), 'numbersFirst')
    case 'Binary':
      return encoded(mojo, categories => binary(categories.length), 'numbersFirst')
    default:
      throw notScored(`the categorical encoding "${encoding}"`, 'Encodings AUTO, Enum, OneHotInternal, SortByResponse, OneHotExplicit, Binary, Eigen, EnumLimited and LabelEncoder are scored.')
  }
}

interface Encoding {
  readonly width: number
  readonly encode: Encode
}

/** A number for each category; an unknown one has none. */
function numbered(numbers: readonly number[]): Encoding {
  const of = Float64Array.from(numbers)
  return {
    width: 1,
    encode(code, row, at) {
      row[at] = code !== code ? NaN : of[code]
    },
  }
}

/** A feature for each category, and one for unknown ones. */
function oneHot(categories: number): Encoding {
  const width = categories + 1
  return {
    width,
    encode(code, row, at) {
      row.fill(0, at, at + width)
      row[at + (code !== code ? categories : code)] = 1
    },
  }
}

/** A feature for each bit of the code, counted from 1, the lowest first; an unknown category is 0. */
function binary(categories: number): Encoding {
  const width = 1 + Math.floor(Math.log2(Math.max(1, categories)))
  return {
    width,
    encode(code, row, at) {
      const bits = code !== code ? 0 : code + 1
      for (let i = 0; i < width; i++) row[at + i] = (bits >>> i) & 1
    },
  }
}

function encoded(mojo: Mojo, encodingOf: (categories: readonly string[], column: number) => Encoding, order: 'inPlace' | 'numbersFirst'): EncodedColumn[] {
  const { names, domains } = readOriginals(mojo)
  const columns = names.map((name, i) => ({ name, i, categories: domains[i] }))
  const ordered = order === 'inPlace' ? columns : [...columns.filter(c => c.categories === undefined), ...columns.filter(c => c.categories !== undefined)]
  let feature = 0
  const result = ordered.map(({ name, i, categories }): EncodedColumn => {
    const { width, encode } = categories === undefined ? { width: 1, encode: undefined } : encodingOf(categories, i)
    feature += width
    return { name, categories, feature: feature - width, width, encode }
  })
  if (feature !== mojo.features) throw fail(`its original columns become ${feature} features, but it has ${mojo.features}`)
  return result
}

/** The columns of the data, before they were encoded; without the response. */
function readOriginals(mojo: Mojo): { names: string[]; domains: (readonly string[] | undefined)[] } {
  const { info, files } = mojo
  const lines = (path: string, count: number): string[] => {
    const found = linesOf(files, path).map(line => unescapeLine(line).trim())
    if (found.length !== count) throw fail(`"${path}" has ${found.length} lines instead of ${count}`)
    return found
  }
  const names = lines('_orig_names', info.count('_n_orig_names', maxColumns))
  const domainCount = info.count('_n_orig_domain_values', maxColumns)
  const domains = names.map((_, i) => {
    const count = i < domainCount ? info.count(`_m_orig_domain_values_${i}`, maxCategories) : 0
    return count === 0 ? undefined : lines(`_orig_domain_values_${i}`, count)
  })
  const response = mojo.info.boolean('supervised') ? mojo.columns[mojo.columns.length - 1] : undefined
  if (names[names.length - 1] === response) names.pop()
  return { names, domains: domains.slice(0, names.length) }
}

/** The most frequent categories keep a code; all others have that of "other". */
function limitedCodes(categories: readonly string[], limited: readonly string[] | undefined): number[] {
  const codes = new Map((limited ?? []).map((name, code) => [name, code]))
  const other = codes.get('other')
  codes.delete('other')
  return categories.map(c => codes.get(c) ?? (other !== undefined && c !== 'other' ? other : NaN))
}

/** A category becomes a number of the first eigenvector; those of all columns stand one after the other. */
function eigenNumbers(mojo: Mojo): (categories: readonly string[]) => Encoding {
  const projection = mojo.info.numbers('_orig_projection_array')
  let next = 0
  return categories => {
    const from = next
    next += categories.length
    if (next > projection.length) throw fail(`"_orig_projection_array" of model.ini has only ${projection.length} numbers`)
    return numbered(categories.map((_, code) => Math.fround(projection[from + code])))
  }
}
