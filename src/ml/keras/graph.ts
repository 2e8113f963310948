import type { DocumentPart } from '../document.ts'
import { unsupported } from '../errors.ts'

/** A tensor of a functional model: of which layer, of which of its uses, which of its answers. */
export interface TensorPlace {
  readonly layer: string
  readonly use: number
  readonly answer: number
}

/** One use of a layer: its tensors and other arguments, by position and by name. */
export interface LayerUse {
  readonly positional: readonly UseArgument[]
  readonly named: ReadonlyMap<string, UseArgument>
}

export type UseArgument = { readonly place: TensorPlace } | { readonly list: readonly UseArgument[] } | { readonly constant: number | string | boolean | null }

export interface FunctionalGraph {
  readonly uses: ReadonlyMap<string, readonly LayerUse[]>
  readonly inputs: readonly TensorPlace[]
  readonly outputs: readonly { readonly name: string; readonly place: TensorPlace }[]
}

const maxDepth = 16

/**
 * How the layers of a functional model feed each other, as Keras 3 writes it (tensors with a `keras_history`) or as Keras 2
 * does (lists of layer, use and answer).
 *
 * @throws whatever the part's `fail` builds
 */
export function readFunctional(config: DocumentPart, nameOf: (layer: DocumentPart) => string): FunctionalGraph {
  const uses = new Map<string, readonly LayerUse[]>()
  for (const layer of config.get('layers').list()) uses.set(nameOf(layer), layer.find('inbound_nodes')?.list().map(readUse) ?? [])
  const outputs = places(config.get('output_layers'))
  return { uses, inputs: places(config.get('input_layers')).map(p => p.place), outputs: outputs.map(({ key, place }) => ({ name: key ?? place.layer, place })) }
}

/** One place, a list of them, or an object of them. */
function places(part: DocumentPart): { key?: string; place: TensorPlace }[] {
  if (!part.isList) return part.keys().flatMap(key => places(part.get(key)).map(({ place }) => ({ key, place })))
  const list = part.list()
  if (typeof list[0]?.value === 'string') return [{ place: placeOf(part) }]
  return list.flatMap(places)
}

function placeOf(part: DocumentPart): TensorPlace {
  const [layer, use, answer] = part.list()
  if (layer === undefined || use === undefined) throw part.wrong('does not name a layer and its use')
  return { layer: layer.text(), use: use.count(1_000_000), answer: answer?.count(1_000_000) ?? 0 }
}

function readUse(part: DocumentPart): LayerUse {
  if (!part.isList) {
    const named = new Map<string, UseArgument>()
    const kwargs = part.find('kwargs')
    for (const key of kwargs?.keys() ?? []) {
      const value = kwargs?.find(key)
      named.set(key, value === undefined ? { constant: null } : argument(value, 0))
    }
    return { positional: (part.find('args')?.list() ?? []).map(item => argument(item, 0)), named }
  }
  // Keras 2: [[layer, use, answer, {arguments}], …], a single one without the outer list.
  const links = typeof part.list()[0]?.value === 'string' ? [part] : part.list()
  for (const link of links) {
    const given = link.list()[3]
    if (given === undefined || given.isList) continue
    const tensors = given.keys().filter(key => given.find(key)?.isList === true)
    if (tensors.length > 0) throw unsupported('Keras', `the argument "${tensors[0]}" of a layer`, 'Save the model with Keras 3, which writes such arguments out.')
  }
  const all = links.map(link => ({ place: placeOf(link) }))
  return { positional: all.length === 1 ? all : [{ list: all }], named: new Map() }
}

function argument(part: DocumentPart, depth: number): UseArgument {
  if (depth > maxDepth) throw part.wrong(`is nested more than ${maxDepth} deep`)
  const { value } = part
  if (Array.isArray(value)) return { list: part.value === null ? [] : listOf(part, depth) }
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' || value === null) return { constant: value }
  const className = part.find('class_name')?.value
  if (className === '__keras_tensor__') return { place: placeOf(part.get('config').get('keras_history')) }
  // A type by its name, such as the dtype of a cast, and whatever else is no tensor: the layer decides whether it needs it.
  return { constant: typeof className === 'string' ? className : null }
}

function listOf(part: DocumentPart, depth: number): UseArgument[] {
  return part.list().map(item => (item.value === null ? { constant: null } : argument(item, depth + 1)))
}

export interface Step {
  readonly layer: string
  readonly use: number
}

/** All tensors that a use needs. */
export function placesIn(use: LayerUse): TensorPlace[] {
  const found: TensorPlace[] = []
  const visit = (a: UseArgument): void => {
    if ('place' in a) found.push(a.place)
    else if ('list' in a) a.list.forEach(visit)
  }
  use.positional.forEach(visit)
  use.named.forEach(visit)
  return found
}

/** The uses of layers in an order in which each comes after what feeds it; undefined when there is none. */
export function inOrder({ uses, inputs }: FunctionalGraph): Step[] | string {
  const done = new Set(inputs.map(({ layer, use }) => `${use} ${layer}`))
  const steps: Step[] = []
  const waiting = [...uses].flatMap(([layer, list]) => list.map((use, k) => ({ layer, use: k, needs: placesIn(use).map(p => `${p.use} ${p.layer}`) })))
  const open = new Map<string, number>()
  const feeds = new Map<string, number[]>()
  const ready: number[] = []
  waiting.forEach(({ needs }, i) => {
    const missing = new Set(needs.filter(need => !done.has(need)))
    open.set(String(i), missing.size)
    for (const need of missing) feeds.set(need, [...(feeds.get(need) ?? []), i])
    if (missing.size === 0) ready.push(i)
  })
  for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
    const { layer, use } = waiting[next]
    steps.push({ layer, use })
    for (const fed of feeds.get(`${use} ${layer}`) ?? []) {
      const left = (open.get(String(fed)) ?? 0) - 1
      open.set(String(fed), left)
      if (left === 0) ready.push(fed)
    }
  }
  return steps.length === waiting.length ? steps : (waiting.find((_, i) => (open.get(String(i)) ?? 0) > 0)?.layer ?? '')
}
