import { DocumentPart } from '../document.ts'
import { sparkUnreadable } from './failures.ts'
import type { SparkDirectory } from './directory.ts'

/** What `metadata/` says of one stage. */
export interface StageMetadata {
  readonly className: string
  readonly uid: string
  /** 2.4 for 2.4.8. */
  readonly version: { readonly major: number; readonly minor: number }
  readonly params: Params
  /** Keys beside the parameters, such as numFeatures. */
  readonly extra: DocumentPart
}

export function readMetadata(directory: SparkDirectory): StageMetadata {
  const place = directory.child('metadata')
  const part = parseJson(place.line(), `${place.path}part`)
  const version = /^(\d+)\.(\d+)/.exec(part.get('sparkVersion').text())
  if (version === null) throw part.wrong('has a "sparkVersion" that is no version')
  return {
    className: part.get('class').text(),
    uid: part.get('uid').text(),
    version: { major: Number(version[1]), minor: Number(version[2]) },
    params: new Params(part),
    extra: part,
  }
}

export function parseJson(text: string, path: string): DocumentPart {
  try {
    return new DocumentPart(JSON.parse(text), '', what => sparkUnreadable(`"${path}": ${what}`))
  } catch (error) {
    throw sparkUnreadable(`"${path}" is not complete JSON`, error)
  }
}

/**
 * The parameters of a stage: what was set, over the defaults of the Spark that saved it (`defaultParamMap` since 2.4;
 * earlier releases wrote everything into `paramMap`), over the default given here.
 */
export class Params {
  readonly #set: DocumentPart
  readonly #defaults: DocumentPart | undefined

  constructor(metadata: DocumentPart) {
    this.#set = metadata.get('paramMap')
    this.#defaults = metadata.find('defaultParamMap')
  }

  find(name: string): DocumentPart | undefined {
    return this.#set.find(name) ?? this.#defaults?.find(name)
  }

  /** Set by the user, defaults not counted. */
  isSet(name: string): boolean {
    return this.#set.find(name) !== undefined
  }

  get(name: string): DocumentPart {
    return this.find(name) ?? this.#set.get(name)
  }

  text(name: string, otherwise: string): string {
    return this.find(name)?.text() ?? otherwise
  }

  boolean(name: string, otherwise: boolean): boolean {
    return this.find(name)?.boolean() ?? otherwise
  }

  number(name: string, otherwise: number): number {
    const part = this.find(name)
    return part === undefined ? otherwise : doubleOf(part)
  }

  numbers(name: string): Float64Array | undefined {
    const part = this.find(name)
    return part === undefined ? undefined : doublesOf(part)
  }

  count(name: string, otherwise: number): number {
    return this.find(name)?.count(0x7fffffff) ?? otherwise
  }

  /** One of several words, compared without case. */
  choice<const T extends string>(name: string, choices: readonly T[], otherwise: T): T {
    const part = this.find(name)
    if (part === undefined) return otherwise
    const word = part.text().toLowerCase()
    const found = choices.find(c => c.toLowerCase() === word)
    if (found === undefined) throw part.wrong(`is "${part.text()}"; known are ${choices.join(', ')}`)
    return found
  }

  /** The columns of a stage that takes one (`inputCol`) or several (`inputCols`). */
  columns(one: string, several: string): readonly string[] {
    if (this.isSet(one)) return [this.get(one).text()]
    const many = this.find(several)
    return many === undefined ? [this.get(one).text()] : many.texts()
  }
}

/** Spark writes infinities and NaN as text. */
export function doubleOf(part: DocumentPart): number {
  switch (part.value) {
    case 'Inf':
    case 'Infinity':
    case '+Inf':
      return Infinity
    case '-Inf':
    case '-Infinity':
      return -Infinity
    case 'NaN':
      return NaN
    default:
      return part.number()
  }
}

export function doublesOf(part: DocumentPart): Float64Array {
  return Float64Array.from(part.list(), doubleOf)
}
