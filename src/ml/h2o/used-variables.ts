import { DocumentPart } from '../document.ts'
import { fail } from './errors.ts'
import { type MojoFiles, textOf } from './mojo-files.ts'

/**
 * How many columns a model made use of, by its table of importances; undefined where the file has none. H2O's contributions
 * of a random forest need it.
 */
export function usedVariables(files: MojoFiles): number | undefined {
  const path = 'experimental/modelDetails.json'
  if (files.find(path) === undefined) return undefined
  const text = textOf(files, path)
  let details: unknown
  try {
    details = JSON.parse(text)
  } catch (cause) {
    throw fail(`"${path}" is not JSON`, cause)
  }
  const table = new DocumentPart(details, '', fail).find('output')?.find('variable_importances')
  const column = table?.find('columns')?.list().findIndex(c => c.find('description')?.text() === 'Relative Importance') ?? -1
  if (table === undefined || column < 0) return undefined
  return table.get('data').list()[column]?.float64s().filter(x => x !== 0).length
}
