import { Section } from './section.ts'

export interface TextFile {
  readonly header: Section
  readonly trees: readonly Section[]
  /** The lines `[name: value]` that say how the model was trained. */
  readonly parameters: ReadonlyMap<string, string>
  /** JSON: the categories of every column that pandas held as categories; undefined where the file does not say. */
  readonly pandasCategorical: string | undefined
}

const maxTrees = 1_000_000

/**
 * Cuts a text model into its parts:
 *
 *     tree                          header: key=value lines
 *     …
 *     Tree=0                        a block of key=value lines per tree
 *     …
 *     end of trees
 *     …                             importances
 *     parameters:                   may be absent
 *     [name: value]
 *     end of parameters
 *     pandas_categorical:[…]
 *
 * @throws what `fail` builds
 */
export function readTextFile(bytes: Uint8Array, fail: (what: string, cause?: unknown) => Error): TextFile {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw fail('it is not UTF-8 text', error)
  }
  const header = new Section('its header', fail)
  const trees: Section[] = []
  const parameters = new Map<string, string>()
  let section: Section | undefined = header
  let isWhole = false
  let isInParameters = false
  let pandasCategorical: string | undefined
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline
    const line = text.slice(at, text[end - 1] === '\r' && end > at ? end - 1 : end)
    at = end + 1
    if (line.startsWith('Tree=') && section !== undefined) {
      if (line !== `Tree=${trees.length}`) throw fail(`after ${trees.length} trees comes "${line.slice(0, 30)}"`)
      if (trees.length === maxTrees) throw fail(`it has more than ${maxTrees} trees`)
      section = new Section(`tree ${trees.length}`, fail)
      trees.push(section)
    } else if (line === 'end of trees') {
      isWhole = true
      section = undefined
    } else if (section !== undefined) {
      if (line !== '') section.add(line)
    } else if (line.startsWith('pandas_categorical:')) pandasCategorical = line.slice('pandas_categorical:'.length)
    else if (line === 'parameters:') isInParameters = true
    else if (line === 'end of parameters') isInParameters = false
    else {
      const parameter = /^\[([a-z_]+): (.*)\]$/.exec(line)
      if (parameter !== null) parameters.set(parameter[1], parameter[2])
    }
  }
  if (!isWhole) throw fail('it ends before its trees do')
  if (isInParameters) throw fail('it ends before its parameters do')
  return { header, trees, parameters, pandasCategorical }
}
