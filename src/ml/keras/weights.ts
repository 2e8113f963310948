import { unreadable } from '../errors.ts'
import type { Hdf5Dataset, Hdf5Group } from './hdf5.ts'

const fail = (what: string): Error => unreadable('Keras', what)

/** Where the weights of one layer are found. */
export interface LayerWeights {
  /** The next `count` arrays of the layer itself, in the order in which Keras made them. */
  take(count: number): readonly Hdf5Dataset[]
  /** A part of the layer: the cell of a recurrent layer, the layer in a wrapper. */
  part(name: string): LayerWeights
  /** A layer of a model used as a layer. `index` counts the layers before it that have the same class. */
  layer(name: string, className: string, index: number): LayerWeights
}

/**
 * Weights as `.keras` keeps them: a group a layer, in it `vars/0`, `vars/1` … and a group for each part; those of a model
 * under `layers/`, called after the class and counted. The group's attribute has the layer's own name.
 */
export class GroupWeights implements LayerWeights {
  readonly #group: Hdf5Group | undefined
  readonly #place: string
  #next = 0

  constructor(group: Hdf5Group | undefined, place: string) {
    this.#group = group
    this.#place = place
  }

  take(count: number): readonly Hdf5Dataset[] {
    const vars = this.#group?.group('vars')
    return Array.from({ length: count }, () => {
      const found = vars?.dataset(String(this.#next++))
      if (found === undefined) throw fail(`the weights have no "${this.#place}/vars/${this.#next - 1}"`)
      return found
    })
  }

  part(name: string): LayerWeights {
    return new GroupWeights(this.#group?.group(name), `${this.#place}/${name}`)
  }

  layer(name: string, className: string, index: number): LayerWeights {
    const layers = this.#group?.group('layers')
    const snake = snakeCase(className)
    const expected = index === 0 ? snake : `${snake}_${index}`
    const named = layers?.groupNames.find(key => layers.group(key)?.group('vars')?.attribute('name') === name)
    const key = named ?? expected
    return new GroupWeights(layers?.group(key), `${this.#place}/layers/${key}`)
  }
}

/** As keras.src.utils.naming has it: LSTM → lstm, Conv2D → conv2d, MultiHeadAttention → multi_head_attention. */
export function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

export interface NamedArray {
  /** `layer/part/kernel:0` or `layer/part/kernel`. */
  readonly name: string
  readonly dataset: Hdf5Dataset
}

/**
 * Weights as `.h5` keeps them: a list for each layer of the outer model, of all arrays below it. A list has first what
 * can be trained and then the rest; the arrays of a layer in a model in a model are told by the layer's name in theirs.
 */
export class ListedWeights implements LayerWeights {
  readonly #arrays: readonly NamedArray[]
  readonly #place: string
  #next = 0

  constructor(arrays: readonly NamedArray[], place: string) {
    this.#arrays = arrays
    this.#place = place
  }

  take(count: number): readonly Hdf5Dataset[] {
    const from = this.#next
    this.#next += count
    if (this.#next > this.#arrays.length) throw fail(`the layer "${this.#place}" has ${this.#arrays.length} weights in the file, and needs more`)
    return this.#arrays.slice(from, this.#next).map(array => array.dataset)
  }

  /** Parts follow each other in the list. */
  part(): LayerWeights {
    return this
  }

  layer(name: string): LayerWeights {
    const own = this.#arrays.filter(array => array.name.split('/').includes(name))
    return new ListedWeights(own, `${this.#place}/${name}`)
  }
}

/** The lists of a whole `.h5` file. */
export class ListedModelWeights implements LayerWeights {
  readonly #lists: ReadonlyMap<string, readonly NamedArray[]>

  constructor(lists: ReadonlyMap<string, readonly NamedArray[]>) {
    this.#lists = lists
  }

  take(): readonly Hdf5Dataset[] {
    return []
  }

  part(): LayerWeights {
    return this
  }

  layer(name: string): LayerWeights {
    return new ListedWeights(this.#lists.get(name) ?? [], name)
  }
}
