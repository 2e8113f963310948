import { fail, notScored } from './errors.ts'
import { linesOf, type MojoFiles, unescapeLine } from './mojo-files.ts'
import { maxColumns, MojoInfo } from './mojo-info.ts'

export const maxClasses = 10_000

/** What every MOJO says, whatever its algorithm. */
export interface Mojo {
  readonly files: MojoFiles
  readonly info: MojoInfo
  /** The long name, such as "Gradient Boosting Machine". */
  readonly algorithm: string
  readonly version: number
  readonly category: string
  /** Features first, the response last. */
  readonly columns: readonly string[]
  readonly features: number
  /** Categories of each column in order of their codes; undefined for numbers. */
  readonly domains: readonly (readonly string[] | undefined)[]
  /** 1 for a regression. */
  readonly classes: number
  /** Categories of the response. */
  readonly labels: readonly string[] | undefined
  readonly offsetColumn: string | undefined
  /** From this probability of class 1 on, the label is that of class 1. */
  readonly threshold: number
  readonly prior: Float64Array | undefined
  /** Turns class probabilities back from what the model was trained on, where it was trained on balanced classes. */
  readonly balance: { readonly prior: Float64Array; readonly trained: Float64Array } | undefined
}

/** @throws AnalysisError ML_UNREADABLE */
export function readMojo(files: MojoFiles): Mojo {
  const info = new MojoInfo(files)
  const columns = info.columns
  const features = info.count('n_features', maxColumns)
  if (features > columns.length) throw fail(`model.ini has ${features} features in ${columns.length} columns`)
  if (new Set(columns).size !== columns.length) throw fail('model.ini names two columns alike')
  const supervised = info.boolean('supervised')
  const classes = info.count('n_classes', maxClasses)
  const domains = readDomains(files, info)
  const prior = info.findNumbers('prior_class_distrib')
  return {
    files,
    info,
    algorithm: info.find('algorithm') ?? info.text('algo'),
    version: info.number('mojo_version'),
    category: info.text('category'),
    columns,
    features,
    domains,
    classes,
    labels: supervised ? domains[columns.length - 1] : undefined,
    offsetColumn: info.find('offset_column'),
    threshold: info.number('default_threshold', 0.5),
    prior,
    balance: readBalance(info, classes, prior),
  }
}

function readDomains(files: MojoFiles, info: MojoInfo): (readonly string[] | undefined)[] {
  const domains: (readonly string[] | undefined)[] = info.columns.map(() => undefined)
  const escaped = info.boolean('escape_domain_values', false)
  // Each file once, whatever number of columns name it.
  const known = new Map<string, readonly string[]>()
  for (const [column, { count, file }] of info.domainFiles) {
    if (column >= domains.length) continue
    const lines = known.get(file) ?? linesOf(files, `domains/${file}`).map(line => (escaped ? unescapeLine(line) : line))
    known.set(file, lines)
    if (lines.length !== count) throw fail(`"domains/${file}" has ${lines.length} categories instead of ${count}`)
    domains[column] = lines
  }
  return domains
}

function readBalance(info: MojoInfo, classes: number, prior: Float64Array | undefined): Mojo['balance'] {
  if (classes < 2 || !info.boolean('balance_classes', false)) return undefined
  const trained = info.numbers('model_class_distrib', classes)
  if (prior?.length !== classes) throw fail(`"prior_class_distrib" of model.ini is no list of ${classes} numbers`)
  return { prior, trained }
}

/** A newer file may mean something else by what it says. */
export function checkVersion({ algorithm, version }: Mojo, newest: number): void {
  if (version <= newest) return
  throw notScored(`version ${version} of the file format of ${algorithm}`, `Versions up to ${newest} are read: look for a newer Millrace.`)
}

/** Checks that `offsets` (one more than `categories`) ascend from 0. */
export function checkOffsets(offsets: Int32Array, categories: number, key: string): void {
  if (offsets.length !== categories + 1 || (categories >= 0 && offsets[0] !== 0)) throw fail(`"${key}" of model.ini does not have ${categories + 1} numbers from 0 on`)
  for (let i = 0; i < categories; i++) if (offsets[i + 1] < offsets[i]) throw fail(`"${key}" of model.ini does not ascend`)
}
