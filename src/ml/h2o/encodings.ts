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
  /** A row of `width` features for each category and, last, for a missing one; undefined where the code is the feature. */
  readonly table: Float64Array | undefined
}

const maxTableCells = 64 * 1024 * 1024

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
      return mojo.columns.slice(0, mojo.features).map((name, f) => ({ name, categories: mojo.domains[f], feature: f, width: 1, table: undefined }))
    case 'LabelEncoder':
      return tables(mojo, categories => [categories.length, 1, k => [/^[+-]?\d+$/.test(categories[k]) ? Number(categories[k]) : k], [NaN]], 'inPlace')
    case 'EnumLimited':
      return tables(mojo, (categories, f) => [categories.length, 1, limitedCodes(categories, mojo.domains[f]), [NaN]], 'inPlace')
    case 'Eigen':
      return tables(mojo, eigenTables(mojo), 'inPlace')
    case 'OneHotExplicit':
      return tables(mojo, categories => {
        const hot = (at: number): number[] => Array.from({ length: categories.length + 1 }, (_, i) => Number(i === at))
        return [categories.length, categories.length + 1, hot, hot(categories.length)]
      }, 'numbersFirst')
    case 'Binary':
      return tables(mojo, categories => {
        const width = 1 + Math.floor(Math.log2(categories.length))
        const bits = (n: number): number[] => Array.from({ length: width }, (_, i) => (n >>> i) & 1)
        return [categories.length, width, k => bits(k + 1), bits(0)]
      }, 'numbersFirst')
    default:
      throw notScored(`the categorical encoding "${encoding}"`, 'Encodings AUTO, Enum, OneHotInternal, SortByResponse, OneHotExplicit, Binary, Eigen, EnumLimited and LabelEncoder are scored.')
  }
}

/** How many categories, how many features each becomes, the features of a category, those of a missing one. */
type Table = [count: number, width: number, of: (category: number) => readonly number[], missing: readonly number[]]

function tables(mojo: Mojo, tableOf: (categories: readonly string[], column: number) => Table, order: 'inPlace' | 'numbersFirst'): EncodedColumn[] {
  const { names, domains } = readOriginals(mojo)
  const columns = names.map((name, i) => ({ name, i, categories: domains[i] }))
  const ordered = order === 'inPlace' ? columns : [...columns.filter(c => c.categories === undefined), ...columns.filter(c => c.categories !== undefined)]
  let feature = 0
  const encoded = ordered.map(({ name, i, categories }): EncodedColumn => {
    const at = feature
    if (categories === undefined) {
      feature++
      return { name, categories, feature: at, width: 1, table: undefined }
    }
    const [count, width, of, missing] = tableOf(categories, i)
    if ((count + 1) * width > maxTableCells) throw fail(`"${name}" has ${count} categories, too many to become ${width} features each`)
    const table = new Float64Array((count + 1) * width)
    for (let k = 0; k < count; k++) table.set(of(k), k * width)
    table.set(missing, count * width)
    feature += width
    return { name, categories, feature: at, width, table }
  })
  if (feature !== mojo.features) throw fail(`its original columns become ${feature} features, but it has ${mojo.features}`)
  return encoded
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
    const count = i < domainCount ? info.count(`_m_orig_domain_values_${i}`, maxTableCells) : 0
    return count === 0 ? undefined : lines(`_orig_domain_values_${i}`, count)
  })
  const response = mojo.info.boolean('supervised') ? mojo.columns[mojo.columns.length - 1] : undefined
  if (names[names.length - 1] === response) names.pop()
  return { names, domains: domains.slice(0, names.length) }
}

/** The most frequent categories keep a code; all others have that of "other". */
function limitedCodes(categories: readonly string[], limited: readonly string[] | undefined): (category: number) => number[] {
  const codes = new Map((limited ?? []).map((name, code) => [name, code]))
  const other = codes.get('other')
  codes.delete('other')
  return k => [codes.get(categories[k]) ?? (other !== undefined && categories[k] !== 'other' ? other : NaN)]
}

/** A category becomes a number of the first eigenvector; those of all columns stand one after the other. */
function eigenTables(mojo: Mojo): (categories: readonly string[]) => Table {
  const projection = mojo.info.numbers('_orig_projection_array')
  let next = 0
  return categories => {
    const from = next
    next += categories.length
    if (next > projection.length) throw fail(`"_orig_projection_array" of model.ini has only ${projection.length} numbers`)
    return [categories.length, 1, k => [Math.fround(projection[from + k])], [NaN]]
  }
}
