import { unsupported } from '../errors.ts'
import type { ModelInput } from '../model.ts'
import type { TextFile } from './text-file.ts'

export interface Inputs {
  readonly inputs: readonly ModelInput[]
  readonly isUnnamed: boolean
  readonly numberedInputs: ReadonlySet<string>
}

/**
 * The inputs of a model. `feature_names` are cut by spaces: the library has written "_" for any white space in them.
 *
 * Columns that pandas held as categories are codes to the model, and the last line of the file lists the categories of
 * each such column, in order. A categorical feature without a list was trained on the codes themselves: it is a number.
 * @throws AnalysisError ML_UNSUPPORTED; what `fail` builds
 */
export function readInputs({ header, parameters, pandasCategorical }: TextFile, features: number, fail: (what: string) => Error): Inputs {
  const names = header.get('feature_names').split(' ')
  if (names.length !== features) throw fail(`it names ${names.length} features of ${features}`)
  if (new Set(names).size !== names.length) throw fail('it names two features alike')
  const inputs: ModelInput[] = names.map(name => ({ name, kind: 'number' }))
  const numberedInputs = new Set<string>()
  const lists = parseLists(pandasCategorical, fail)
  if (lists.length > 0) {
    const columns = categoricalFeatures(header.find('feature_infos'), parameters.get('categorical_feature'), features)
    if (columns.length !== lists.length) {
      throw unsupported(
        'LightGBM',
        `${lists.length} lists of pandas categories for ${columns.length} categorical features`,
        'The file does not say which list belongs to which feature: train with categorical_feature="auto" and unordered categories.',
      )
    }
    lists.forEach((list, k) => {
      const { name } = inputs[columns[k]]
      // False and true are 0 and 1, as a boolean column gives them.
      if (list.every(value => typeof value === 'boolean') && list.every((value, code) => Number(value) === code)) return
      inputs[columns[k]] = { name, kind: 'category', categories: list.map(String) }
      if (list.every(value => typeof value === 'number')) numberedInputs.add(name)
    })
  }
  return { inputs, numberedInputs, isUnnamed: names.every((name, k) => name === `Column_${k}`) }
}

function parseLists(text: string | undefined, fail: (what: string) => Error): (string | number | boolean)[][] {
  if (text === undefined || text.trim() === '' || text.trim() === 'null') return []
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw fail('its pandas_categorical is not JSON')
  }
  if (!Array.isArray(value)) throw fail('its pandas_categorical is not a list')
  return value.map((list: unknown) => {
    if (!Array.isArray(list)) throw fail('its pandas_categorical has an entry that is not a list')
    return list.map((item: unknown) => {
      if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return item
      throw fail('its pandas_categorical has a category that is neither text nor a number')
    })
  })
}

/**
 * Which features are categorical: the parameters list them, or else `feature_infos` has the categories seen (`1:0:2`) in
 * place of a range (`[0:3]`).
 */
function categoricalFeatures(infos: string | undefined, parameter: string | undefined, features: number): number[] {
  if (parameter !== undefined && /^\d+(,\d+)*$/.test(parameter)) {
    const listed = parameter.split(',').map(Number).filter(feature => feature < features)
    return [...new Set(listed)].sort((a, b) => a - b)
  }
  return (infos ?? '').split(' ').flatMap((info, feature) => (/^-?\d+(:-?\d+)*$/.test(info) ? [feature] : []))
}
