import type { DocumentPart } from '../document.ts'
import { unsupported } from '../errors.ts'
import type { Ops, Tensor } from './ops.ts'
import type { LayerWeights } from './weights.ts'

/** A tensor on its way through a model, with the mask that came with it: booleans [rows, steps], true where it counts. */
export interface Value {
  readonly tensor: Tensor
  readonly mask?: Tensor
}

/** What a layer is given besides its tensors: by position after the first, and by name. */
export interface CallArguments {
  readonly positional: readonly Argument[]
  readonly named: ReadonlyMap<string, Argument>
}

export type Argument = Value | number | string | boolean | null | readonly Argument[]

/** Computes a layer: tensors in, tensors out. */
export type LayerCall = (inputs: readonly Value[], given: CallArguments) => readonly Value[]

export const noArguments: CallArguments = { positional: [], named: new Map() }

/** A layer as its configuration describes it. */
export interface LayerConfig {
  readonly className: string
  readonly name: string
  readonly config: DocumentPart
}

export interface LayerTools {
  readonly ops: Ops
  /** Of the Keras that wrote the file; some activations changed from 2 to 3. */
  readonly kerasMajor: number
  /** Takes the next weights of this layer, so many; they live as long as the model. */
  weights(count: number): readonly Tensor[]
  /** The same for a part of the layer that has a place of its own in the file. */
  part(name: string): LayerTools
  /** A constant of the layer that lives as long as the model. */
  keep(make: () => Tensor): Tensor
  keepAll(make: () => readonly Tensor[]): readonly Tensor[]
  /** A layer inside of this one. */
  inner(config: DocumentPart, part: string): LayerCall
}

/** Makes a layer from its configuration and weights. */
export type LayerKind = (layer: LayerConfig, tools: LayerTools) => LayerCall

export type { LayerWeights }

/** A layer of one tensor that leaves the mask as it is. */
export function unary(call: (x: Tensor) => Tensor): LayerCall {
  return inputs => [{ ...inputs[0], tensor: call(inputs[0].tensor) }]
}

/** A layer of one tensor behind which the mask has no meaning. */
export function unmasked(call: (x: Tensor) => Tensor): LayerCall {
  return inputs => [{ tensor: call(inputs[0].tensor) }]
}

export function isValue(argument: Argument | undefined): argument is Value {
  return typeof argument === 'object' && argument !== null && 'tensor' in argument
}

/** What a layer asks for that is not computed here. */
export function unsupportedOption({ className, name }: LayerConfig, what: string): Error {
  return unsupported('Keras', `${what} in the layer "${className}" (named "${name}")`, 'Rewrite the layer without it, or export the model to ONNX.')
}

/** A flag that is absent means what Keras has as its default. */
export function flag(config: DocumentPart, key: string, otherwise: boolean): boolean {
  return config.find(key)?.boolean() ?? otherwise
}

/** A whole number, or a list of `rank` of them. */
export function counts(part: DocumentPart | undefined, rank: number, otherwise: number): number[] {
  if (part === undefined) return new Array<number>(rank).fill(otherwise)
  if (!part.isList) return new Array<number>(rank).fill(part.count(maxCount))
  const list = part.list().map(item => item.count(maxCount))
  if (list.length !== rank) throw part.wrong(`has ${list.length} entries instead of ${rank}`)
  return list
}

const maxCount = 1_000_000

/** An axis counted from the front. */
export function axisFrom(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}

/** More cells than this are never made of one row: damaged sizes end here and not when memory does. */
export const maxRowCells = 16 * 1024 * 1024

export function checkCells(shape: readonly number[], layer: LayerConfig): void {
  const cells = shape.slice(1).reduce((product, d) => product * d, 1)
  if (!(cells <= maxRowCells)) throw unsupportedOption(layer, `an answer of ${cells} numbers for one row (the limit is ${maxRowCells})`)
}
